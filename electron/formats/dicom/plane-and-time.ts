import type { Elements } from './elements.ts'

/** When the frames of a file come: a rate, or their times from the first one. */
export interface FrameTiming {
  readonly rate: number | null
  readonly seconds: readonly number[] | null
}

/** Frame rate of a cine, from the times between frames or the rates stated; PS3.3 C.7.6.5. */
export function frameTiming(elements: Elements, frames: number): FrameTiming {
  if (frames < 2) return { rate: null, seconds: null }
  const steps = elements.numbers('x00181065', 'DS') // Frame Time Vector, ms, of which the first is 0
  if (steps.length >= frames) {
    const seconds: number[] = []
    steps.slice(0, frames).forEach((step, i) => seconds.push((seconds.at(-1) ?? 0) + (i === 0 ? 0 : step / 1000)))
    const last = seconds.at(-1) ?? 0
    if (last > 0) return { rate: (frames - 1) / last, seconds }
  }
  const time = elements.number('x00181063', 'DS')
  if (time !== null && time > 0) return { rate: 1000 / time, seconds: null }
  const rate = elements.number('x00180040', 'IS') ?? elements.number('x00082144', 'IS')
  return { rate: rate !== null && rate > 0 ? rate : null, seconds: null }
}

/** Distance of rows and of columns in mm that holds in the image only: calibrated ultrasound, or at the detector. */
export function planeSpacing(elements: Elements): readonly [number, number] | null {
  const region = ultrasoundSpacing(elements)
  if (region) return region
  for (const tag of ['x00280030', 'x00181164', 'x00182010']) {
    const [row = 0, column = 0] = elements.numbers(tag, 'DS')
    if (row > 0 && column > 0) return [row, column]
  }
  return null
}

const centimetres = 3

/** The scale of the tissue region; null where there are several of different scale. PS3.3 C.8.5.5. */
function ultrasoundSpacing(elements: Elements): readonly [number, number] | null {
  const spacings = elements.items('x00186011').flatMap((region): (readonly [number, number])[] => {
    const isTissue = region.number('x00186012', 'US') === 1
    const isInCm = region.number('x00186024', 'US') === centimetres && region.number('x00186026', 'US') === centimetres
    const [x, y] = [region.number('x0018602c', 'FD'), region.number('x0018602e', 'FD')]
    return isTissue && isInCm && x && y ? [[Math.abs(y) * 10, Math.abs(x) * 10]] : []
  })
  const [first] = spacings
  return first && spacings.every(([row, column]) => row === first[0] && column === first[1]) ? first : null
}
