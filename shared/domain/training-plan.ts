import { z } from 'zod'
import { splitDescriptionSchema } from './dataset.ts'
import { remarkSchema } from './remark.ts'
import { temporalContractSchema } from './temporal-contract.ts'

const count = z.number().int().nonnegative()
const subsetCountsSchema = z.object({ train: count, validation: count, test: count })
/** Samples by the part of the split they are in. */
export type SubsetCounts = z.infer<typeof subsetCountsSchema>

/** What the data step of a training will do, found by doing it: labels read, series read, samples divided. */
export const trainingPlanSchema = z.object({
  /** Samples by class and subset, in the order of the model's outputs; all in `train` where the split failed. */
  classes: z.array(subsetCountsSchema.extend({ label: z.string() })),
  samples: subsetCountsSchema,
  /** Null where the samples cannot be divided as asked; `problem` says why. */
  split: splitDescriptionSchema.nullable(),
  problem: remarkSchema.nullable(),
  /** Where the samples lie, by squares of `cellSize` pixels counted from the upper left corner of the grid; null for samples that are whole frames. */
  picture: z
    .object({
      width: count,
      height: count,
      cellSize: z.number().int().positive(),
      cells: z.array(subsetCountsSchema.extend({ column: count, row: count })),
    })
    .nullable(),
  /** Samples by what stays in one part of the split: a patient, a scene, a sequence. Empty where places are divided instead. */
  groups: z.array(subsetCountsSchema.extend({ name: z.string() })).default([]),
  /** Samples by the year in which their interval starts. */
  years: z.array(subsetCountsSchema.extend({ year: z.number().int() })),
  /** What the model will need of every sequence it is used on. */
  contract: temporalContractSchema.omit({ normalisation: true }),
  /** Dates of the sequence: how many, the first, the last, and the longest time without one in days; null without dates. */
  dates: z.object({ frames: count, first: z.string(), last: z.string(), longestGapDays: z.number() }).nullable(),
  /** Seasons that the data cover whole: as many maps a prediction makes. */
  seasons: z.array(z.string()),
  /** What is left out and why, and what makes the score too good, too bad or uncertain; the gravest first. */
  remarks: z.array(remarkSchema),
})
/** What the data step of a training will do. */
export type TrainingPlan = z.infer<typeof trainingPlanSchema>

/** What a training takes. */
export const trainingCostSchema = z.object({
  parameters: count,
  batch: z.number().int().positive(),
  epochs: z.number().int().positive(),
  stepsPerEpoch: count,
  /** Memory that one step needs at its peak; an estimate of the engine, without the data and the program itself. */
  stepBytes: z.number().nonnegative(),
})
/** What a training takes. */
export type TrainingCost = z.infer<typeof trainingCostSchema>

/** Sizes of a dataset that decide what a training takes. */
export const datasetSizeSchema = z.object({
  frames: z.number().int().positive().max(100_000),
  bands: z.number().int().positive().max(10_000),
  /** 0 where nothing is classified. */
  classes: z.number().int().nonnegative().max(10_000),
  /** Samples to learn from. */
  train: z.number().int().positive(),
})
/** Sizes of a dataset that decide what a training takes. */
export type DatasetSize = z.infer<typeof datasetSizeSchema>
