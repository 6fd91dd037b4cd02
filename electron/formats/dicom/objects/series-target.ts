import type { FrameGeometry } from '../../../../shared/domain/medical-image.ts'
import { volumeGeometry } from '../../../../shared/domain/medical/volume-geometry.ts'
import type { SeriesFrame } from '../group-series.ts'
import type { MaskTarget } from './mask-target.ts'

/** An ordered series as something that masks can be laid on. */
export function seriesTarget(frames: readonly SeriesFrame[], geometry: FrameGeometry | null, name: string): MaskTarget {
  const image = frames[0]?.image
  const { rows = 0, columns = 0 } = image?.format ?? {}
  return {
    name,
    size: { slices: frames.length, rows, columns },
    geometry: geometry && volumeGeometry(geometry, rows, columns),
    seriesUid: image?.subject.seriesUid ?? '',
    slices: frames.map(({ image: { sopUid, isMultiFrame }, frame: { index } }) => ({
      sopUid,
      frame: isMultiFrame ? index + 1 : null,
    })),
  }
}
