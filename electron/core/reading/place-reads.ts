import { close, constants, fstat, open, read } from 'node:fs'
import { endianness } from 'node:os'
import { relative, resolve, sep } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { encodeDataHead } from '../../../shared/contracts/data-array.ts'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { maskBits } from '../../../shared/domain/stored-bits.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { StoredNumbers } from '../../../shared/domain/stored-values.ts'
import type { StoredPlace } from '../../formats/sequence-reader.ts'

const kinds = { uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array } as const

/**
 * Reads whole frames whose numbers lie in files as they are, without the process that looked into the files: there is nothing to
 * decode in them that could harm, and a second process costs three times the reading. What a process said is not trusted:
 * only files below what was opened are read, and only while they are as they were when it looked.
 */
export class PlaceReads {
  private readonly places: readonly (StoredPlace | null)[]
  private readonly info: SequenceInfo

  /** @param paths  what was opened */
  constructor(places: readonly (StoredPlace | null)[], info: SequenceInfo, paths: readonly string[]) {
    const roots = paths.map((path) => resolve(path))
    const isOpened = (path: string): boolean => roots.some((root) => isWithin(path, root))
    this.places = places.map((place) => (place && isOpened(place.path) ? place : null))
    this.info = info
  }

  /**
   * The frame as `readFrame` gives it, encoded as for the page; null where its process must be asked, be it for an error.
   * @throws `AbortError`
   */
  async view(asked: FrameRead, signal?: AbortSignal): Promise<ArrayBuffer | null> {
    const place = this.places[asked.frame]
    if (!place || !this.isWhole(asked) || endianness() !== 'LE') return null
    const { type, rule, bits } = place
    const { frame, bands, outHeight, outWidth } = asked
    const Numbers = kinds[type]
    const none: StoredNumbers = new Numbers(0)
    const remarks = { frame, bands: [...bands] }
    const head = encodeDataHead({ type, shape: [bands.length, outHeight, outWidth], values: none, rule, remarks })
    const count = outHeight * outWidth
    const buffer = await readPart(place, head.length, count * Numbers.BYTES_PER_ELEMENT)
    throwIfAborted(signal)
    if (!buffer) return null
    new Uint8Array(buffer).set(head)
    if (bits) {
      const numbers: StoredNumbers = new Numbers(buffer, head.length, count)
      const masked = maskBits(numbers, bits)
      if (masked !== numbers) numbers.set(masked)
    }
    return buffer
  }

  private isWhole({ bands, window, outHeight, outWidth }: FrameRead): boolean {
    const { height, width } = this.info
    return (
      bands.length === 1 &&
      bands[0] === 0 &&
      window.row === 0 &&
      window.column === 0 &&
      window.height === height &&
      window.width === width &&
      outHeight === height &&
      outWidth === width
    )
  }
}

/**
 * Bytes of a file behind room for a head; null where the file is not as it was, or cannot be read. By callbacks, and looking while
 * reading: handles with promises, one step after the other, take half as long again.
 */
function readPart(
  { path, offset, size, modifiedMs }: StoredPlace,
  room: number,
  length: number,
): Promise<ArrayBuffer | null> {
  return new Promise((resolve) => {
    // What is not a regular file is not waited for; the process says what is wrong with a file that cannot be read.
    open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0), (failed, file) => {
      if (failed) return resolve(null)
      const buffer = new ArrayBuffer(room + length)
      let [isSame, isWhole, left] = [false, false, 2]
      const done = (): void => {
        if (--left > 0) return
        close(file, () => undefined)
        resolve(isSame && isWhole ? buffer : null)
      }
      fstat(file, (error, status) => {
        isSame =
          !error && status.isFile() && status.size === size && status.mtimeMs === modifiedMs && offset + length <= size
        done()
      })
      read(file, new Uint8Array(buffer), room, length, offset, (error, bytesRead) => {
        isWhole = !error && bytesRead === length
        done()
      })
    })
  })
}

function isWithin(path: string, root: string): boolean {
  const below = relative(root, path)
  return below === '' || (below !== '..' && !below.startsWith(`..${sep}`) && resolve(root, below) === path)
}
