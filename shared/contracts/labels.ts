import { z } from 'zod'
import { labelChangeSchema } from '../domain/label-changes.ts'
import { labelCollectionSchema, labelClassSchema } from '../domain/label-collection.ts'
import { frameLabelSchema } from '../domain/label-frame.ts'
import { grantSchema } from './files.ts'
import { idSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

const revisionSchema = z.number().int().nonnegative()
const classesSchema = z.array(labelClassSchema).max(1000)

/** The labels of one data set of a project. */
export const projectLabelsSchema = z.object({
  /** Rises with every save of the project's labels, whatever data they belong to. */
  revision: revisionSchema,
  /** The classes of the whole project. */
  classes: z.array(labelClassSchema),
  /** Labels on the map; geometry in the map units of the data. */
  collection: labelCollectionSchema,
  /** Labels of sequences and their frames. */
  frames: z.array(frameLabelSchema),
  /** Labels of each class that the project's other data have. */
  elsewhere: z.record(z.string(), z.number().int()),
})
/** The labels of one data set of a project. */
export type ProjectLabels = z.infer<typeof projectLabelsSchema>

/** What became of a save. */
export const savedLabelsSchema = z.object({
  revision: revisionSchema,
  /** The classes as they are now, with those that others added. */
  classes: z.array(labelClassSchema),
  /** What others have changed since the revision this save was based on; labels that this save changed too are left out. */
  theirs: labelChangeSchema,
  /** Ids of labels that others had changed too; what was saved now has taken the place of theirs. */
  overwritten: z.array(z.string()),
  /** Whether the program has been started anew since, so that `theirs` is not known: load again. */
  isStale: z.boolean(),
})
/** What became of a save. */
export type SavedLabels = z.infer<typeof savedLabelsSchema>

/** What an import brought. */
export const labelImportSchema = z.object({
  labels: projectLabelsSchema,
  added: z.number().int(),
  /** Labels that lie outside the data, or repeat one that is there; they were left out. */
  skipped: z.number().int(),
  warnings: z.array(z.string()),
})
/** What an import brought. */
export type LabelImport = z.infer<typeof labelImportSchema>

/** Text files labels are written to: points of a map or intervals of clips as CSV, maps as GeoJSON, frames as COCO. */
export const labelFileFormatSchema = z.enum(['csv', 'geojson', 'coco'])
/** Text files labels are written to. */
export type LabelFileFormat = z.infer<typeof labelFileFormatSchema>

/** Data of a project; labels on the map are in the units of its sequence `sequence`, which may be left out where there is one. */
const dataRefSchema = projectRefSchema.extend({ data: nameSchema, sequence: z.string().max(500).optional() })

/** Contract of the service that keeps labels. */
export const labelsContract = {
  /** The labels of the project's data set `data`. @throws `labels/*` */
  load: procedure.input(dataRefSchema).output(projectLabelsSchema),
  /**
   * Saves what was changed since `revision`; atomic. What others changed meanwhile is kept, and told.
   * @throws `labels/unknown-class`, `labels/changed-elsewhere`, `projects/read-only`, `store/*`
   */
  save: procedure
    .input(
      dataRefSchema.extend({
        revision: revisionSchema,
        /** All classes; null where they were not changed. */
        classes: classesSchema.nullable(),
        change: labelChangeSchema,
      }),
    )
    .output(savedLabelsSchema),
  /** Label files (CSV, GeoJSON, COCO) in the data folder, the most likely first. */
  candidates: procedure.input(projectRefSchema.extend({ data: nameSchema })).output(z.array(grantSchema)),
  /** Adds the labels of a CSV, GeoJSON or COCO file to the project. @throws `labels/*`, `geo/*`, `files/unknown-grant` */
  importFile: procedure
    .input(dataRefSchema.extend({ file: idSchema, replace: z.boolean().default(false) }))
    .output(labelImportSchema),
  /** The labels as a text file (maps in longitude and latitude, WGS 84), for the page to save. @throws `labels/*` */
  exportFile: procedure
    .input(dataRefSchema.extend({ format: labelFileFormatSchema }))
    .output(z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() })),
}
