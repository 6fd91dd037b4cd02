import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'
import type { SequenceInfo } from '../../../../shared/domain/sequence.ts'
import type { FrameBlock, FrameRequest, SequenceReader } from '../../../../electron/formats/sequence-reader.ts'

/** A sequence held in memory, [frame, band, row, column]; remembers how much was asked of it. */
export interface MemoryReader extends SequenceReader {
  readonly requests: FrameRequest[]
}

/** Makes a sequence from values; times are ISO dates. */
export function memoryReader(
  values: Float32Array,
  shape: { times: string[] | null; bands: string[]; grid: GeoGrid },
): MemoryReader {
  const { width, height } = shape.grid
  const info: SequenceInfo = {
    id: 'memory',
    kind: 'geotiff',
    name: 'memory',
    group: null,
    frames: values.length / (shape.bands.length * width * height),
    height,
    width,
    bands: shape.bands,
    dtype: 'float32',
    times: shape.times,
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: shape.grid.crs,
    geoTransform: [...shape.grid.geoTransform],
    orderedBy: 'as given',
    warnings: [],
  }
  const requests: FrameRequest[] = []
  return {
    info,
    requests,
    read(request): Promise<FrameBlock> {
      requests.push(request)
      const { frames, bands, window } = request
      const out = new Float32Array(frames.length * bands.length * window.height * window.width)
      let next = 0
      for (const frame of frames)
        for (const band of bands)
          for (let row = window.row; row < window.row + window.height; row++)
            for (let column = window.column; column < window.column + window.width; column++)
              out[next++] = values[((frame * shape.bands.length + band) * height + row) * width + column] ?? NaN
      const size = { frames: frames.length, bands: bands.length, height: window.height, width: window.width }
      return Promise.resolve({ values: out, ...size })
    },
    close: () => Promise.resolve(),
  }
}
