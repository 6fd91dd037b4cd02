import { z } from 'zod'
import { splitDescriptionSchema } from './dataset.ts'
import { runReportSchema, taskIdSchema } from './run.ts'
import { temporalContractSchema } from './temporal-contract.ts'

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

/** A file of the model folder with the checksum that proves it whole. */
export const fileSealSchema = z.object({ bytes: z.number().int().nonnegative(), sha256: sha256Schema })
/** A file of the model folder with the checksum that proves it whole. */
export type FileSeal = z.infer<typeof fileSealSchema>

/** Where training data came from: one folder or file, by content, so that a moved copy is still recognised. */
export const dataSourceSchema = z.object({
  /** Name without its folder, so that no user's paths travel with the model. */
  name: z.string(),
  sha256: sha256Schema,
  files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
})
/** Where training data came from. */
export type DataSource = z.infer<typeof dataSourceSchema>

/** How a model came to be; enough to train it again. */
export const provenanceSchema = z.object({
  data: z.array(dataSourceSchema),
  seed: z.number().int(),
  device: z.string(),
  /** Program and library versions by name (`chronolens`, `node`, `onnxruntime-node`). */
  versions: z.record(z.string(), z.string()),
  /** Steps from files to samples, with their options, in order. */
  pipeline: z.array(z.object({ step: z.string(), options: z.record(z.string(), z.unknown()) })),
  split: splitDescriptionSchema,
  /** ISO date-time; the only entry that differs between two equal runs. */
  trainedAt: z.string(),
})
/** How a model came to be. */
export type Provenance = z.infer<typeof provenanceSchema>

/** `model.json` of a model folder, less the seals of the other files, which the store adds. */
export const modelDescriptionSchema = z.object({
  task: taskIdSchema,
  /** Model of the zoo and its options, as `electron/models` builds it. */
  model: z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) }),
  /** Class names in the order of the model's output; empty for regression. */
  labels: z.array(z.string()),
  contract: temporalContractSchema,
  report: runReportSchema,
  provenance: provenanceSchema,
})
/** What a model is, what it needs and how well it did. */
export type ModelDescription = z.infer<typeof modelDescriptionSchema>

/** The whole of `model.json`. */
export const modelManifestSchema = modelDescriptionSchema.extend({
  format: z.literal('chronolens-model'),
  version: z.literal(1),
  /** `test-samples.json` is absent from models of older versions. */
  files: z.object({
    'model.onnx': fileSealSchema,
    weights: fileSealSchema,
    'test-samples.json': fileSealSchema.optional(),
    /** A network of another person's that turns frames into features, where the model has one. */
    'backbone.onnx': fileSealSchema.optional(),
  }),
})
/** The whole of `model.json`. */
export type ModelManifest = z.infer<typeof modelManifestSchema>
