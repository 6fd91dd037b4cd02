import { operationsOf, referenceSize, type BenchSize, type CaseName, type SizeAxis } from './bench-case.ts'
import { startOurs, startPeer, type CompareOptions } from './compare-case.ts'
import type { SideProcess } from './side-process.ts'
import { median } from './statistics.ts'

/** One cell of the scaling table. */
export interface ScalingPoint {
  readonly name: CaseName
  readonly axis: SizeAxis
  readonly factor: number
  readonly size: BenchSize
  /** Operations compared with the reference size. */
  readonly workFactor: number
  readonly ours: ScaledSide
  readonly peer?: ScaledSide
}

/** Middle step time and peak memory, or why there is none (it did not fit). */
export type ScaledSide = { readonly stepMs: number; readonly peakMb: number } | { readonly error: string }

const FACTORS = [1, 2, 4, 8]
const AXES: readonly SizeAxis[] = ['batch', 'length', 'width']
/** A cell is measured this long, but at least once after one untimed step. */
const CELL_MS = 2000

async function measure(start: () => SideProcess, name: CaseName, size: BenchSize): Promise<ScaledSide> {
  try {
    await using side = start()
    const first = await side.ask({ case: name, ...size, iterations: 1, warmup: 1 })
    const iterations = Math.max(1, Math.min(30, Math.floor(CELL_MS / (first.ms[0] ?? CELL_MS))))
    const { ms, peakMb } = await side.ask({ case: name, ...size, iterations })
    return { stepMs: median(ms), peakMb }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** Step time and memory of a training case at 1, 2, 4 and 8 times each axis; a fresh process for each cell. */
export async function scaleCase(
  name: CaseName,
  options: Pick<CompareOptions, 'device' | 'threads' | 'torch'>,
  report: (point: ScalingPoint) => void,
): Promise<ScalingPoint[]> {
  const points: ScalingPoint[] = []
  const reference = referenceSize[name]
  const { torch } = options
  for (const axis of AXES) {
    for (const factor of FACTORS) {
      const known = factor === 1 ? points.find((point) => point.factor === 1) : undefined
      const size = { ...reference, [axis]: reference[axis] * factor }
      const point: ScalingPoint = known
        ? { ...known, axis }
        : {
            name,
            axis,
            factor,
            size,
            workFactor: operationsOf(name, size) / operationsOf(name, reference),
            // One after the other: a process that starts takes time from the one that is measured.
            ours: await measure(() => startOurs(options), name, size),
            ...(torch ? { peer: await measure(() => startPeer(torch), name, size) } : {}),
          }
      points.push(point)
      report(point)
    }
  }
  return points
}
