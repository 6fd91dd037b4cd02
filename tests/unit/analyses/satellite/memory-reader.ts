import type { SequenceInfo } from '../../../../shared/domain/sequence.ts'
import type { FrameRequest, SequenceReader } from '../../../../electron/formats/sequence-reader.ts'

/** A sequence held in memory, for tests of stages: `values[frame][band]` are planes [height · width]. */
export interface MemoryReader extends SequenceReader {
  readonly requests: FrameRequest[]
  readonly isClosed: () => boolean
}

/** Makes a reader over given planes; unspecified facts get plain defaults. */
export function memoryReader(
  values: readonly (readonly ArrayLike<number>[])[],
  facts: Partial<SequenceInfo> & Pick<SequenceInfo, 'height' | 'width' | 'bands'>,
): MemoryReader {
  const info: SequenceInfo = {
    id: 'memory',
    kind: 'geotiff',
    group: null,
    name: 'memory',
    frames: values.length,
    dtype: 'float32',
    times: null,
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: 'EPSG:32618',
    geoTransform: [500010, 30, 0, 4582215, 0, -30],
    orderedBy: 'the test',
    warnings: [],
    ...facts,
  }
  const requests: FrameRequest[] = []
  let closed = false
  return {
    info,
    requests,
    isClosed: () => closed,
    read: (request) => {
      requests.push(request)
      const { row, column, height, width } = request.window
      const result = new Float32Array(request.frames.length * request.bands.length * height * width)
      let place = 0
      for (const frame of request.frames)
        for (const band of request.bands)
          for (let r = 0; r < height; r++)
            for (let c = 0; c < width; c++)
              result[place++] = values[frame]?.[band]?.[(row + r) * info.width + column + c] ?? NaN
      return Promise.resolve({
        values: result,
        frames: request.frames.length,
        bands: request.bands.length,
        height,
        width,
      })
    },
    close: () => {
      closed = true
      return Promise.resolve()
    },
  }
}

/** Reads all frames and bands of a window (by default of everything). */
export async function readAll(reader: SequenceReader, window?: FrameRequest['window']): Promise<Float32Array> {
  const { info } = reader
  const block = await reader.read({
    frames: Array.from({ length: info.frames }, (_, frame) => frame),
    bands: info.bands.map((_, band) => band),
    window: window ?? { row: 0, column: 0, height: info.height, width: info.width },
  })
  return block.values
}

/** The largest difference between two series of numbers, where null and NaN are the same and must match. */
export function largestDifference(actual: ArrayLike<number>, expected: readonly (number | null)[]): number {
  if (actual.length !== expected.length) return Infinity
  let worst = 0
  expected.forEach((value, i) => {
    const own = actual[i] as number
    if ((value === null) !== Number.isNaN(own)) worst = Infinity
    else if (value !== null) worst = Math.max(worst, Math.abs(own - value))
  })
  return worst
}
