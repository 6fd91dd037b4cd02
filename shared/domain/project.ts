import { z } from 'zod'
import { predictionReportSchema, taskIdSchema, trainRequestSchema } from './run.ts'
import { sequenceKindSchema } from './sequence.ts'

/** Id of a part of a project; also the name of its folder, so it can name nothing else. */
const partIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)

/** Tells data apart without reading them: names and sizes of their files. */
export const dataFingerprintSchema = z.object({
  files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** SHA-256 over relative names and sizes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
/** Tells data apart without reading them. */
export type DataFingerprint = z.infer<typeof dataFingerprintSchema>

/** Data a project works on; they stay where they are. */
export const dataReferenceSchema = z.object({
  id: partIdSchema,
  name: z.string(),
  paths: z.array(z.string()).min(1),
  /** Id of the one sequence that is meant; null for all that lie under the paths. */
  sequence: z.string().nullable(),
  /** What the sequences are read from, as far as it was known when they were added. */
  kinds: z.array(sequenceKindSchema).default([]),
  fingerprint: dataFingerprintSchema,
})
/** Data a project works on. */
export type DataReference = z.infer<typeof dataReferenceSchema>

/** A training of a project; its folder `runs/<id>` is a model folder. */
export const projectRunSchema = z.object({
  id: partIdSchema,
  name: z.string(),
  data: partIdSchema,
  createdAt: z.string(),
  request: trainRequestSchema.omit({ data: true, out: true, resume: true }),
})
/** A training of a project. */
export type ProjectRun = z.infer<typeof projectRunSchema>

/** An application of a model to data; its folder is `predictions/<id>`. */
export const projectPredictionSchema = z.object({
  id: partIdSchema,
  name: z.string(),
  /** Of its run; older projects had one task only. */
  task: taskIdSchema.default('land-use'),
  run: partIdSchema,
  data: partIdSchema,
  /** Id of the one sequence of the data that was meant; null for all. */
  sequence: z.string().nullable().default(null),
  createdAt: z.string(),
  /** Null until it has finished; paths in it are names within the folder. */
  report: predictionReportSchema.nullable(),
})
/** An application of a model to data. */
export type ProjectPrediction = z.infer<typeof projectPredictionSchema>

/** `project.json` of a project folder. */
export const projectManifestSchema = z.object({
  format: z.literal('chronolens-project'),
  version: z.literal(1),
  name: z.string().min(1).max(200),
  /** What models are trained for; null while there is no task for data of this kind. */
  task: taskIdSchema.nullable(),
  createdAt: z.string(),
  data: z.array(dataReferenceSchema),
  runs: z.array(projectRunSchema),
  predictions: z.array(projectPredictionSchema),
  /** What the page wants to find again: time, bands, overlays, open pages. */
  view: z.record(z.string(), z.json()),
})
/** `project.json` of a project folder. */
export type ProjectManifest = z.infer<typeof projectManifestSchema>
