import { z } from 'zod'
import { labelCollectionSchema, labelClassSchema } from '../domain/label-collection.ts'
import { grantSchema } from './files.ts'
import { idSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** The labels of a project. Geometry is in the map units of the data they belong to. */
export const projectLabelsSchema = z.object({
  /** Rises with every save; a save on an older one is refused. */
  revision: z.number().int().nonnegative(),
  classes: z.array(labelClassSchema),
  collection: labelCollectionSchema,
})
/** The labels of a project. */
export type ProjectLabels = z.infer<typeof projectLabelsSchema>

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

/** Contract of the service that keeps labels. */
export const labelsContract = {
  /** The labels of a project, in map units of its data set `data`. @throws `labels/*` */
  load: procedure.input(projectRefSchema.extend({ data: nameSchema })).output(projectLabelsSchema),
  /** Replaces all labels; atomic. @throws `labels/changed-elsewhere`, `projects/read-only`, `store/*` */
  save: procedure
    .input(
      projectRefSchema.extend({
        data: nameSchema,
        revision: z.number().int().nonnegative(),
        classes: z.array(labelClassSchema).max(1000),
        collection: labelCollectionSchema,
      }),
    )
    .output(z.object({ revision: z.number().int() })),
  /** Label files (CSV, GeoJSON) in the data folder, the most likely first. */
  candidates: procedure.input(projectRefSchema.extend({ data: nameSchema })).output(z.array(grantSchema)),
  /** Adds the labels of a CSV or GeoJSON file to the project. @throws `labels/*`, `geo/*`, `files/unknown-grant` */
  importFile: procedure
    .input(projectRefSchema.extend({ data: nameSchema, file: idSchema, replace: z.boolean().default(false) }))
    .output(labelImportSchema),
  /** The labels as a text file (longitude and latitude, WGS 84), for the page to save. */
  exportFile: procedure
    .input(projectRefSchema.extend({ data: nameSchema, format: z.enum(['csv', 'geojson']) }))
    .output(z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() })),
}
