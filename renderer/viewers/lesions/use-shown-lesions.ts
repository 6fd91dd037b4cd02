import { computed, type ComputedRef } from 'vue'
import type { FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import { useFollowPanesStore } from '../../stores/follow-panes.ts'
import { useFollowStore } from '../../stores/follow.ts'
import type { PaneState } from '../dicom/pane-state.ts'
import type { FramePoint } from '../dicom/patient-space.ts'
import { paintedOf } from '../labels/mask-picture.ts'
import { lesionHex } from './lesion-colours.ts'
import type { ShownLesion } from './paint-lesions.ts'

type Mask = FrameLabelOf<'mask'>
interface SliceLesion {
  readonly id: string
  readonly mask: Mask
}

/** The lesions on the slice of a pane. */
export function useShownLesions(pane: PaneState, frame: () => number | null) {
  const follow = useFollowStore()
  const panes = useFollowPanesStore()
  const bySlice = computed(() => {
    const found = new Map<number, SliceLesion[]>()
    const study = follow.outlines.get(panes.studyOf(pane))
    if (!study) return found
    const { rows: height, columns: width } = study
    for (const { id, slices } of study.lesions)
      for (const { slice, counts } of slices) {
        const mask: Mask = {
          kind: 'mask',
          id: `${id}/${slice}`,
          sequence: '-',
          frame: slice,
          height,
          width,
          layers: [{ label: id, counts }],
        }
        found.set(slice, [...(found.get(slice) ?? []), { id, mask }])
      }
    return found
  })
  const here = computed(() =>
    (bySlice.value.get(frame() ?? -1) ?? []).flatMap(({ id, mask }) => {
      const lesion = follow.byId.get(id)
      return lesion ? [{ lesion, mask }] : []
    }),
  )
  const shown: ComputedRef<readonly ShownLesion[]> = computed(() =>
    here.value
      .filter(
        ({ lesion }) => panes.outlines === 'all' || (panes.outlines === 'chosen' && lesion.track === follow.lesion),
      )
      .map(({ lesion, mask }) => ({
        name: String(lesion.track),
        colour: lesionHex(lesion.track),
        mask,
        isChosen: lesion.track === follow.lesion,
        measures: lesion.measures.slice === frame() ? lesion.measures : null,
      })),
  )
  /** Number of the lesion that lies at a place of the slice; null where there is none. */
  function lesionAt([column, row]: FramePoint): number | null {
    const [x, y] = [Math.floor(column), Math.floor(row)]
    for (const { lesion, mask } of here.value) {
      const { pixels, width, height } = paintedOf(mask)
      if (x >= 0 && y >= 0 && x < width && y < height && (pixels[y * width + x] ?? 0) !== 0) return lesion.track
    }
    return null
  }
  return { shown, lesionAt }
}
