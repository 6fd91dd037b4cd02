import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { readDateTime, readDateTimeValue } from './dicom-date.ts'
import type { Elements } from './elements.ts'
import type { DicomImage } from './image.ts'
import type { OrderedSeries } from './order-frames.ts'

/** How activity (Bq/ml) becomes SUV by body weight (g/ml), or why it does not. */
export type SuvRule = { readonly factor: number } | { readonly missing: string }

/** Becquerel; what is less was not stated in becquerel. */
const leastDose = 1e5
const dayMs = 24 * 60 * 60 * 1000

/**
 * What the values of a PET image are to be multiplied with to be SUV by body weight; null for anything but PET in Bq/ml.
 * Source: DICOM PS3.3 C.8.9.1, C.8.9.2, and the vendor-neutral rule of QIBA's FDG-PET/CT profile (without its private elements)
 */
export function suvRule(elements: Elements, modality: string): SuvRule | null {
  if (modality !== 'PT' || elements.code('x00541001') !== 'BQML') return null
  const corrections = new Set(elements.texts('x00280051'))
  if (!corrections.has('ATTN') || !corrections.has('DECY'))
    return { missing: 'its values are not corrected for attenuation and decay (0028,0051)' }
  const kilograms = elements.number('x00101030', 'DS') ?? 0
  if (!(kilograms > 0)) return { missing: "the patient's weight (0010,1030) is not stated" }
  const drug = elements.item('x00540016')
  const dose = drug?.number('x00181074', 'DS') ?? 0
  if (!(dose >= leastDose)) return { missing: 'the injected dose (0018,1074) is not stated in becquerel' }
  const correction = elements.code('x00541102')
  if (correction === 'ADMIN') return { factor: (kilograms * 1000) / dose }
  if (correction !== 'START')
    return { missing: 'its decay correction (0054,1102) is neither to the start nor to the injection' }
  const halfLife = drug?.number('x00181075', 'DS') ?? 0
  if (!(halfLife > 0)) return { missing: 'the half-life (0018,1075) is not stated' }
  const start = moment(elements, 'x00080021', 'x00080031')
  const acquired = moment(elements, 'x00080022', 'x00080032')
  // A series that was made anew has a time of its own, and then nothing tells when the scan began.
  if (start === null || (acquired !== null && start > acquired))
    return { missing: 'the time of the series (0008,0031) is not stated, or is later than that of its images' }
  const injected = drug && injectionBefore(drug, elements, start)
  if (injected === null)
    return { missing: 'the time of the injection (0018,1072) is not stated, or is not before the scan' }
  const left = 2 ** (-(start - injected) / 1000 / halfLife)
  return { factor: (kilograms * 1000) / (dose * left) }
}

/** When the drug was given, in ms; null where that is not stated, or not within the day before the scan. */
function injectionBefore(drug: Elements, elements: Elements, start: number): number | null {
  const whole = readDateTimeValue(drug.text('x00181078'))
  const stated = whole?.includes('T') ? Date.parse(`${whole}Z`) : null
  const time = drug.text('x00181072')
  const clock = time === '' ? null : instant(readDateTime(elements.text('x00080021'), time))
  // A time without its day: that of the scan, or the day before where the scan went on past midnight.
  const injected = stated ?? (clock !== null && clock > start ? clock - dayMs : clock)
  return injected !== null && injected <= start && start - injected < dayMs ? injected : null
}

function moment(elements: Elements, date: string, time: string): number | null {
  return instant(readDateTime(elements.text(date), elements.text(time)))
}

function instant(iso: string | null): number | null {
  const value = iso?.includes('T') ? Date.parse(`${iso}Z`) : NaN
  return Number.isFinite(value) ? value : null
}

/** The series with its values as SUV where all of its images can be; else as it is, with the reason. */
export function asSuv(series: OrderedSeries): OrderedSeries {
  const rules = series.frames.flatMap(({ image }) => (image.suv ? [image.suv] : []))
  if (rules.length === 0) return series
  const missing = rules.find((rule) => 'missing' in rule)
  if (missing && 'missing' in missing)
    return { ...series, warnings: [...series.warnings, readerNote('dicom/no-suv', { reason: missing.missing })] }
  const converted = new Map<DicomImage, DicomImage>()
  for (const { image } of series.frames) if (!converted.has(image)) converted.set(image, inSuv(image))
  return {
    ...series,
    frames: series.frames.map(({ image, frame }) => {
      const own = converted.get(image) ?? image
      return { image: own, frame: own.frames.find(({ index }) => index === frame.index) ?? frame }
    }),
  }
}

function inSuv(image: DicomImage): DicomImage {
  if (!image.suv || !('factor' in image.suv)) return image
  const { factor } = image.suv
  return {
    ...image,
    units: 'SUV',
    frames: image.frames.map((frame) => ({
      ...frame,
      slope: frame.slope * factor,
      intercept: frame.intercept * factor,
    })),
    windows: image.windows.map(({ name, centre, width }) => ({ name, centre: centre * factor, width: width * factor })),
  }
}
