import { Socket } from 'node:net'
import { AppError } from '../../../shared/base/app-error.ts'
import { type DataArray, encodeDataHead } from '../../../shared/contracts/data-array.ts'
import { maximumValues } from '../../../shared/contracts/data-array.ts'

// How images come from a reader process under Node: through a pipe of their own, because the channel between Node's processes
// takes several copies and a message's worth of work for each. Frame: question (uint32), bytes (uint32), both little-endian,
// then an encoded `DataArray`.

/** The file descriptor of the pipe in the reader process. */
export const arrayPipeFd = 4
/** The argument by which a reader process knows that it has the pipe. */
export const arrayPipeArgument = '--array-pipe'

const headBytes = 8
const mostBytes = 4 * maximumValues + 2 ** 20

/** The writing end. */
export class ArrayPipeWriter {
  private readonly socket: Socket

  private constructor(socket: Socket) {
    this.socket = socket
    // A host that has gone is noticed on the channel.
    socket.on('error', () => undefined)
  }

  /** The pipe that the host gave this process; null where images go as messages. */
  static ofProcess(argv: readonly string[]): ArrayPipeWriter | null {
    if (!argv.includes(arrayPipeArgument)) return null
    return new ArrayPipeWriter(new Socket({ fd: arrayPipeFd, readable: false, writable: true }))
  }

  /** Sends an array; its numbers are not copied, so they must stay as they are. */
  write(id: number, array: DataArray): void {
    const { values } = array
    const head = encodeDataHead(array)
    const start = Buffer.allocUnsafe(headBytes + head.length)
    start.writeUInt32LE(id, 0)
    start.writeUInt32LE(head.length + values.byteLength, 4)
    start.set(head, headBytes)
    this.socket.cork()
    this.socket.write(start)
    this.socket.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    this.socket.uncork()
  }
}

/** The reading end: puts the pieces of the pipe together again, each array in memory of its own. */
export class ArrayPipeParser {
  private readonly onArray: (id: number, buffer: ArrayBuffer) => void
  private readonly head = Buffer.alloc(headBytes)
  private headFilled = 0
  private body: Uint8Array<ArrayBuffer> | null = null
  private bodyFilled = 0

  constructor(onArray: (id: number, buffer: ArrayBuffer) => void) {
    this.onArray = onArray
  }

  /** Takes the next piece. @throws `data/damaged` when an array would be larger than any may be */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      if (!this.body) {
        const part = piece.subarray(at, at + headBytes - this.headFilled)
        this.head.set(part, this.headFilled)
        this.headFilled += part.length
        at += part.length
        if (this.headFilled < headBytes) return
        const bytes = this.head.readUInt32LE(4)
        if (bytes > mostBytes)
          throw new AppError('data/damaged', `A reader process announced an image of ${bytes} bytes.`, { bytes })
        // Every byte is written below; not from a pool, so that it can be handed on whole.
        this.body = Buffer.allocUnsafeSlow(bytes) as Uint8Array<ArrayBuffer>
        this.bodyFilled = 0
      }
      const part = piece.subarray(at, at + this.body.length - this.bodyFilled)
      this.body.set(part, this.bodyFilled)
      this.bodyFilled += part.length
      at += part.length
      if (this.bodyFilled < this.body.length) return
      const { buffer } = this.body
      this.body = null
      this.headFilled = 0
      this.onArray(this.head.readUInt32LE(0), buffer)
    }
  }
}
