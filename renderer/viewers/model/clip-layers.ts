import type { PictureLayer } from './model-layers.ts'

const predictors: Readonly<Record<string, string>> = {
  'conv-lstm': 'ConvLSTM',
  'conv-gru': 'ConvGRU',
  'pred-rnn': 'PredRNN',
}

/** The layers of a model that looks at frames, from frames to classes or to the frames that follow; null for any other. */
export function clipLayers(
  model: string,
  setting: (key: string) => string,
  bands: number,
  classes: number,
): PictureLayer[] | null {
  const layer = (kind: PictureLayer['kind'], name: string, shape: string, isBidirectional = false): PictureLayer => ({
    kind,
    name,
    shape,
    isBidirectional,
  })
  const [height = 64, width = height] = numbers(setting('size'))
  const output = layer('dense', 'Dense', `[${classes}]`)
  const predictor = predictors[model]
  if (predictor !== undefined) {
    const [patch = 4] = numbers(setting('patch'))
    const [rows, columns] = [Math.ceil(height / patch), Math.ceil(width / patch)]
    const [known = 10, horizon = 10] = [numbers(setting('inputFrames'))[0], numbers(setting('horizon'))[0]]
    return [
      layer('frames', '', `[${known}, ${height}, ${width}, ${bands}]`),
      ...numbers(setting('filters')).map((filters) =>
        layer('recurrent', `${predictor} ${filters}`, `[${rows}, ${columns}, ${filters}]`),
      ),
      layer('future', '', `[${horizon}, ${height}, ${width}, ${bands}]`),
    ]
  }
  if (model === 'conv-lstm-unet') {
    const [slices = 5, edge = 64] = [numbers(setting('slices'))[0], numbers(setting('patchSize'))[0]]
    const [first = 8, levels = 2] = [numbers(setting('filters'))[0], numbers(setting('levels'))[0]]
    const at = (level: number): string => `${edge / 2 ** level}, ${edge / 2 ** level}`
    const down = Array.from({ length: levels }, (_, level) => level)
    const bottom = first * 2 ** levels
    return [
      layer('frames', '', `[${slices}, ${at(0)}, 4]`),
      ...down.map((level) => layer('convolution', `Conv ${first * 2 ** level}`, `[${slices}, ${at(level + 1)}, ${first * 2 ** level}]`)), // prettier-ignore
      layer('recurrent', `ConvLSTM ${bottom}`, `[${slices}, ${at(levels)}, ${bottom}]`),
      layer('recurrent', `ConvLSTM ${bottom / 2}`, `[${slices}, ${at(levels)}, ${bottom}]`, true),
      ...[...down].reverse().map((level) => layer('convolution', `Conv ${first * 2 ** level}`, `[${slices}, ${at(level)}, ${first * 2 ** level}]`)), // prettier-ignore
      layer('dense', 'Mask', `[${slices}, ${at(0)}]`),
    ]
  }
  if (model !== 'crnn' && model !== 'conv-lstm-classifier' && model !== 'frame-cnn') return null
  const isOne = model === 'frame-cnn'
  const time = isOne ? '' : `${numbers(setting('frames'))[0] ?? 8}, `
  const channels = setting('motion') === 'true' && !isOne ? 2 * bands : bands
  const filters = numbers(setting('filters'))
  const convolutions = filters.map((count, i) => {
    const [rows, columns] = [height, width].map((edge) => Math.max(1, Math.floor(edge / 2 ** (i + 1))))
    return layer('convolution', `Conv ${count}`, `[${time}${rows}, ${columns}, ${count}]`)
  })
  const frames = layer('frames', '', `[${time}${height}, ${width}, ${channels}]`)
  const [units = 64] = numbers(setting('units'))
  if (isOne) return [frames, ...convolutions, layer('convolution', `Dense ${units}`, `[${units}]`), output]
  if (model === 'conv-lstm-classifier')
    return [frames, ...convolutions, layer('recurrent', `ConvLSTM ${units}`, `[${2 * units}]`), output]
  const cell = setting('cell') || 'gru'
  const isBoth = cell.startsWith('bi-')
  const wide = isBoth ? 2 * units : units
  const hasAttention = setting('attention') !== 'false'
  return [
    frames,
    ...convolutions,
    layer('recurrent', `${cell.replace('bi-', '').toUpperCase()} ${units}`, hasAttention ? `[${time}${wide}]` : `[${wide}]`, isBoth), // prettier-ignore
    ...(hasAttention ? [layer('attention', 'Attention', `[${wide}]`)] : []),
    output,
  ]
}

function numbers(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number).filter((value) => value > 0)
}
