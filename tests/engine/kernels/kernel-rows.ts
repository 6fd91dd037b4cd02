import { arrayRows } from './array-rows.ts'
import { convolutionRows } from './convolution-rows.ts'
import { elementwiseRows } from './elementwise-rows.ts'
import type { KernelRow } from './kernel-row.ts'
import { reductionRows } from './reduction-rows.ts'

/** Every row of the kernel tests; docs/engine.md is made from them. */
export const kernelRows: readonly KernelRow[] = [...elementwiseRows, ...reductionRows, ...arrayRows, ...convolutionRows]

/** Kernels that some row is about. */
export function coveredKernels(): ReadonlySet<string> {
  return new Set(kernelRows.flatMap((row) => [row.kernel, ...(row.covers ?? [])]))
}
