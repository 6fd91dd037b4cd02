import { z } from 'zod'

/** How any network is trained; tasks have their own defaults and add what is theirs. */
export const trainingSchema = z.object({
  epochs: z.number().int().positive().default(80),
  batch: z.number().int().positive().max(65536).default(64),
  optimiser: z.enum(['adamw', 'adam', 'sgd']).default('adamw'),
  learningRate: z.number().positive().default(0.005),
  schedule: z.enum(['cosine', 'constant', 'step']).default('cosine'),
  /** Share of all steps over which the learning rate rises from zero. */
  warmUp: z.number().min(0).max(0.5).default(0.05),
  weightDecay: z.number().min(0).default(0.01),
  clipNorm: z.number().positive().default(1),
  /**
   * Epochs without a smaller validation loss after which training stops, and the best epoch's numbers are kept; 0
   * trains all epochs and keeps the last numbers, which a falling learning rate has settled.
   */
  patience: z.number().int().nonnegative().default(0),
  /** Report the gradient of every time step of every recurrent layer. */
  stepNorms: z.boolean().default(false),
})
/** How any network is trained. */
export type TrainingSettings = z.infer<typeof trainingSchema>
