import { convLstmUnet, type ConvLstmUnetOptions, convLstmUnetOptionsSchema } from './conv-lstm-unet.ts'
import { defineModel, type ModelDefinition } from './model-definition.ts'

/**
 * A model that marks lesions: from `x` [batch, slices, height, width, 4] (see `segmenterChannels`) to `logits`
 * [batch, slices, height, width]. It takes any height and width that `edgeMultiple` divides, and any number of slices.
 */
export type Segmenter = ModelDefinition<unknown, null> & {
  /** What height and width must be divisible by. */
  edgeMultiple(options: unknown): number
}

const convLstmUnetSegmenter = {
  ...defineModel<ConvLstmUnetOptions, null>({
    id: 'conv-lstm-unet',
    summary:
      'U-Net whose bottom reads the slices forward and backward and, where there is one, the study before; the usual first choice.',
    optionsSchema: convLstmUnetOptionsSchema,
    build: (options) => convLstmUnet(options),
  }),
  edgeMultiple: ({ levels }: ConvLstmUnetOptions): number => 2 ** levels,
}

/** Models that mark lesions, in the order in which they are offered. */
export const segmenters: readonly Segmenter[] = [convLstmUnetSegmenter] as unknown as readonly Segmenter[]
