import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { loweredKernels } from '../../../electron/engine/lower/lower-graph.ts'
import { compiledKernels } from '../../../electron/engine/trace/trace.ts'
import { expectSameTensors } from '../compare-tensors.ts'
import { executorFor, testDevices } from '../devices-under-test.ts'
import { coveredKernels, kernelRows } from './kernel-rows.ts'
import { constantKernels } from './kernel-row.ts'
import { expectedResults, prepareRow, traceRow, variantsOf } from './run-row.ts'

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

describe.each(testDevices)('on %s', (device) => {
  describe.each(kernels)('%s', (kernel) => {
    for (const row of kernelRows.filter((each) => each.kernel === kernel)) {
      for (const variant of variantsOf(row)) {
        it(`${row.title}${variant === 'sandwich' ? ' (between convolutions)' : ''}`, async () => {
          const prepared = prepareRow(row, variant)
          const graph = traceRow(prepared)
          const traced = graph.nodes.map((node) => node.kernel)
          if (!constantKernels.has(kernel))
            expect(traced).toEqual(expect.arrayContaining([kernel, ...(row.covers ?? [])]))
          const program = await executorFor(device).prepare(graph)
          try {
            const tolerance = row.tolerance ?? { relative: 1e-4 }
            expectSameTensors(await program.run(prepared.feeds), expectedResults(prepared), tolerance)
          } finally {
            await program.dispose()
          }
        })
      }
    }
  })
})
