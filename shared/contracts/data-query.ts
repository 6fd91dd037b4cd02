import { AppError } from '../base/app-error.ts'
import { type DataRead, dataReadSchema } from './data-plane.ts'

/** A read as the query of `GET /data/<handle>` (`?frame=3&bands=0,1&window=0,0,512,512&size=256,256&resampling=average`). */
export function dataReadToQuery(read: DataRead): string {
  if (read.kind === 'file') return 'file=1'
  if (read.kind === 'thumbnail') return `thumbnail=${encodeURIComponent(read.sequence)}&edge=${read.edge}`
  if (read.kind === 'picture') return `picture=${read.frame}&size=${read.outHeight},${read.outWidth}`
  const { frame, bands, window, outHeight, outWidth, resampling } = read
  const parts = [
    `frame=${frame}`,
    `bands=${bands.join(',')}`,
    `window=${window.row},${window.column},${window.height},${window.width}`,
    `size=${outHeight},${outWidth}`,
    `resampling=${resampling}`,
  ]
  return parts.join('&')
}

/** The read that a query asks for. @throws `data/bad-request` when it is none */
export function dataReadFromQuery(query: URLSearchParams): DataRead {
  const [row, column, height, width] = numbers(query.get('window'))
  const [outHeight, outWidth] = numbers(query.get('size'))
  const read = dataReadSchema.safeParse(
    query.get('file') === '1'
      ? { kind: 'file' }
      : query.has('thumbnail')
        ? { kind: 'thumbnail', sequence: query.get('thumbnail'), edge: numbers(query.get('edge'))[0] }
        : query.has('picture')
          ? { kind: 'picture', frame: numbers(query.get('picture'))[0], outHeight, outWidth }
          : {
              kind: 'frame',
              frame: numbers(query.get('frame'))[0],
              bands: numbers(query.get('bands')),
              window: { row, column, height, width },
              outHeight,
              outWidth,
              resampling: query.get('resampling') ?? undefined,
            },
  )
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw new AppError(
    'data/bad-request',
    `The read is not understood: ${where}: ${issue?.message ?? 'not as expected'}.`,
  )
}

/** Only plain decimal integers: `Number` would take `0x10`, `1e3` and blanks as well. */
function numbers(text: string | null): (number | undefined)[] {
  if (text === null || text.length > 1000) return []
  return text.split(',').map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : undefined))
}
