import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { compiledKernels } from '../../../electron/engine/trace/trace.ts'
import { testDevices } from '../devices-under-test.ts'
import { constantKernels } from './kernel-row.ts'
import { differentiatedKernels, onnxOperators, operatorsLeftToProcessor, sampleCalls } from './kernel-table.ts'

// CHRONOLENS_UPDATE_DOCS=1 writes the table, and with WebGPU under test the measured providers, instead of checking.
const updates = process.env['CHRONOLENS_UPDATE_DOCS'] !== undefined
const documentation = new URL('../../../docs/engine.md', import.meta.url)
const providers = new URL('./webgpu-providers.json', import.meta.url)
const [opening, closing] = ['<!-- kernels:start -->', '<!-- kernels:end -->']

type LeftToProcessor = { readonly [kernel: string]: readonly string[] }
// Written by this test, so the shape is known.
const readProviders = (): LeftToProcessor => JSON.parse(readFileSync(providers, 'utf8')) as LeftToProcessor

function table(left: LeftToProcessor): string {
  const calls = sampleCalls()
  const differentiated = differentiatedKernels()
  const lines = compiledKernels().map((kernel) => {
    const call = calls.get(kernel)
    const operators = call ? onnxOperators(kernel, call).join(', ') || 'none' : 'a constant'
    const isGradient = /Grad$|Backprop/.test(kernel) && !differentiated.has(kernel)
    const gradient = isGradient ? 'is one' : differentiated.has(kernel) ? 'yes' : '–'
    const webgpu =
      constantKernels.has(kernel) || !left[kernel]?.length ? 'yes' : `${left[kernel].join(', ')} on the CPU`
    return `| ${kernel} | ${operators} | ${gradient} | yes | ${webgpu} |`
  })
  return [
    '| TF.js kernel | ONNX operators | gradient | CPU | WebGPU |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}

beforeAll(() => tf.setBackend('cpu'))

it.runIf(testDevices.includes('webgpu'))(
  'knows which operators ONNX Runtime leaves to the processor',
  async () => {
    const measured: { [kernel: string]: string[] } = {}
    for (const [kernel, call] of sampleCalls()) {
      const left = await operatorsLeftToProcessor(call)
      if (left.length > 0) measured[kernel] = left
    }
    if (updates) writeFileSync(providers, `${JSON.stringify(measured, undefined, 2)}\n`)
    expect(readProviders()).toEqual(measured)
  },
  300_000,
)

it('docs/engine.md holds the table of kernels that these tests make', () => {
  const text = readFileSync(documentation, 'utf8')
  const [before, rest] = text.split(opening)
  const [present, after] = (rest ?? '').split(closing)
  const wanted = `\n\n${table(readProviders())}\n\n`
  if (updates) writeFileSync(documentation, `${before ?? ''}${opening}${wanted}${closing}${after ?? ''}`)
  const cells = (markdown: string): string[][] =>
    markdown
      .trim()
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim().replace(/^-+$/, '-')))
  if (!updates) expect(cells(present ?? '')).toEqual(cells(wanted))
})
