import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { StretchRange } from '../../../shared/imaging/paint-frame.ts'
import { windowRange } from '../../../shared/imaging/window-level.ts'

/** A window by one key. */
export interface WindowPreset {
  /** A key of the locales under `medical.preset`, or null where `name` is what the file says. */
  readonly key: string | null
  readonly name: string
  readonly range: StretchRange
}

/** Usual windows of CT in HU: [key, centre, width]. Source: textbook values, as in the presets of OHIF and Weasis. */
const computedTomography = [
  ['brain', 40, 80],
  ['softTissue', 40, 400],
  ['lung', -600, 1500],
  ['bone', 400, 1800],
  ['liver', 60, 160],
] as const

/** Windows to choose from: those of the file first, then the usual ones of CT; at most nine, one for each number key. */
export function windowPresets(medical: MedicalImage | null, isWhole: boolean): WindowPreset[] {
  const presets: WindowPreset[] = []
  const add = (key: string | null, name: string, centre: number, width: number): void => {
    const range = windowRange({ centre, width }, isWhole)
    if (!presets.some((known) => known.range.low === range.low && known.range.high === range.high))
      presets.push({ key, name, range })
  }
  medical?.windows.forEach(({ name, centre, width }) =>
    add(name === '' || name === 'From the file' ? 'file' : null, name, centre, width),
  )
  if (medical?.modality === 'CT' && medical.units === 'HU')
    computedTomography.forEach(([key, centre, width]) => add(key, '', centre, width))
  return presets.slice(0, 9)
}
