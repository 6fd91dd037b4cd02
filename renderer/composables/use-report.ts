import { computed, type Ref } from 'vue'
import { z } from 'zod'
import type { RunDetails } from '../../shared/contracts/training.ts'

const scoresSchema = z.object({ precision: z.number(), recall: z.number(), f1: z.number(), support: z.number() })
const metricsSchema = z.object({
  overallAccuracy: z.number(),
  macroF1: z.number(),
  kappa: z.number(),
  perClass: z.record(z.string(), scoresSchema),
  confusion: z.object({ labels: z.array(z.string()), matrix: z.array(z.array(z.number())) }),
})
const baselineSchema = z.object({
  name: z.string(),
  overallAccuracy: z.number(),
  macroF1: z.number().optional(),
  kappa: z.number().optional(),
})
const foldsSchema = z.object({
  folds: z.number(),
  overallAccuracyPerFold: z.array(z.number()),
  pooled: z.object({ overallAccuracy: z.number(), macroF1: z.number() }),
})

/** The parts of a run's report that a classification has, parsed; null where a report does not hold them. */
export function useReport(details: Ref<RunDetails | undefined>) {
  const report = computed(() => details.value?.report ?? null)
  const metrics = computed(() => metricsSchema.safeParse(report.value?.metrics).data ?? null)
  const baseline = computed(() => baselineSchema.safeParse(report.value?.baseline).data ?? null)
  const folds = computed(() => foldsSchema.safeParse(report.value?.extra['crossValidation']).data ?? null)
  const bestEpoch = computed(() => z.number().safeParse(report.value?.extra['bestEpoch']).data ?? null)
  return { report, metrics, baseline, folds, bestEpoch }
}
