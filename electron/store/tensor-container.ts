import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'

/** A stored tensor, in row-major order; the engine's tensors have this form. */
export interface StoredTensor {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  readonly values: Float32Array | Int32Array | Uint8Array
}

/** Tensors by group (`parameters`, `states`, `optimiser`) and name. */
export interface TensorGroups {
  readonly [group: string]: { readonly [name: string]: StoredTensor }
}

const elementBytes = { float32: 4, int32: 4, bool: 1 } as const
const magic = 'CHRONOLENSTENSOR'
const preambleBytes = 24 // Magic, format version, length of the index.
const alignment = 64
const maximumIndexBytes = 64 * 1024 * 1024

const indexSchema = z.object({
  sha256: z.string(),
  bytes: z.number().int().nonnegative(),
  tensors: z.array(
    z.object({
      group: z.string(),
      name: z.string(),
      dtype: z.enum(['float32', 'int32', 'bool']),
      shape: z.array(z.number().int().nonnegative()),
      offset: z.number().int().nonnegative(),
    }),
  ),
})
type IndexEntry = z.infer<typeof indexSchema>['tensors'][number]

/**
 * Packs tensors into one file: 16 bytes of magic, version and index length (uint32, little-endian), the index as JSON,
 * then the values, each tensor at a multiple of 64 bytes from the start of the values. The same tensors always give the
 * same bytes. Source: own; laid out like safetensors.
 */
export function encodeTensors(groups: TensorGroups): Uint8Array {
  const entries: IndexEntry[] = []
  const pieces: { offset: number; bytes: Uint8Array }[] = []
  let total = 0
  for (const group of Object.keys(groups).sort()) {
    for (const [name, tensor] of Object.entries(groups[group] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const offset = Math.ceil(total / alignment) * alignment
      const { buffer, byteOffset, byteLength } = tensor.values
      entries.push({ group, name, dtype: tensor.dtype, shape: [...tensor.shape], offset })
      pieces.push({ offset, bytes: new Uint8Array(buffer, byteOffset, byteLength) })
      total = offset + byteLength
    }
  }
  const body = new Uint8Array(total)
  for (const { offset, bytes } of pieces) body.set(bytes, offset)
  const index = Buffer.from(JSON.stringify({ sha256: sha256(body), bytes: total, tensors: entries }))
  const file = Buffer.alloc(bodyStart(index.length) + total)
  file.write(magic, 'latin1')
  file.writeUInt32LE(1, 16)
  file.writeUInt32LE(index.length, 20)
  file.set(index, preambleBytes)
  file.set(body, bodyStart(index.length))
  return file
}

/**
 * Unpacks what `encodeTensors` packed; every length is checked before it is used.
 * @param source what to call the file in messages
 * @throws `model/damaged` when anything is missing, changed or out of place
 */
export function decodeTensors(file: Uint8Array, source: string): TensorGroups {
  const damaged = (what: string): AppError =>
    new AppError('model/damaged', `"${source}" is damaged: ${what}. Restore the file from a copy or train again.`, {
      source,
    })
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes.length < preambleBytes || bytes.toString('latin1', 0, 16) !== magic)
    throw damaged('it does not begin as a weights file does')
  const version = bytes.readUInt32LE(16)
  if (version !== 1)
    throw new AppError(
      'model/newer-version',
      `"${source}" has format version ${version}, and this program reads version 1. Update the program.`,
      { source, version },
    )
  const indexLength = bytes.readUInt32LE(20)
  if (indexLength > maximumIndexBytes || preambleBytes + indexLength > bytes.length)
    throw damaged('its index is cut off')
  const index = parseIndex(bytes.toString('utf8', preambleBytes, preambleBytes + indexLength))
  if (!index) throw damaged('its index cannot be understood')
  const body = bytes.subarray(bodyStart(indexLength))
  if (body.length !== index.bytes)
    throw damaged(`${index.bytes} bytes of values were expected and ${body.length} are there`)
  if (sha256(body) !== index.sha256) throw damaged('its values do not match their checksum')

  const groups = new Map<string, [string, StoredTensor][]>()
  for (const entry of index.tensors) {
    const values = readValues(body, entry)
    if (!values) throw damaged(`tensor "${entry.name}" lies outside the file`)
    const group = groups.get(entry.group) ?? []
    group.push([entry.name, { shape: entry.shape, dtype: entry.dtype, values }])
    groups.set(entry.group, group)
  }
  return Object.fromEntries([...groups].map(([group, tensors]) => [group, Object.fromEntries(tensors)]))
}

function parseIndex(text: string): z.infer<typeof indexSchema> | undefined {
  try {
    return indexSchema.parse(JSON.parse(text))
  } catch {
    return undefined // The caller names the file.
  }
}

function readValues(body: Buffer, entry: IndexEntry): StoredTensor['values'] | undefined {
  const count = entry.shape.reduce((product, length) => product * length, 1)
  const end = entry.offset + count * elementBytes[entry.dtype]
  if (!Number.isSafeInteger(end) || end > body.length) return undefined
  // A copy: the file's buffer need not be aligned, and must not be kept alive by one tensor.
  const copy = new Uint8Array(body.subarray(entry.offset, end)).buffer
  return entry.dtype === 'float32'
    ? new Float32Array(copy)
    : entry.dtype === 'int32'
      ? new Int32Array(copy)
      : new Uint8Array(copy)
}

function bodyStart(indexLength: number): number {
  return Math.ceil((preambleBytes + indexLength) / alignment) * alignment
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
