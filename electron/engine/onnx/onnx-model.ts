import { AppError } from '../../../shared/base/app-error.ts'
import type { DataType, TensorData } from '../graph.ts'
import { decodeMessage, encodeMessage, type Message, type MessageSchema } from './protobuf.ts'

// Field numbers: onnx/onnx.proto3, IR version 8 to 10.
const tensorSchema: MessageSchema = {
  dims: { number: 1, type: 'int', repeated: true },
  dataType: { number: 2, type: 'int' },
  name: { number: 8, type: 'string' },
  rawData: { number: 9, type: 'bytes' },
  externalData: { number: 13, type: 'bytes', repeated: true },
  dataLocation: { number: 14, type: 'int' },
}
const attributeSchema: MessageSchema = {
  name: { number: 1, type: 'string' },
  f: { number: 2, type: 'float' },
  i: { number: 3, type: 'int' },
  s: { number: 4, type: 'bytes' },
  t: { number: 5, type: tensorSchema },
  floats: { number: 7, type: 'float', repeated: true },
  graph: { number: 6, type: 'bytes' },
  ints: { number: 8, type: 'int', repeated: true },
  strings: { number: 9, type: 'bytes', repeated: true },
  tensors: { number: 10, type: tensorSchema, repeated: true },
  graphs: { number: 11, type: 'bytes', repeated: true },
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

/** An input or output as a file declares it. */
export interface OnnxPort {
  readonly name: string
  /** Element type by its number in onnx.proto: 1 is float32. */
  readonly elementType: number
  /** Lengths; a name or null where the length is free. */
  readonly shape: readonly (number | string | null)[]
}

/** What a reader needs to know of a foreign or own ONNX file before it runs it. */
export interface OnnxSummary {
  readonly opset: number
  readonly operators: { readonly [type: string]: number }
  readonly domains: readonly string[]
  /** Inputs that have to be fed; constants that older files list among them are left out. */
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  /** Whether some numbers lie in other files. */
  readonly hasExternalData: boolean
  readonly metadata: { readonly [key: string]: string }
}

/** Branches and loops within one another that are looked into; deeper ones are no network. */
const deepestGraph = 8

/**
 * Reads the outline of an ONNX file.
 * @throws `engine/onnx-truncated`; `engine/onnx-nested` for graphs within graphs without end
 */
export function describeOnnx(bytes: Uint8Array): OnnxSummary {
  const model = decodeMessage(modelSchema, bytes)
  const graph = (model.graph ?? {}) as Message
  const nodes = messages(graph.node)
  const operators: { [type: string]: number } = {}
  for (const { opType } of nodes) operators[String(opType)] = (operators[String(opType)] ?? 0) + 1
  const constants = new Set(messages(graph.initializer).map(({ name }) => name))
  return {
    opset: Number(messages(model.opsetImport).find(({ domain }) => !domain)?.version ?? 0),
    operators,
    domains: [...new Set(nodes.map(({ domain }) => (domain as string | undefined) ?? ''))],
    inputs: messages(graph.input)
      .filter(({ name }) => !constants.has(name))
      .map(portOf),
    outputs: messages(graph.output).map(portOf),
    hasExternalData: hasExternalData(graph, 0),
    metadata: Object.fromEntries(messages(model.metadata).map((e) => [String(e.key), String(e.value)])),
  }
}

const messages = (value: unknown): Message[] => (value ?? []) as Message[]

function portOf({ name, type }: Message): OnnxPort {
  const tensor = ((type as Message | undefined)?.tensorType ?? {}) as Message
  const dims = messages((tensor.shape as Message | undefined)?.dim)
  return {
    name: String(name),
    elementType: Number(tensor.elemType ?? 0),
    shape: dims.map(({ value, param }) => (param as string | undefined) || ((value as number | undefined) ?? null)),
  }
}

function hasExternalData(graph: Message, depth: number): boolean {
  if (depth > deepestGraph)
    throw new AppError(
      'engine/onnx-nested',
      `The ONNX file holds more than ${deepestGraph} graphs within one another, which no network needs. Export it again.`,
      { deepest: deepestGraph },
    )
  const isOutside = (tensor: Message): boolean =>
    Number(tensor.dataLocation ?? 0) !== 0 || messages(tensor.externalData).length > 0
  if (messages(graph.initializer).some(isOutside)) return true
  return messages(graph.node)
    .flatMap(({ attribute }) => messages(attribute))
    .some(({ t, tensors, graph: one, graphs }) => {
      const inner = [one, ...((graphs ?? []) as unknown[])].filter((bytes) => bytes instanceof Uint8Array)
      return (
        [t, ...messages(tensors)].some((tensor) => tensor !== undefined && isOutside(tensor as Message)) ||
        inner.some((bytes) => hasExternalData(decodeMessage(graphSchema, bytes), depth + 1))
      )
    })
}
