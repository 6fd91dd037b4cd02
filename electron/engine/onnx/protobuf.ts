import { AppError } from '../../../shared/base/app-error.ts'

/**
 * Field of a protobuf message: its number, its wire meaning, and whether it repeats. `message` names another schema.
 * Only what ONNX needs exists here: varints, 32-bit floats, byte strings and messages.
 */
export interface FieldSchema {
  readonly number: number
  readonly type: 'int' | 'float' | 'string' | 'bytes' | MessageSchema
  readonly repeated?: boolean
}
/** The fields of a message by name. */
export type MessageSchema = { readonly [field: string]: FieldSchema }

/** A message as plain data; absent fields are simply missing. */
export type Message = { [field: string]: unknown }

class ByteWriter {
  private bytes = new Uint8Array(1024)
  private length = 0

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
  varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value))
    this.reserve(10)
    while (rest > 127n) {
      this.bytes[this.length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.bytes[this.length++] = Number(rest)
  }
  raw(data: Uint8Array): void {
    this.reserve(data.length)
    this.bytes.set(data, this.length)
    this.length += data.length
  }
  float(value: number): void {
    this.raw(new Uint8Array(new Float32Array([value]).buffer))
  }
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

const encoder = new TextEncoder()
const wireType = (field: FieldSchema): number => (field.type === 'int' ? 0 : field.type === 'float' ? 5 : 2)

function writeOne(writer: ByteWriter, field: FieldSchema, value: unknown): void {
  writer.varint((field.number << 3) | wireType(field))
  if (field.type === 'int') return writer.varint(value as number | bigint)
  if (field.type === 'float') return writer.float(value as number)
  const payload =
    field.type === 'bytes'
      ? (value as Uint8Array)
      : field.type === 'string'
        ? encoder.encode(value as string)
        : encodeMessage(field.type, value as Message)
  writer.varint(payload.length)
  writer.raw(payload)
}

/** Protobuf bytes of a message. Repeated numbers are written unpacked, which every reader accepts. */
export function encodeMessage(schema: MessageSchema, message: Message): Uint8Array {
  const writer = new ByteWriter()
  for (const [name, field] of Object.entries(schema)) {
    const value = message[name]
    if (value === undefined || value === null) continue
    for (const item of field.repeated ? (value as readonly unknown[]) : [value]) writeOne(writer, field, item)
  }
  return writer.finish()
}

class ByteReader {
  position = 0
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  varint(): bigint {
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.position++]
      if (byte === undefined) break
      result |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asIntN(64, result)
    }
    throw truncated()
  }
  take(count: number): Uint8Array {
    if (count < 0 || this.position + count > this.bytes.length) throw truncated()
    this.position += count
    return this.bytes.subarray(this.position - count, this.position)
  }
  float(): number {
    const bytes = this.take(4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true)
  }
}

const truncated = (): AppError =>
  new AppError(
    'engine/onnx-truncated',
    'The ONNX file ends in the middle of a field; it is damaged or not an ONNX file. Export it again.',
  )

function readOne(reader: ByteReader, field: FieldSchema, wire: number): unknown[] {
  if (wire === 0) return [Number(reader.varint())]
  if (wire === 5) return [reader.float()]
  const payload = reader.take(wire === 1 ? 8 : Number(reader.varint()))
  if (field.type === 'bytes') return [payload]
  if (field.type === 'string') return [new TextDecoder().decode(payload)]
  if (typeof field.type === 'object') return [decodeMessage(field.type, payload)]
  const packed = new ByteReader(payload)
  const values: number[] = []
  while (packed.position < payload.length) values.push(field.type === 'int' ? Number(packed.varint()) : packed.float())
  return values
}

/**
 * Reads a message; unknown fields are skipped, integers become numbers (exact to 2⁵³).
 * @throws `engine/onnx-truncated` when the bytes end within a field
 */
export function decodeMessage(schema: MessageSchema, bytes: Uint8Array): Message {
  const byNumber = new Map(Object.entries(schema).map(([name, field]) => [field.number, { name, field }]))
  const reader = new ByteReader(bytes)
  const message: Message = {}
  while (reader.position < bytes.length) {
    const key = Number(reader.varint())
    const wire = key & 7
    const known = byNumber.get(key >> 3)
    const values = readOne(reader, known?.field ?? { number: 0, type: 'bytes' }, wire)
    if (!known) continue
    if (!known.field.repeated) message[known.name] = values.at(-1)
    else {
      const list = (message[known.name] ??= []) as unknown[]
      for (const value of values) list.push(value)
    }
  }
  return message
}
