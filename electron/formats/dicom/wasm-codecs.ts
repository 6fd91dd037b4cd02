import type { CodecDecoder, CodecModule } from 'cornerstone-codec'

/** Compressions that come as libraries. */
export type CodecName = 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k'

/** What a decoder returned; [row, column, sample], or [sample, row, column] when planar. */
export interface DecodedSamples {
  readonly samples: Uint8Array | Int8Array | Uint16Array | Int16Array
  readonly height: number
  readonly width: number
  readonly components: number
  readonly bits: number
  readonly isSigned: boolean
  readonly isPlanar: boolean
}

type Loaded = { readonly create: () => CodecDecoder; readonly explain: (error: unknown) => string }
type WasmName = Exclude<CodecName, 'jpeg-lossless'>

// The libraries print their complaints otherwise; each needs an options object of its own.
const quiet = () => ({ print: () => undefined, printErr: () => undefined })

const loaders: Readonly<Record<WasmName, () => Promise<Loaded>>> = {
  jpeg: async () => {
    const { default: factory } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')
    return loaded(await factory(quiet()), 'JPEGDecoder')
  },
  'jpeg-ls': async () => {
    const { default: factory } = await import('@cornerstonejs/codec-charls/decodewasmjs')
    return loaded(await factory(quiet()), 'JpegLSDecoder')
  },
  'jpeg-2000': async () => {
    const { default: factory } = await import('@cornerstonejs/codec-openjpeg/decodewasmjs')
    return loaded(await factory(quiet()), 'J2KDecoder')
  },
  htj2k: async () => {
    const { default: factory } = await import('@cornerstonejs/codec-openjph/wasmjs')
    return loaded(await factory(quiet()), 'HTJ2KDecoder')
  },
}

function loaded<Name extends string>(module: CodecModule<Name>, name: Name): Loaded {
  const kind: new () => CodecDecoder = module[name]
  return {
    create: () => new kind(),
    explain: (error) => {
      if (typeof error === 'number') return module.getExceptionMessage?.(error) ?? 'the stream is damaged'
      return error instanceof Error ? error.message : 'the stream is damaged'
    },
  }
}

/**
 * The decoders of a reader. Each frame gets a decoder of its own, for one that is used again may return the image before;
 * a module in which decoding failed is not used again, for its memory may be broken.
 */
export class WasmCodecs {
  private readonly modules = new Map<WasmName, Promise<Loaded>>()

  /** @throws a plain `Error` with the library's reason */
  async decode(name: CodecName, bytes: Uint8Array): Promise<DecodedSamples> {
    if (name === 'jpeg-lossless') return decodeLossless(bytes)
    const loading = this.modules.get(name) ?? loaders[name]()
    this.modules.set(name, loading)
    const module = await loading
    let decoder: CodecDecoder | undefined
    try {
      decoder = module.create()
      decoder.getEncodedBuffer(bytes.length).set(bytes)
      decoder.decode()
      return copyOf(decoder)
    } catch (error) {
      this.modules.delete(name)
      throw new Error(module.explain(error), { cause: error })
    } finally {
      deleteQuietly(decoder)
    }
  }
}

function copyOf(decoder: CodecDecoder): DecodedSamples {
  const { width, height, bitsPerSample, componentCount, isSigned = false } = decoder.getFrameInfo()
  const memory = decoder.getDecodedBuffer()
  const size = bitsPerSample <= 8 ? 1 : 2
  const expected = width * height * componentCount * size
  if (memory.length !== expected || expected === 0) throw new Error('the stream is damaged or incomplete')
  // A copy with a buffer of its own: the module's memory is freed with the decoder.
  const bytes = Uint8Array.from(memory)
  const samples = typed(bytes, size, isSigned)
  return { samples, width, height, components: componentCount, bits: bitsPerSample, isSigned, isPlanar: false }
}

function typed(bytes: Uint8Array, size: 1 | 2, isSigned: boolean): DecodedSamples['samples'] {
  const { buffer } = bytes
  if (size === 1) return isSigned ? new Int8Array(buffer) : bytes
  return isSigned ? new Int16Array(buffer) : new Uint16Array(buffer)
}

function deleteQuietly(decoder: CodecDecoder | undefined): void {
  try {
    decoder?.delete()
  } catch {
    // The module is thrown away when decoding failed.
  }
}

async function decodeLossless(bytes: Uint8Array): Promise<DecodedSamples> {
  const { Decoder } = await import('jpeg-lossless-decoder-js')
  const { jpegHeader } = await import('./codestream.ts')
  const header = jpegHeader(bytes)
  if (!header) throw new Error('its header is missing or damaged')
  const { width, height, components, bits } = header
  const copy = Uint8Array.from(bytes)
  const decoded = new Decoder().decode(copy.buffer, 0, copy.length, bits <= 8 ? 1 : 2)
  const samples = bits <= 8 ? new Uint8Array(decoded) : new Uint16Array(decoded)
  return { samples, width, height, components, bits, isSigned: false, isPlanar: false }
}
