import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  backboneForm,
  backboneSettingsSchema,
  type BackboneForm,
} from '../../../../electron/analyses/backbone/backbone-form.ts'
import {
  type Backbone,
  openBackbone,
  outlineOf,
  readBackboneFile,
} from '../../../../electron/analyses/backbone/open-backbone.ts'
import { encodeOnnx } from '../../../../electron/engine/onnx/onnx-model.ts'
import { encodeMessage, type MessageSchema } from '../../../../electron/engine/onnx/protobuf.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { smallNetwork, smallNetworkFile, type SmallNetworkOptions } from './small-network.ts'

const random = new SeededRandom(5)
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random.next())

async function open(options: SmallNetworkOptions, settings: object = {}, size?: string): Promise<Backbone> {
  const file = outlineOf('network.onnx', smallNetworkFile(options))
  return openBackbone(file, backboneForm(file.outline, backboneSettingsSchema.parse(settings), size))
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'nothing was thrown'
}

/** Features of the runtime itself, fed by hand. @param planes [3, 24, 24], normalised */
async function plainFeatures(bytes: Uint8Array, planes: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes)
  const { features } = await session.run({ image: new Tensor('float32', planes, [1, 3, 24, 24]) })
  return features?.data as Float32Array
}

describe('features of a network of another person', () => {
  it('are those of plain ONNX Runtime, fed with ImageNet colours in the order of the channels', async () => {
    const frame = noise(24 * 24 * 3)
    const [mean, deviation] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]] as const // prettier-ignore
    const planes = Float32Array.from({ length: 3 * 24 * 24 }, (_, i) => {
      const [channel, pixel] = [Math.floor(i / 576), i % 576]
      return ((frame[pixel * 3 + channel] ?? NaN) - (mean[channel] ?? NaN)) / (deviation[channel] ?? NaN)
    })
    const backbone = await open({ channels: 3 })
    expect(backbone.features).toBe(6 * 12 * 12)
    expect(await backbone.encode(frame)).toEqual(await plainFeatures(smallNetworkFile({ channels: 3 }), planes))
    await backbone.close()
  })

  it('are the same whether channels come first or last, whether the batch is free or 4, and for grey as three channels', async () => {
    const [first, last] = [await open({ channels: 3, batch: 4 }), await open({ channels: 3, layout: 'nhwc' })]
    const grey = noise(24 * 24)
    const colours = Float32Array.from({ length: 3 * 576 }, (_, i) => grey[Math.floor(i / 3)] ?? 0)
    const features = await first.encode(grey)
    expect(await first.encode(colours)).toEqual(features)
    // [filters, rows, columns] beside [rows, columns, filters]
    const turned = await last.encode(colours)
    const at = (row: number, column: number, filter: number): number => turned[(row * 12 + column) * 6 + filter] ?? NaN
    const again = features.map((_, i) => at(Math.floor(i / 12) % 12, i % 12, Math.floor(i / 144)))
    expect(again).toEqual(features)
    for (const one of [first, last]) await one.close()
  })

  it('take scale, mean and deviation as they are stated, and zeros for what was not measured', async () => {
    const [unit, byte] = [
      await open({}, { backboneMean: [0], backboneDeviation: [1] }),
      await open({}, { backboneScale: 255, backboneMean: [0], backboneDeviation: [255] }),
    ]
    const frame = noise(576)
    const [a, b] = [await unit.encode(frame), await byte.encode(frame)]
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))))).toBeLessThan(1e-6)
    const [holes, zeros] = [new Float32Array(576).fill(NaN), new Float32Array(576)]
    expect(await unit.encode(holes)).toEqual(await unit.encode(zeros))
    for (const one of [unit, byte]) await one.close()
  })

  it('of a map are means over its places where that is asked for, or where the map is large', async () => {
    const [flat, mean, large] = [
      await open({}, { backbonePool: 'flat' }),
      await open({}, { backbonePool: 'mean' }),
      await open({ filters: 40 }),
    ]
    const frame = noise(576)
    const places = await flat.encode(frame)
    const means = Array.from(
      { length: 6 },
      (_, f) => places.slice(f * 144, (f + 1) * 144).reduce((a, b) => a + b) / 144,
    )
    const pooled = await mean.encode(frame)
    expect(pooled).toHaveLength(6)
    pooled.forEach((value, f) => expect(value).toBeCloseTo(means[f] ?? NaN, 5))
    expect(large.features).toBe(40)
    for (const one of [flat, mean, large]) await one.close()
  })
})

describe('what a network looks at', () => {
  const formOf = (options: SmallNetworkOptions, settings = {}, size?: string): BackboneForm =>
    backboneForm(outlineOf('n.onnx', smallNetworkFile(options)).outline, backboneSettingsSchema.parse(settings), size)

  it('is as large as the file says, or as the setting says where the file leaves it open, or 224', () => {
    expect(formOf({ edge: 24 }).size).toEqual([24, 24])
    expect(formOf({ edge: 'free' }, {}, '48x64').size).toEqual([48, 64])
    expect(formOf({ edge: 'free' }).size).toEqual([224, 224])
    expect(() => formOf({ edge: 24 }, {}, '32')).toThrow('looks at frames of 24x24 pixels')
  })

  it.each([
    ['two channels', { channels: 2 }],
    ['a batch of a thousand', { batch: 1000 }],
  ])('is refused in one sentence with what was found: %s', (_name, options) => {
    expect(() => formOf(options)).toThrow(/one float32 input \[batch, 3, height, width\].*"image": float32/)
  })

  it('needs as many numbers to normalise by as there are channels, and an output of that name', () => {
    expect(() => formOf({ channels: 3 }, { backboneMean: [1, 2] })).toThrow('backboneMean=1,2')
    expect(() => formOf({}, { backboneOutput: 'logits' })).toThrow('"logits"')
  })
})

describe('a file that is no network to be used', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronolens-backbone-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function refusal(bytes: Uint8Array): Promise<string> {
    const path = join(folder, 'file.onnx')
    await writeFile(path, bytes)
    return codeOf(async () => {
      const file = await readBackboneFile(path)
      const backbone = await openBackbone(file, backboneForm(file.outline, backboneSettingsSchema.parse({}), undefined))
      await backbone.close()
    })
  }

  it('is named where it is missing, a folder, empty, text, or cut off at any place', async () => {
    expect(await codeOf(() => readBackboneFile(join(folder, 'none.onnx')))).toBe('store/not-found')
    expect(await codeOf(() => readBackboneFile(folder))).toBe('store/not-readable')
    expect(await refusal(new Uint8Array())).toBe('backbone/not-onnx')
    expect(await refusal(new TextEncoder().encode('<html>not a network</html>'))).toBe('backbone/not-onnx')
    const whole = smallNetworkFile()
    for (let length = 1; length < whole.length; length += 37)
      expect(await refusal(whole.slice(0, length))).toMatch(/^backbone\/(not-onnx|not-usable|input|output)$/)
  })

  it('is refused with the reason of the runtime: unknown operators, a version that is not known', async () => {
    const network = smallNetwork()
    const strange = network.nodes.map((node) => (node.type === 'Relu' ? { ...node, type: 'NoSuchOperator' } : node))
    expect(await refusal(encodeOnnx({ ...network, nodes: strange }))).toBe('backbone/not-usable')
    expect(await refusal(encodeOnnx({ ...network, opset: 999 }))).toBe('backbone/not-usable')
    const file = outlineOf('strange.onnx', encodeOnnx({ ...network, nodes: strange }))
    const form = backboneForm(file.outline, backboneSettingsSchema.parse({}), undefined)
    await expect(openBackbone(file, form)).rejects.toThrow(/"strange.onnx" cannot be used: .*NoSuchOperator/)
  })

  it('is refused where its numbers are infinite', async () => {
    const network = smallNetwork()
    const constants = network.constants.map((one) => ({
      ...one,
      values: new Float32Array(one.values.length).fill(Infinity),
    }))
    expect(await refusal(encodeOnnx({ ...network, constants }))).toBe('backbone/not-usable')
  })

  it('never makes the program open the files that it names, not even from within a branch', async () => {
    expect(await refusal(withOutsideNumbers(0))).toBe('backbone/external-data')
    expect(await refusal(withOutsideNumbers(3))).toBe('backbone/external-data')
    expect(await refusal(withOutsideNumbers(40))).toBe('backbone/not-onnx')
  })
})

/** A file whose numbers lie in another one, inside so many branches. */
function withOutsideNumbers(depth: number): Uint8Array {
  const tensor: MessageSchema = {
    name: { number: 8, type: 'string' },
    external: {
      number: 13,
      type: { key: { number: 1, type: 'string' }, value: { number: 2, type: 'string' } },
      repeated: true,
    },
    location: { number: 14, type: 'int' },
  }
  const attribute: MessageSchema = { name: { number: 1, type: 'string' }, graph: { number: 6, type: 'bytes' } }
  const node: MessageSchema = {
    opType: { number: 4, type: 'string' },
    attribute: { number: 5, type: attribute, repeated: true },
  }
  const output: MessageSchema = { name: { number: 1, type: 'string' } }
  const graph: MessageSchema = {
    node: { number: 1, type: node, repeated: true },
    initializer: { number: 5, type: tensor, repeated: true },
    output: { number: 12, type: output, repeated: true },
  }
  let inner: Uint8Array = encodeMessage(graph, {
    initializer: [{ name: 'w', external: [{ key: 'location', value: '../secret' }], location: 1 }],
    output: [{ name: 'features' }],
  })
  for (let i = 0; i < depth; i++)
    inner = encodeMessage(graph, {
      node: [{ opType: 'If', attribute: [{ name: 'then_branch', graph: inner }] }],
      output: [{ name: 'features' }],
    })
  return encodeMessage({ graph: { number: 7, type: 'bytes' } }, { graph: inner })
}
