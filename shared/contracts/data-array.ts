import { AppError } from '../base/app-error.ts'
import { type StoredNumbers, type StoredRule, writePhysical } from '../domain/stored-values.ts'

// No schemas here, so that a process that only reads files starts quickly.

/** Most numbers in one answer (bands × height × width): 256 MiB of float32. */
export const maximumValues = 64 * 1024 * 1024

// The order is part of the format.
const constructors = {
  float32: Float32Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
} as const
/** Number types of the data plane. */
export type DataType = keyof typeof constructors
const types = Object.keys(constructors) as DataType[]

/** Numbers as they travel. */
export type DataValues = Float32Array | Int32Array | StoredNumbers

/** An array as it travels: numbers, row-major shape, and small remarks. */
export interface DataArray {
  readonly type: DataType
  readonly shape: readonly number[]
  readonly values: DataValues
  /** How the numbers become physical ones; they are that already when absent. */
  readonly rule?: StoredRule
  readonly remarks: Readonly<Record<string, unknown>>
}

/** The type of an array's numbers. */
export function typeOf(values: DataValues): DataType {
  const found = types.find((type) => values instanceof constructors[type])
  if (found) return found
  throw damaged('its numbers are of no known type')
}

/** The physical values, NaN where there is no data; the very array where it holds them already. */
export function floatsOf({ values, rule }: Pick<DataArray, 'values' | 'rule'>): Float32Array {
  if (values instanceof Float32Array && !rule) return values
  const floats = new Float32Array(values.length)
  if (rule) writePhysical(values, rule, floats)
  else floats.set(values)
  return floats
}

const magic = 0x50444c43 // "CLDP", little-endian
const version = 1
const fixedBytes = 12
const maximumRemarks = 64 * 1024
const maximumRank = 8

/**
 * Bytes of an array: "CLDP", version, type, rank, 0 (one byte each), length of the remarks (uint32), the shape (uint32 each),
 * the remarks as JSON in UTF-8 (the rule among them, as `rule`), zeros up to a multiple of 8, then the numbers. Everything
 * little-endian. Source: own.
 */
export function encodeDataArray(array: DataArray): ArrayBuffer {
  const head = encodeDataHead(array)
  const { values } = array
  const bytes = new Uint8Array(head.length + values.byteLength)
  bytes.set(head)
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), head.length)
  return bytes.buffer
}

/** What stands before the numbers, for those who send them without a copy. */
export function encodeDataHead({ type, shape, rule, remarks }: DataArray): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(rule ? { ...remarks, rule } : remarks))
  const head = new Uint8Array(dataStart(shape.length, text.length))
  const view = new DataView(head.buffer)
  view.setUint32(0, magic, true)
  view.setUint8(4, version)
  view.setUint8(5, types.indexOf(type))
  view.setUint8(6, shape.length)
  view.setUint32(8, text.length, true)
  shape.forEach((size, axis) => view.setUint32(fixedBytes + 4 * axis, size, true))
  head.set(text, fixedBytes + 4 * shape.length)
  return head
}

/**
 * The array in bytes that `encodeDataArray` made; `values` looks into `buffer`, nothing is copied.
 * @throws `data/damaged` when the bytes are anything else
 */
export function decodeDataArray(buffer: ArrayBuffer): DataArray {
  const view = new DataView(buffer)
  if (view.byteLength < fixedBytes || view.getUint32(0, true) !== magic) throw damaged('it is no data array')
  if (view.getUint8(4) !== version) throw damaged(`its version is ${view.getUint8(4)}, expected ${version}`)
  const type = types[view.getUint8(5)]
  const rank = view.getUint8(6)
  const remarksBytes = view.getUint32(8, true)
  const start = dataStart(rank, remarksBytes)
  if (type === undefined || rank > maximumRank || remarksBytes > maximumRemarks || start > view.byteLength)
    throw damaged('its header does not make sense')
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(fixedBytes + 4 * axis, true))
  const count = shape.reduce((product, size) => product * size, 1)
  const Values = constructors[type]
  if (start + count * Values.BYTES_PER_ELEMENT !== view.byteLength)
    throw damaged(`its shape [${shape.join(', ')}] does not fit its ${view.byteLength} bytes`)
  const { rule, ...remarks } = readRemarks(buffer, rank, remarksBytes)
  const values = new Values(buffer, start, count)
  return { type, shape, values, remarks, ...(rule === undefined ? {} : { rule: readRule(rule) }) }
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function readRule(given: unknown): StoredRule {
  const { slope, intercept, padding } = isObject(given) ? given : {}
  const isPadding = (value: unknown): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number')
  if (typeof slope === 'number' && typeof intercept === 'number' && (padding === null || isPadding(padding)))
    return { slope, intercept, padding }
  throw damaged('its rule does not make sense')
}

function readRemarks(buffer: ArrayBuffer, rank: number, length: number): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(buffer, fixedBytes + 4 * rank, length))
    const remarks: unknown = JSON.parse(text)
    if (isObject(remarks)) return remarks
    throw damaged('its remarks are no object')
  } catch {
    throw damaged('its remarks are not JSON')
  }
}

function dataStart(rank: number, remarksBytes: number): number {
  return Math.ceil((fixedBytes + 4 * rank + remarksBytes) / 8) * 8
}

function damaged(what: string): AppError {
  return new AppError('data/damaged', `The answer of the data plane cannot be used: ${what}.`)
}
