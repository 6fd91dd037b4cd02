import type { DataType, TensorData } from '../graph.ts'
import { decodeMessage, encodeMessage, type Message, type MessageSchema } from './protobuf.ts'

// Field numbers: onnx/onnx.proto3, IR version 8 to 10.
const tensorSchema: MessageSchema = {
  dims: { number: 1, type: 'int', repeated: true },
  dataType: { number: 2, type: 'int' },
  name: { number: 8, type: 'string' },
  rawData: { number: 9, type: 'bytes' },
}
const attributeSchema: MessageSchema = {
  name: { number: 1, type: 'string' },
  f: { number: 2, type: 'float' },
  i: { number: 3, type: 'int' },
  s: { number: 4, type: 'bytes' },
  t: { number: 5, type: tensorSchema },
  floats: { number: 7, type: 'float', repeated: true },
  ints: { number: 8, type: 'int', repeated: true },
  strings: { number: 9, type: 'bytes', repeated: true },
  type: { number: 20, type: 'int' },
}
const nodeSchema: MessageSchema = {
  input: { number: 1, type: 'string', repeated: true },
  output: { number: 2, type: 'string', repeated: true },
  name: { number: 3, type: 'string' },
  opType: { number: 4, type: 'string' },
  attribute: { number: 5, type: attributeSchema, repeated: true },
  domain: { number: 7, type: 'string' },
}
const dimensionSchema: MessageSchema = { value: { number: 1, type: 'int' }, param: { number: 2, type: 'string' } }
const shapeSchema: MessageSchema = { dim: { number: 1, type: dimensionSchema, repeated: true } }
const tensorTypeSchema: MessageSchema = {
  elemType: { number: 1, type: 'int' },
  shape: { number: 2, type: shapeSchema },
}
const typeSchema: MessageSchema = { tensorType: { number: 1, type: tensorTypeSchema } }
const valueInfoSchema: MessageSchema = { name: { number: 1, type: 'string' }, type: { number: 2, type: typeSchema } }
const graphSchema: MessageSchema = {
  node: { number: 1, type: nodeSchema, repeated: true },
  name: { number: 2, type: 'string' },
  initializer: { number: 5, type: tensorSchema, repeated: true },
  input: { number: 11, type: valueInfoSchema, repeated: true },
  output: { number: 12, type: valueInfoSchema, repeated: true },
}
const opsetSchema: MessageSchema = { domain: { number: 1, type: 'string' }, version: { number: 2, type: 'int' } }
const stringEntrySchema: MessageSchema = { key: { number: 1, type: 'string' }, value: { number: 2, type: 'string' } }
const modelSchema: MessageSchema = {
  irVersion: { number: 1, type: 'int' },
  producerName: { number: 2, type: 'string' },
  producerVersion: { number: 3, type: 'string' },
  graph: { number: 7, type: graphSchema },
  opsetImport: { number: 8, type: opsetSchema, repeated: true },
  metadata: { number: 14, type: stringEntrySchema, repeated: true },
}

/** Attribute of an ONNX operator; whole numbers are `int` attributes unless wrapped in `{ float }`. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

/** One ONNX operator; an absent optional input is the empty string. */
export interface OnnxNode {
  readonly type: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: { readonly [name: string]: OnnxAttribute }
}

/** A length, or the name of a length that is known only when the model runs (`batch`). */
export type OnnxDimension = number | string

/** A named input or output of an ONNX graph. */
export interface OnnxValue {
  readonly name: string
  readonly dtype: DataType | 'int64'
  readonly shape: readonly OnnxDimension[]
}

/** A named constant of an ONNX graph. */
export interface OnnxConstant {
  readonly name: string
  readonly dtype: DataType | 'int64'
  readonly shape: readonly number[]
  readonly values: TensorData['values'] | BigInt64Array
}

/** An ONNX model with standard operators (`ai.onnx`) only. */
export interface OnnxModel {
  readonly opset: number
  readonly nodes: readonly OnnxNode[]
  readonly constants: readonly OnnxConstant[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly metadata: { readonly [key: string]: string }
}

const elementType = { float32: 1, int32: 6, int64: 7, bool: 9 } as const
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function attributeMessage(name: string, value: OnnxAttribute): Message {
  if (typeof value === 'string') return { name, s: bytesOf(value), type: 3 }
  if (typeof value === 'number') return { name, i: value, type: 2 }
  if ('float' in value) return { name, f: value.float, type: 1 }
  return { name, ints: value, type: 7 }
}

function valueMessage(value: OnnxValue): Message {
  const dim = value.shape.map((d) => (typeof d === 'number' ? { value: d } : { param: d }))
  return { name: value.name, type: { tensorType: { elemType: elementType[value.dtype], shape: { dim } } } }
}

/** Bytes of the `.onnx` file of a model. Little-endian hosts only, like every platform we ship to. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  return encodeMessage(modelSchema, {
    irVersion: 8,
    producerName: 'chronolens',
    opsetImport: [{ domain: '', version: model.opset }],
    metadata: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'program',
      node: model.nodes.map((node, index) => ({
        input: node.inputs,
        output: node.outputs,
        name: `${node.type}_${index}`,
        opType: node.type,
        attribute: Object.entries(node.attributes).map(([name, value]) => attributeMessage(name, value)),
      })),
      initializer: model.constants.map(({ name, dtype, shape, values }) => ({
        name,
        dims: shape,
        dataType: elementType[dtype],
        rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
      input: model.inputs.map(valueMessage),
      output: model.outputs.map(valueMessage),
    },
  })
}

/** What a reader needs to know of a foreign or own ONNX file before it runs it. */
export interface OnnxSummary {
  readonly opset: number
  readonly operators: { readonly [type: string]: number }
  readonly domains: readonly string[]
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | string | null)[] }[]
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | string | null)[] }[]
  readonly metadata: { readonly [key: string]: string }
}

/** Reads the outline of an ONNX file. @throws `engine/onnx-truncated` */
export function describeOnnx(bytes: Uint8Array): OnnxSummary {
  const model = decodeMessage(modelSchema, bytes)
  const graph = (model.graph ?? {}) as Message
  const nodes = (graph.node ?? []) as Message[]
  const operators: { [type: string]: number } = {}
  for (const node of nodes) operators[node.opType as string] = (operators[node.opType as string] ?? 0) + 1
  const outline = (list: unknown): { name: string; shape: (number | string | null)[] }[] =>
    ((list ?? []) as Message[]).map((value) => {
      const tensor = ((value.type as Message | undefined)?.tensorType ?? {}) as Message
      const dims = ((tensor.shape as Message | undefined)?.dim ?? []) as Message[]
      return { name: value.name as string, shape: dims.map((d) => (d.param as string) ?? (d.value as number) ?? null) }
    })
  return {
    opset: Number(((model.opsetImport as Message[] | undefined)?.[0] ?? {}).version ?? 0),
    operators,
    domains: [...new Set(nodes.map((node) => (node.domain as string | undefined) ?? ''))],
    inputs: outline(graph.input),
    outputs: outline(graph.output),
    metadata: Object.fromEntries(
      ((model.metadata ?? []) as Message[]).map((e) => [e.key as string, e.value as string]),
    ),
  }
}
