import { computed, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'
import type { FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import { useLabelToolsStore } from '../../stores/label-tools.ts'
import { useLabelsStore } from '../../stores/labels.ts'
import { useLayersStore } from '../../stores/layers.ts'
import { usePlanesStore } from '../../stores/medical-planes.ts'
import { useMedicalStore } from '../../stores/medical.ts'
import { useOverlaysStore } from '../../stores/overlays.ts'
import { unknownColour } from '../labels/label-colour.ts'
import { cutMask, type MaskStack } from './cut-masks.ts'
import type { ShownMask } from './paint-objects.ts'
import { cutOf, type PaneState } from './pane-state.ts'
import { classWindows, overlayStacks, paintedStacks } from './shown-masks.ts'
import { volumeBox } from './volume.ts'

type Marked = Omit<ShownMask, 'opacity'>

/**
 * The masks over a pane, of objects and of what is painted: those of its slice, or cut in its plane.
 * @param frame  whose picture is on the screen; null while there is none
 */
export function useShownMasks(pane: PaneState, frame: () => number | null): ComputedRef<readonly ShownMask[]> {
  const labels = useLabelsStore()
  const layers = useLayersStore()
  const medical = useMedicalStore()
  const overlays = useOverlaysStore()
  const planes = usePlanesStore()
  const tools = useLabelToolsStore()
  const route = useRoute()
  const isCut = cutOf(pane) !== undefined

  /** Objects that are ready, with their segments that are not hidden. */
  const objects = computed(() =>
    overlays.over(pane).flatMap(({ object, prepared }) =>
      prepared
        ? [
            {
              prepared,
              isHidden: (segment: number) => overlays.isHidden(object.id, segment),
              isDrawing: object.kind === 'planes',
            },
          ]
        : [],
    ),
  )
  /** What is painted on the pane's series; the first pane's own slices are drawn by the tools for labels. */
  const painted = computed((): readonly FrameLabelOf<'mask'>[] => {
    const id = pane.series?.info.id
    const areShown = route.path === '/label' || (route.path === '/look' && layers.hasLabels)
    if (id === undefined || !areShown || (pane.id === 0 && medical.layout !== 'planes')) return []
    return labels.frames.filter(
      (label): label is FrameLabelOf<'mask'> => label.kind === 'mask' && label.sequence === id,
    )
  })
  const colourOf = (name: string): string => labels.colours.get(name) ?? unknownColour

  const stacks = computed(() => {
    const { series } = pane
    if (!isCut || !series || !planes.volume) return null
    const { isReversed } = volumeBox(series)
    const { frames } = series.info
    return {
      objects: objects.value.flatMap(({ prepared, isHidden, isDrawing }) =>
        overlayStacks(prepared, frames, isReversed).flatMap((stack, index) =>
          isHidden(index) ? [] : [{ stack, colour: prepared.colours[index] ?? unknownColour, isDrawing }],
        ),
      ),
      painted: [...paintedStacks(painted.value, frames, isReversed)].flatMap(([name, stack]) =>
        labels.hiddenClasses.has(name) ? [] : [{ stack, colour: colourOf(name) }],
      ),
    }
  })
  /** By where they come from, without their opacity: what is cut stays while a slider is moved. */
  const marked = computed((): { readonly objects: readonly Marked[]; readonly painted: readonly Marked[] } => {
    if (isCut) {
      const { volume } = planes
      const plane = pane.image?.plane
      if (!stacks.value || !volume || !plane) return { objects: [], painted: [] }
      const cut = ({ stack, ...look }: Omit<Marked, 'pixels'> & { stack: MaskStack }): Marked[] => {
        const pixels = cutMask(volume, stack, plane)
        return pixels.bits.length > 0 ? [{ pixels, ...look }] : []
      }
      return { objects: stacks.value.objects.flatMap(cut), painted: stacks.value.painted.flatMap(cut) }
    }
    const at = frame()
    if (at === null) return { objects: [], painted: [] }
    return {
      objects: objects.value.flatMap(({ prepared, isHidden, isDrawing }) =>
        (prepared.frames.get(at) ?? []).flatMap(({ segment, mask }) =>
          isHidden(segment)
            ? []
            : [...classWindows(mask).values()].map((pixels) => ({
                pixels,
                colour: prepared.colours[segment] ?? unknownColour,
                isDrawing,
              })),
        ),
      ),
      painted: painted.value
        .filter((mask) => mask.frame === at)
        .flatMap((mask) =>
          [...classWindows(mask)].flatMap(([name, pixels]) =>
            labels.hiddenClasses.has(name) ? [] : [{ pixels, colour: colourOf(name) }],
          ),
        ),
    }
  })

  return computed(() => [
    ...marked.value.objects.map((one) => ({
      ...one,
      opacity: one.isDrawing ? 1 : overlays.isFilled ? overlays.opacity : 0,
    })),
    ...marked.value.painted.map((one) => ({ ...one, opacity: tools.isContour ? 0 : tools.opacity })),
  ])
}
