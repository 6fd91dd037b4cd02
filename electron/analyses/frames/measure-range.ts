import { throwIfAborted } from '../../../shared/base/abort.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { bandSources, isEightBit, type FrameForm } from './frame-form.ts'
import { readRaw } from './small-frames.ts'

const framesLookedAt = 64
/** Share of the values left out at each end: single bright pixels must not press all others together. */
const leftOut = 0.001

/**
 * Which values become 0 and 1: 0 and 255 for 8-bit data, else nearly the smallest and the largest of a few dozen frames,
 * evenly taken from the given sequences.
 */
export async function measureRange(
  sources: readonly FoundSequence[],
  form: Omit<FrameForm, 'low' | 'range'>,
  signal?: AbortSignal,
): Promise<Pick<FrameForm, 'low' | 'range'>> {
  if (sources.every(({ info }) => isEightBit(info)))
    return { low: form.bands.map(() => 0), range: form.bands.map(() => 255) }
  const values = form.bands.map((): number[] => [])
  const perSource = Math.max(1, Math.floor(framesLookedAt / sources.length))
  for (const source of sources.slice(0, framesLookedAt)) {
    throwIfAborted(signal)
    const reader = await source.open()
    try {
      const where = bandSources(form.bands, reader.info)
      const count = Math.min(perSource, reader.info.frames)
      for (let i = 0; i < count; i++) {
        const frame = Math.floor(((i + 0.5) * reader.info.frames) / count)
        const planes = await readRaw(reader, form, where, frame, signal)
        planes.forEach((plane, band) => {
          for (const value of plane) if (Number.isFinite(value)) values[band]?.push(value)
        })
      }
    } finally {
      await reader.close()
    }
  }
  const ends = values.map((list) => {
    const sorted = Float64Array.from(list).sort()
    const cut = Math.floor(sorted.length * leftOut)
    return { low: sorted[cut] ?? 0, high: sorted[sorted.length - 1 - cut] ?? 1 }
  })
  return { low: ends.map(({ low }) => low), range: ends.map(({ low, high }) => (high > low ? high - low : 1)) }
}
