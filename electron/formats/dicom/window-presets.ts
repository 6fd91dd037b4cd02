import type { DisplayWindow } from '../../../shared/domain/medical-image.ts'

/** Usual windows for CT in Hounsfield units. Source: common radiological practice (as in most workstations). */
const ctWindows: readonly DisplayWindow[] = [
  { name: 'Soft tissue', centre: 40, width: 400 },
  { name: 'Lung', centre: -600, width: 1500 },
  { name: 'Bone', centre: 480, width: 2500 },
  { name: 'Brain', centre: 40, width: 80 },
  { name: 'Liver', centre: 60, width: 160 },
  { name: 'Mediastinum', centre: 50, width: 350 },
  { name: 'Stroke', centre: 32, width: 8 },
]

/** The windows a file names, then those that suit its modality, none twice. */
export function windowsFor(
  modality: string,
  units: string | null,
  fromFile: readonly DisplayWindow[],
): readonly DisplayWindow[] {
  const all = modality === 'CT' && units === 'HU' ? [...fromFile, ...ctWindows] : fromFile
  return all.filter(
    (window, i) => all.findIndex(({ centre, width }) => centre === window.centre && width === window.width) === i,
  )
}
