import type { DicomElement } from '../write-part10.ts'
import { dicomNow, limited } from './make-elements.ts'
import type { SeriesSource } from './series-source.ts'

/** How an object is made; what is left out is made anew. */
export interface ObjectOptions {
  /** Version of the program. */
  readonly version: string
  readonly now?: Date
  /** Makes UIDs, one after the other. */
  readonly makeUid?: () => string
  readonly seriesNumber?: number
  readonly seriesDescription?: string
}

/** What all objects say: whom they are of, which series they are, who made them and when. */
export function objectHead(
  source: SeriesSource,
  { sopClass, sopUid, modality }: { readonly sopClass: string; readonly sopUid: string; readonly modality: string },
  seriesUid: string,
  { version, now = new Date(), seriesNumber = 1000, seriesDescription = '' }: ObjectOptions,
): DicomElement[] {
  const { date, time } = dicomNow(now)
  return [
    ['00080005', 'CS', 'ISO_IR 192'],
    ['00080016', 'UI', sopClass],
    ['00080018', 'UI', sopUid],
    ['00080021', 'DA', date],
    ['00080031', 'TM', time],
    ['00080023', 'DA', date],
    ['00080033', 'TM', time],
    ['00080060', 'CS', modality],
    ['00080070', 'LO', 'Chronolens'],
    ['0008103e', 'LO', limited(seriesDescription, 64)],
    ['00081090', 'LO', 'Chronolens'],
    ['00181000', 'LO', 'none'],
    ['00181020', 'LO', limited(version, 64)],
    ['0020000e', 'UI', seriesUid],
    ['00200011', 'IS', String(seriesNumber)],
    ['00200013', 'IS', '1'],
    ...source.identity,
  ]
}
