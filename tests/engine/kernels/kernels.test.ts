import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { loweredKernels } from '../../../electron/engine/lower/lower-graph.ts'
import { compiledKernels } from '../../../electron/engine/trace/trace.ts'
import { expectSameTensors, type Tolerance } from '../compare-tensors.ts'
import { executorFor, testDevices, type TestDevice } from '../devices-under-test.ts'
import { coveredKernels, kernelRows } from './kernel-rows.ts'
import { constantKernels, type KernelRow } from './kernel-row.ts'
import { expectedResults, prepareRow, traceRow, variantsOf, type RowVariant } from './run-row.ts'

beforeAll(() => tf.setBackend('cpu'))

describe('the kernel table', () => {
  it('has a row for every kernel that can be compiled', () => {
    expect(compiledKernels().filter((kernel) => !coveredKernels().has(kernel))).toEqual([])
  })
  it('names no kernel that cannot be compiled', () => {
    expect([...coveredKernels()].filter((kernel) => !compiledKernels().includes(kernel))).toEqual([])
  })
  it('has a lowering for every kernel but those that become constants', () => {
    expect(compiledKernels().filter((k) => !constantKernels.has(k) && !loweredKernels().includes(k))).toEqual([])
  })
})

const kernels = [...new Set(kernelRows.map((row) => row.kernel))]

/**
 * WebGPU on a software driver takes half a second for each graph, so a run takes some rows of each kernel; all of them
 * with CHRONOLENS_TEST_ALL=1.
 */
function chosenRows(device: TestDevice, kernel: string): [KernelRow, RowVariant][] {
  const rows = kernelRows.filter((row) => row.kernel === kernel)
  const plain = rows.map((row): [KernelRow, RowVariant] => [row, 'plain'])
  const sandwiched = rows
    .filter((row) => variantsOf(row).includes('sandwich'))
    .map((row): [KernelRow, RowVariant] => [row, 'sandwich'])
  if (device === 'cpu' || process.env['CHRONOLENS_TEST_ALL']) return [...plain, ...sandwiched]
  const few = (list: [KernelRow, RowVariant][], count: number): [KernelRow, RowVariant][] =>
    list.filter((_, i) => count > 0 && i % Math.ceil(list.length / count) === 0)
  return [...few(plain, /Conv|Pool/.test(kernel) ? 2 : 1), ...few(sandwiched, /Conv|Pool/.test(kernel) ? 1 : 0)]
}

// WGSL grants sin, cos and tan an absolute error of 2^-11, and exp a relative one that grows with its argument.
const webGpuTolerances: { readonly [kernel: string]: Tolerance } = {
  Sin: { relative: 5e-4 },
  Cos: { relative: 5e-4 },
  Tan: { relative: 1e-3 },
  Expm1: { relative: 1e-5, elementwise: true },
}

describe.each(testDevices)('on %s', (device) => {
  describe.each(kernels)('%s', (kernel) => {
    for (const [row, variant] of chosenRows(device, kernel)) {
      it(`${row.title}${variant === 'sandwich' ? ' (between convolutions)' : ''}`, async () => {
        const prepared = prepareRow(row, variant)
        const graph = traceRow(prepared)
        const traced = graph.nodes.map((node) => node.kernel)
        if (!constantKernels.has(kernel))
          expect(traced).toEqual(expect.arrayContaining([kernel, ...(row.covers ?? [])]))
        const program = await executorFor(device).prepare(graph)
        try {
          const looser = device === 'webgpu' ? webGpuTolerances[kernel] : undefined
          const tolerance = looser ?? row.tolerance ?? { relative: 1e-4 }
          expectSameTensors(await program.run(prepared.feeds), expectedResults(prepared), tolerance)
        } finally {
          await program.dispose()
        }
      })
    }
  })
})
