import type { SliceImage } from './painter.ts'

/** Why two slices have no difference; null where they do. */
export function whyNoDifference(a: SliceImage, b: SliceImage): 'otherGrid' | 'colour' | null {
  if (a.bands !== 1 || b.bands !== 1) return 'colour'
  return a.plane.width === b.plane.width && a.plane.height === b.plane.height ? null : 'otherGrid'
}

/** The second slice minus the first, pixel by pixel, where the first one lies. */
export function differenceOf(first: SliceImage, second: SliceImage): SliceImage {
  return {
    key: `${second.key}-${first.key}`,
    values: Float32Array.from(first.values, (value, i) => (second.values[i] ?? NaN) - value),
    bands: 1,
    plane: first.plane,
  }
}
