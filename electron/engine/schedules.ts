import { z } from 'zod'
import { unreachable } from '../../shared/base/assert.ts'

/** How the learning rate changes over a run; warm-up raises it linearly from zero over the first steps. */
export const scheduleSchema = z.object({
  kind: z.enum(['constant', 'step', 'cosine']).default('constant'),
  learningRate: z.number().positive(),
  warmUpSteps: z.number().int().nonnegative().default(0),
  /** `step`: the rate is multiplied by `factor` after every `every` steps. */
  every: z.number().int().positive().default(1000),
  factor: z.number().positive().default(0.5),
  /** `cosine`: the rate falls to `floor` times its start over `totalSteps`, counted with the warm-up. */
  totalSteps: z.number().int().positive().default(1000),
  floor: z.number().min(0).max(1).default(0.01),
})
/** How the learning rate changes over a run. */
export type Schedule = z.infer<typeof scheduleSchema>

/** Learning rate of a step, counted from 0. Source of `cosine`: Loshchilov and Hutter 2017, without restarts. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { learningRate, warmUpSteps } = schedule
  if (step < warmUpSteps) return (learningRate * (step + 1)) / warmUpSteps
  const since = step - warmUpSteps
  switch (schedule.kind) {
    case 'constant':
      return learningRate
    case 'step':
      return learningRate * schedule.factor ** Math.floor(since / schedule.every)
    case 'cosine': {
      const share = Math.min(1, since / Math.max(1, schedule.totalSteps - warmUpSteps))
      return learningRate * (schedule.floor + (1 - schedule.floor) * 0.5 * (1 + Math.cos(Math.PI * share)))
    }
    default:
      return unreachable(schedule.kind)
  }
}
