import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ExportedFile, ExportEvent, FrameExport } from '../../../shared/contracts/exports.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { detectSensor } from '../../../shared/imaging/band-roles.ts'
import { maskTest } from '../../../shared/imaging/mask-choice.ts'
import { bandFormula, quantityPlane, type Quantity } from '../../../shared/imaging/quantity.ts'
import { createGeoTiff } from '../../formats/geotiff/write-geotiff.ts'
import type { RemoteReader } from '../reading/remote-reader.ts'
import type { Session } from './session.ts'
import { offerFile, safeFileName, TemporaryFile, temporaryFolder } from './temporary-file.ts'

/** Numbers in memory at once (32 MiB as float32). */
const workingValues = 8 * 1024 * 1024
const geoTiff = 'image/tiff; application=geotiff'

/**
 * Writes one frame as GeoTIFF, float32 in the units of the data, strip by strip; NaN where there is no data or the mask says
 * so. A system that a GeoTIFF cannot name comes in a second file, as GDAL and QGIS look for it (`.aux.xml`).
 * @throws `sequences/outside`, `formula/*`, the reader's codes, `store/*`, `AbortError`
 */
export async function* exportFrame(
  session: Session,
  request: FrameExport,
  signal?: AbortSignal,
): AsyncGenerator<ExportEvent, void, void> {
  const { reader } = session.sequence(request.sequence)
  const { info } = reader
  const { mask } = request
  const layers = layersOf(reader, request)
  if (request.frame >= info.frames || [...layers.bands, mask?.band ?? 0].some((band) => band >= info.bands.length))
    throw new AppError('sequences/outside', `"${info.name}" has ${info.frames} frames and ${info.bands.length} bands.`)
  const bands = mask ? [...layers.bands, mask.band] : layers.bands
  const rejects = mask ? maskTest(mask.rule) : null
  const day = info.times?.[request.frame] ?? null
  const name = safeFileName(`${info.name} ${day?.slice(0, 10) ?? `frame ${request.frame + 1}`} ${layers.title}`)
  const folder = await temporaryFolder()
  const file = new TemporaryFile(folder, `${name}.tif`)
  const path = join(folder, `${name}.tif`)
  try {
    const writer = await createGeoTiff({
      path,
      grid: gridOf(reader),
      dtype: 'float32',
      bands: layers.names.map((description) => ({ description })),
      nodata: NaN,
      metadata: { SOURCE: info.name, ...(day === null ? {} : { DATE: day }) },
    })
    try {
      const rowsAtOnce = Math.max(1, Math.floor(workingValues / (bands.length * info.width)))
      for (let row = 0; row < info.height; row += rowsAtOnce) {
        throwIfAborted(signal)
        const window = { row, column: 0, height: Math.min(rowsAtOnce, info.height - row), width: info.width }
        const block = await reader.read({ frames: [request.frame], bands, window }, signal)
        const pixels = window.height * window.width
        const values = layers.compute(block.values, pixels)
        if (rejects) hide(values, block.values.subarray((bands.length - 1) * pixels), pixels, rejects)
        await writer.writeWindow(window, values, signal)
        yield { kind: 'progress', done: row + window.height, total: info.height }
      }
      await writer.finish(signal)
    } finally {
      await writer.discard()
    }
    const files = [await offerFile(session, file, path, `${name}.tif`, geoTiff)]
    const sidecar = await offerSidecar(session, path, `${name}.tif.aux.xml`)
    yield { kind: 'files', files: sidecar ? [...files, sidecar] : files }
  } catch (error) {
    await file.close()
    throw error
  }
}

interface Layers {
  /** Bands to read. */
  readonly bands: readonly number[]
  /** Names of the bands of the file. */
  readonly names: readonly string[]
  readonly title: string
  /** @returns numbers of the file's bands, [bands, pixels] */
  compute(values: Float32Array, pixels: number): Float32Array
}

function layersOf({ info }: RemoteReader, { what }: FrameExport): Layers {
  if (what.kind === 'bands') {
    const names = what.bands.map((band) => info.bands[band] ?? '')
    const title = names.length === 1 ? (names[0] ?? '') : `${names.length} bands`
    const compute = (values: Float32Array, pixels: number): Float32Array => values.slice(0, what.bands.length * pixels)
    return { bands: what.bands, names, title, compute }
  }
  const { bands, quantity } = bandFormula(what.formula, info.bands, detectSensor(info.bands, [info.name, info.id]))
  const compute = (values: Float32Array, pixels: number): Float32Array =>
    quantityPlane(values, pixels, quantity satisfies Quantity)
  return { bands, names: [what.formula], title: 'index', compute }
}

function hide(values: Float32Array, quality: Float32Array, pixels: number, rejects: (value: number) => boolean): void {
  for (let i = 0; i < pixels; i++)
    if (rejects(quality[i] as number)) for (let at = i; at < values.length; at += pixels) values[at] = NaN
}

function gridOf({ grid, info }: RemoteReader): GeoGrid {
  const { width, height, geoTransform } = info
  return grid ?? { width, height, geoTransform: geoTransform ?? [0, 1, 0, 0, 0, 1], crs: null }
}

/** GDAL's sidecar, where the writer made one; it moves to a folder of its own, since each handle deletes its folder. */
async function offerSidecar(session: Session, path: string, fileName: string): Promise<ExportedFile | null> {
  const written = `${path}.aux.xml`
  if (!(await stat(written).catch(() => null))) return null
  const folder = await temporaryFolder()
  const place = join(folder, fileName)
  await rename(written, place)
  return offerFile(session, new TemporaryFile(folder, fileName), place, fileName, 'application/xml')
}
