import { z } from 'zod'
import { taskIdSchema } from '../domain/run.ts'
import { sequenceKindSchema } from '../domain/sequence.ts'
import { grantIdsSchema, grantSchema } from './files.ts'
import { runSummarySchema } from './training.ts'
import { predictionSummarySchema } from './inference.ts'
import { foundSequencesSchema } from './sequences.ts'
import { idSchema, jsonObjectSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** Data of a project as the page sees them. */
export const projectDataSchema = z.object({
  id: nameSchema,
  name: z.string(),
  /** Id of the one sequence that is meant; null for all under the grants. */
  sequence: z.string().nullable(),
  kinds: z.array(sequenceKindSchema),
  /** `missing`: not where they were; `changed`: there, but not the same files any more. */
  state: z.enum(['present', 'missing', 'changed']),
  /** For `sequences.open`; empty when missing. */
  grants: z.array(grantSchema),
})
/** Data of a project as the page sees them. */
export type ProjectData = z.infer<typeof projectDataSchema>

/** An open project. */
export const projectSchema = z.object({
  id: idSchema,
  name: z.string(),
  /** Null while there is no task for data of this kind: nothing can be trained. */
  task: taskIdSchema.nullable(),
  /** Another process holds the project; looking is possible, changing is not. */
  readOnly: z.boolean(),
  data: z.array(projectDataSchema),
  runs: z.array(runSummarySchema),
  predictions: z.array(predictionSummarySchema),
  view: jsonObjectSchema,
})
/** An open project. */
export type Project = z.infer<typeof projectSchema>

/** A project that was open before. */
export const recentProjectSchema = z.object({
  folder: grantSchema,
  name: z.string(),
  task: taskIdSchema.nullable(),
  kinds: z.array(sequenceKindSchema),
  openedAt: z.string(),
  /** False when its folder is not there any more (a disk not plugged in). */
  exists: z.boolean(),
})
/** A project that was open before. */
export type RecentProject = z.infer<typeof recentProjectSchema>

/** Data to work on: all sequences under the grants, or the one named. */
const chosenDataSchema = z.object({
  data: grantIdsSchema,
  sequence: z.string().max(500).optional(),
  /** What was found there, as far as the page knows; for lists of projects. */
  kinds: z.array(sequenceKindSchema).max(8).default([]),
})

/** Contract of the service that keeps projects. */
export const projectsContract = {
  recent: procedure.output(z.array(recentProjectSchema)),
  /** Takes a project off the list; the folder stays. */
  forget: procedure.input(z.object({ folder: idSchema })).output(z.null()),
  /**
   * Makes a project for data. Without `parent` it is made in the user's projects folder.
   * @throws `files/unknown-grant`, `files/not-writable-grant`, `formats/*`, `store/*`
   */
  create: procedure
    .input(
      chosenDataSchema.extend({
        name: z.string().min(1).max(200),
        task: taskIdSchema.nullable().default('land-use'),
        parent: idSchema.optional(),
      }),
    )
    .output(projectSchema),
  /** Opens a project folder, read-only when another process holds it. @throws `project/not-found`, `project/damaged`, `project/newer-version` */
  open: procedure.input(z.object({ folder: idSchema })).output(projectSchema),
  /** The present state of an open project. @throws `projects/unknown` */
  get: procedure.input(projectRefSchema).output(projectSchema),
  close: procedure.input(projectRefSchema).output(z.null()),
  rename: procedure.input(projectRefSchema.extend({ name: z.string().min(1).max(200) })).output(projectSchema),
  /** Adds data; a project without a task gets the one that there is for them. */
  addData: procedure.input(projectRefSchema.extend(chosenDataSchema.shape)).output(projectSchema),
  /**
   * Which sequences lie under data of the project: at once where that is known and no file has changed since, else by an
   * inspection to wait for with `sequences.found`.
   * @throws `projects/data-missing`, `projects/unknown-data`
   */
  sequences: procedure
    .input(projectRefSchema.extend({ data: nameSchema }))
    .output(z.object({ found: foundSequencesSchema.nullable(), job: z.uuid().nullable() })),
  /** Says where moved data are now. @throws `projects/other-data` when they are not the same files and `evenIfOther` is false */
  relocateData: procedure
    .input(projectRefSchema.extend({ data: nameSchema, to: grantIdsSchema, evenIfOther: z.boolean().default(false) }))
    .output(projectSchema),
  /** Keeps what the page wants to find again; at most 256 KiB of JSON. @throws `projects/view-too-large` */
  saveView: procedure.input(projectRefSchema.extend({ view: jsonObjectSchema })).output(z.null()),
}
