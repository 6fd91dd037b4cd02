/* eslint-disable no-restricted-syntax -- the packages have default exports */
// The codecs come without declarations. A factory takes Emscripten's module options; each call makes a module of its own
// (sharing one options object among codecs fails).

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  import type { CodecFactory } from 'cornerstone-codec'
  const factory: CodecFactory<'JpegLSDecoder'>
  export default factory
}

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  import type { CodecFactory } from 'cornerstone-codec'
  const factory: CodecFactory<'JPEGDecoder'>
  export default factory
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  import type { CodecFactory } from 'cornerstone-codec'
  const factory: CodecFactory<'J2KDecoder'>
  export default factory
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  import type { CodecFactory } from 'cornerstone-codec'
  const factory: CodecFactory<'HTJ2KDecoder'>
  export default factory
}

/** What the four codecs have in common; not a package, only a place for their types. */
declare module 'cornerstone-codec' {
  /** What a decoder found in the header of the stream. */
  export interface CodecFrameInfo {
    readonly width: number
    readonly height: number
    readonly bitsPerSample: number
    readonly componentCount: number
    /** Missing for JPEG and JPEG-LS, whose samples are never signed. */
    readonly isSigned?: boolean
  }

  /** A decoder for one image. */
  export interface CodecDecoder {
    /** Memory of the module for `length` bytes, to be filled before `decode`. */
    getEncodedBuffer(length: number): Uint8Array
    /** Throws a number (a C++ exception), or nothing at all for a damaged JPEG 2000 stream. */
    decode(): void
    getFrameInfo(): CodecFrameInfo
    /** Memory of the module: valid until the decoder is deleted. */
    getDecodedBuffer(): Uint8Array
    delete(): void
  }

  /** An instance of a codec with a memory of its own. */
  export type CodecModule<Name extends string> = Readonly<Record<Name, new () => CodecDecoder>> & {
    getExceptionMessage?(exception: number): string
  }

  /** Makes an instance. */
  export type CodecFactory<Name extends string> = (options: {
    print?: (text: string) => void
    printErr?: (text: string) => void
  }) => Promise<CodecModule<Name>>
}
