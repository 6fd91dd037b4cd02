import { clipLayers } from './clip-layers.ts'

/** One layer of a network as the picture shows it. */
export interface PictureLayer {
  readonly kind: 'input' | 'frames' | 'recurrent' | 'convolution' | 'attention' | 'dense' | 'future'
  /** Name of the layer, as textbooks write it. */
  readonly name: string
  /** Shape of what comes out, without the batch: `[time, 64]`. */
  readonly shape: string
  readonly isBidirectional: boolean
}

const recurrent: Readonly<Record<string, { name: string; isBidirectional: boolean; hasAttention: boolean }>> = {
  lstm: { name: 'LSTM', isBidirectional: false, hasAttention: false },
  gru: { name: 'GRU', isBidirectional: false, hasAttention: false },
  'bi-lstm': { name: 'LSTM', isBidirectional: true, hasAttention: false },
  'attention-lstm': { name: 'LSTM', isBidirectional: true, hasAttention: true },
  'simple-rnn': { name: 'RNN', isBidirectional: false, hasAttention: false },
}

/**
 * The layers of a model of the zoo with given settings, from input to classes.
 * @param setting  text of a setting (`units` → `64,64`); '' where there is none
 * @returns empty for a model this page does not know
 */
export function modelLayers(
  model: string,
  setting: (key: string) => string,
  bands: number,
  classes: number,
): PictureLayer[] {
  const clip = clipLayers(model, setting, bands, classes)
  if (clip) return clip
  const input: PictureLayer = { kind: 'input', name: '', shape: `[time, ${bands}]`, isBidirectional: false }
  const output: PictureLayer = { kind: 'dense', name: 'Dense', shape: `[${classes}]`, isBidirectional: false }
  const known = recurrent[model]
  if (known) {
    const units = numbers(setting('units'), [64, 64])
    const factor = known.isBidirectional ? 2 : 1
    const layers = units.map((count, i): PictureLayer => {
      const keepsTime = i < units.length - 1 || known.hasAttention
      return {
        kind: 'recurrent',
        name: `${known.name} ${count}`,
        shape: keepsTime ? `[time, ${count * factor}]` : `[${count * factor}]`,
        isBidirectional: known.isBidirectional,
      }
    })
    const last = (units.at(-1) ?? 64) * factor
    const attention: PictureLayer[] = known.hasAttention
      ? [{ kind: 'attention', name: 'Attention', shape: `[${last}]`, isBidirectional: false }]
      : []
    return [input, ...layers, ...attention, output]
  }
  if (model !== 'temp-cnn') return []
  const [filters = 64] = numbers(setting('filters'), [64])
  const [kernel = 5] = numbers(setting('kernelSize'), [5])
  const [count = 3] = numbers(setting('layers'), [3])
  const [units = 256] = numbers(setting('units'), [256])
  const convolutions = Array.from({ length: Math.min(count, 6) }, (): PictureLayer => ({
    kind: 'convolution',
    name: `Conv ${filters}×${kernel}`,
    shape: `[time, ${filters}]`,
    isBidirectional: false,
  }))
  return [
    input,
    ...convolutions,
    { kind: 'dense', name: `Dense ${units}`, shape: `[${units}]`, isBidirectional: false },
    output,
  ]
}

function numbers(text: string, initial: readonly number[]): number[] {
  const found = (text.match(/\d+/g) ?? []).map(Number).filter((value) => value > 0)
  return found.length > 0 ? found : [...initial]
}
