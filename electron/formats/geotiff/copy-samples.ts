import type { StoredNumbers } from '../../../shared/domain/stored-values.ts'
import type { BlockValues } from './block-cache.ts'

/** Where samples are copied to: physical values, or numbers as they are stored. */
export type SampleTarget = Float32Array | Float64Array | StoredNumbers

/** Where a part of a decoded block goes. */
export interface CopyPlan {
  /** Index of the first wanted sample in the block, and steps to the next column and row there. */
  readonly from: number
  readonly columnStep: number
  readonly rowStep: number
  /** Index of the first pixel in the target, and the step to the next row there. */
  readonly to: number
  readonly targetRowStep: number
  readonly rows: number
  readonly columns: number
}

/** How a stored number becomes a physical one. */
export interface ValueRule {
  readonly nodata: number | null
  readonly scale: number
  readonly offset: number
}

/**
 * Copies one band of a block into the target as physical values, NaN where nodata.
 * The comparison with nodata is made on the stored number: MODIS' −1.7e308 is infinite in float32.
 */
export function copySamples(block: BlockValues, target: SampleTarget, plan: CopyPlan, rule: ValueRule): void {
  const { columnStep, columns } = plan
  const { nodata, scale, offset } = rule
  const isPlain = nodata === null && scale === 1 && offset === 0
  for (let row = 0; row < plan.rows; row++) {
    let from = plan.from + row * plan.rowStep
    const to = plan.to + row * plan.targetRowStep
    if (isPlain) {
      if (columnStep === 1) {
        target.set(block.subarray(from, from + columns), to)
        continue
      }
      for (let i = 0; i < columns; i++) {
        target[to + i] = block[from] as number
        from += columnStep
      }
      continue
    }
    for (let i = 0; i < columns; i++) {
      const stored = block[from] as number
      target[to + i] = stored === nodata ? NaN : stored * scale + offset
      from += columnStep
    }
  }
}

/** Fills the target part with one number, for blocks that the file leaves out. */
export function fillSamples(target: SampleTarget, plan: CopyPlan, value: number): void {
  for (let row = 0; row < plan.rows; row++) {
    const to = plan.to + row * plan.targetRowStep
    target.fill(value, to, to + plan.columns)
  }
}
