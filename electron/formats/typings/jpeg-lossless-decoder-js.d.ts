// The package names a declaration file that it does not contain.

declare module 'jpeg-lossless-decoder-js' {
  /** Decodes one JPEG lossless image. */
  export class Decoder {
    /** Bytes of a sample in the result: 1 or 2; set from the frame header while decoding. */
    numBytes: number
    decode(buffer: ArrayBuffer, offset?: number, length?: number, numBytes?: number): ArrayBuffer
  }
}
