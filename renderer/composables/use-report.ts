import { computed, type Ref } from 'vue'
import { z } from 'zod'
import { testedFrameClipSchema } from '../../shared/domain/run.ts'
import type { RunDetails } from '../../shared/contracts/training.ts'

const scoresSchema = z.object({ precision: z.number(), recall: z.number(), f1: z.number(), support: z.number() })
const metricsSchema = z.object({
  overallAccuracy: z.number(),
  macroF1: z.number(),
  kappa: z.number(),
  /** Balanced accuracy; of clips only. */
  meanClassAccuracy: z.number().optional(),
  perClass: z.record(z.string(), scoresSchema),
  confusion: z.object({ labels: z.array(z.string()), matrix: z.array(z.array(z.number())) }),
})
const baselineSchema = z.object({
  name: z.string(),
  overallAccuracy: z.number(),
  macroF1: z.number().optional(),
  kappa: z.number().optional(),
  meanClassAccuracy: z.number().optional(),
})
const foldsSchema = z.object({
  folds: z.number(),
  overallAccuracyPerFold: z.array(z.number()),
  pooled: z.object({ overallAccuracy: z.number(), macroF1: z.number() }),
})

const stepsSchema = z.record(z.enum(['mse', 'mae', 'psnr', 'ssim']), z.array(z.number()))
const framesSchema = z.object({
  mse: z.number(),
  mae: z.number(),
  psnr: z.number(),
  ssim: z.number(),
  perStep: stepsSchema,
})
/** Quality of predicted frames: means, and by step. */
export type FrameScores = z.infer<typeof framesSchema>
const intervalsSchema = z.object({
  sequences: z.number(),
  mAP30: z.number(),
  mAP50: z.number(),
  mAP70: z.number(),
  frameF1: z.number(),
  segmentF1: z.number(),
  editScore: z.number(),
})
/** How well intervals in long sequences were found. */
export type IntervalScores = z.infer<typeof intervalsSchema>

const lesionFigures = {
  dice: z.number(),
  iou: z.number(),
  hd95Mm: z.number().nullable(),
  volumeError: z.number().nullable(),
  lesionSensitivity: z.number().nullable(),
}
const lesionsSchema = z.object({
  ...lesionFigures,
  falsePositivesPerScan: z.number(),
  perStudy: z.array(z.object({ name: z.string(), ...lesionFigures, falsePositives: z.number() })),
})
/** How well lesions were marked: means over studies, and each study. */
export type LesionScores = z.infer<typeof lesionsSchema>

/** The parts of a run's report, parsed; null where a report does not hold them. */
export function useReport(details: Ref<RunDetails | undefined>) {
  const report = computed(() => details.value?.report ?? null)
  const metrics = computed(() => metricsSchema.safeParse(report.value?.metrics).data ?? null)
  const baseline = computed(() => baselineSchema.safeParse(report.value?.baseline).data ?? null)
  const intervals = computed(() => intervalsSchema.safeParse(report.value?.metrics['intervals']).data ?? null)
  const frames = computed(() => framesSchema.safeParse(report.value?.metrics).data ?? null)
  const framesBaseline = computed(() => framesSchema.safeParse(report.value?.baseline).data ?? null)
  const lesions = computed(() => lesionsSchema.safeParse(report.value?.metrics).data ?? null)
  const lesionsBaseline = computed(() => lesionsSchema.safeParse(report.value?.baseline).data ?? null)
  const testClips = computed(
    () => z.array(testedFrameClipSchema).safeParse(report.value?.extra['testClips']).data ?? [],
  )
  const folds = computed(() => foldsSchema.safeParse(report.value?.extra['crossValidation']).data ?? null)
  const bestEpoch = computed(() => z.number().safeParse(report.value?.extra['bestEpoch']).data ?? null)
  return {
    report,
    metrics,
    baseline,
    intervals,
    frames,
    framesBaseline,
    lesions,
    lesionsBaseline,
    testClips,
    folds,
    bestEpoch,
  }
}
