import type { FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import { pixelsOfClass } from '../../../shared/domain/label-mask.ts'
import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import { paintedOf } from '../labels/mask-picture.ts'
import { markedWindow, maskStack, type MaskStack } from './cut-masks.ts'
import type { PreparedOverlay } from './prepared-overlay.ts'

type Mask = FrameLabelOf<'mask'>

// What is worked out of masks stays as long as they do: neither overlays nor labels are changed in place.
const windowsOfMasks = new WeakMap<Mask, ReadonlyMap<string, PixelSet>>()
const stacksOfOverlays = new WeakMap<PreparedOverlay, readonly MaskStack[]>()

/** The smallest window of each class of a mask; worked out once. */
export function classWindows(mask: Mask): ReadonlyMap<string, PixelSet> {
  const known = windowsOfMasks.get(mask)
  if (known) return known
  const painted = paintedOf(mask)
  const windows = new Map(
    painted.classes.map((name) => [
      name,
      markedWindow(pixelsOfClass(painted, name).bits, painted.width, painted.height),
    ]),
  )
  windowsOfMasks.set(mask, windows)
  return windows
}

/** What each segment of an overlay marks in the block of its series; worked out once. */
export function overlayStacks(prepared: PreparedOverlay, frames: number, isReversed: boolean): readonly MaskStack[] {
  const known = stacksOfOverlays.get(prepared)
  if (known) return known
  const stacks = prepared.overlay.segments.map((_, index) =>
    maskStack(
      [...prepared.frames].flatMap(([frame, masks]) =>
        masks
          .filter(({ segment }) => segment === index)
          .flatMap(({ mask }) => [...classWindows(mask).values()].map((window) => [frame, window] as const)),
      ),
      frames,
      isReversed,
    ),
  )
  stacksOfOverlays.set(prepared, stacks)
  return stacks
}

/** What each painted class marks in the block of a series. @param masks  of one series */
export function paintedStacks(
  masks: readonly Mask[],
  frames: number,
  isReversed: boolean,
): ReadonlyMap<string, MaskStack> {
  const names = new Set(masks.flatMap(({ layers }) => layers.map(({ label }) => label)))
  return new Map(
    [...names].map((name) => [
      name,
      maskStack(
        masks.flatMap((mask) => {
          const window = classWindows(mask).get(name)
          return window ? [[mask.frame, window] as const] : []
        }),
        frames,
        isReversed,
      ),
    ]),
  )
}

/** The marked pixel that lies nearest to the middle of all, as its own middle; null when none is marked. */
export function middleOf({ bits, column, row, width }: PixelSet): readonly [number, number] | null {
  const marked = [...bits.keys()].filter((i) => bits[i] === 1).map((i) => [i % width, Math.floor(i / width)] as const)
  const mean = [0, 1].map((axis) => marked.reduce((sum, at) => sum + (at[axis] ?? 0), 0) / marked.length)
  const away = ([x, y]: readonly [number, number]): number => Math.hypot(x - (mean[0] ?? 0), y - (mean[1] ?? 0))
  const [best] = [...marked].sort((a, b) => away(a) - away(b))
  return best ? [column + best[0] + 0.5, row + best[1] + 0.5] : null
}
