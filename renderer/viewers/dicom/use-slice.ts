import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'
import { percentileRange, windowRange } from '../../../shared/imaging/window-level.ts'
import { useFrameCache } from '../../composables/use-frame-cache.ts'
import { useMedicalStore } from '../../stores/medical.ts'
import { useNoticesStore } from '../../stores/notices.ts'
import { choosePainter } from './choose-painter.ts'
import type { SliceImage, SlicePainter } from './painter.ts'
import { lookOf, type PaneState } from './pane-state.ts'
import { hasWholeValues, isColour, peekSlice, readAhead, readSlice } from './slice-source.ts'
import { fitView, onFrame, resized } from './view-plane.ts'

/** The first range of a series: its own first window, else between the 1 and 99 percentiles of the slice; colours as stored. */
export function firstRange(series: NonNullable<PaneState['series']>, { values }: SliceImage) {
  if (isColour(series)) return series.info.dtype === 'uint8' ? { low: 0, high: 255 } : percentileRange(values, 0, 100)
  const [window] = series.medical?.windows ?? []
  return window ? windowRange(window, hasWholeValues(series)) : percentileRange(values)
}

/**
 * Reads the slices of a pane and draws them into an element. The last slice stays on the screen until the next one is there.
 * Each slice on the screen is noted as the performance measure `slice`, from the wish to the picture.
 */
export function useSlice(pane: PaneState, element: Readonly<Ref<HTMLElement | null>>) {
  const medical = useMedicalStore()
  const notices = useNoticesStore()
  const cache = useFrameCache()
  const isWaiting = ref(false)
  const shownFrame = ref<number | null>(null)
  const painter = shallowRef<SlicePainter | null>(null)
  let revision = 0
  let pending = 0
  let wantedAt = 0

  function load(): void {
    const { series, frame } = pane
    const mine = ++revision
    if (!series) {
      shownFrame.value = null
      painter.value?.clear()
      return
    }
    wantedAt = performance.now()
    const here = peekSlice(cache(), series, frame)
    if (here) {
      take(here)
      return
    }
    isWaiting.value = true
    readSlice(cache(), series, frame).then(
      (image) => mine === revision && take(image),
      (error: unknown) => {
        if (mine !== revision) return
        isWaiting.value = false
        notices.fail(error)
      },
    )
  }

  function take(image: SliceImage): void {
    const { series, frame } = pane
    const size = paneSize()
    if (!series || !size) return
    isWaiting.value = false
    pane.range ??= firstRange(series, image)
    const { view } = pane
    const isOther = view !== null && (view.width !== size.width || view.height !== size.height)
    // A view that was kept may be of a pane of another size.
    const seen = isOther ? resized(view, size, image.plane) : view
    pane.view = seen ? onFrame(seen, image.plane) : fitView(image.plane, size)
    pane.image = image
    const mine = revision
    paintNow()
    shownFrame.value = frame
    performance.measure('slice', { start: wantedAt, end: performance.now() })
    void readAhead(cache(), series, frame, () => mine === revision)
  }

  function paneSize() {
    const { value } = element
    return value && value.clientWidth > 0 ? { width: value.clientWidth, height: value.clientHeight } : null
  }

  function paintNow(): void {
    cancelAnimationFrame(pending)
    pending = 0
    const [slice, look] = [pane.image, lookOf(pane)]
    if (slice && look && pane.view) painter.value?.paint(slice, look, pane.view)
  }

  function paintSoon(): void {
    pending ||= requestAnimationFrame(paintNow)
  }

  function fit(): void {
    const size = paneSize()
    if (pane.image && size) pane.view = fitView(pane.image.plane, size)
  }

  const observer = new ResizeObserver(() => {
    const size = paneSize()
    if (!size) return
    if (pane.view && pane.image) pane.view = resized(pane.view, size, pane.image.plane)
    else load()
    // At once: until then the browser would show the old picture stretched.
    paintNow()
  })

  async function prepare(): Promise<void> {
    const made = element.value && (await choosePainter(element.value, medical.graphics))
    painter.value?.dispose()
    painter.value = made
    paintNow()
  }

  onMounted(async () => {
    if (element.value) observer.observe(element.value)
    await prepare()
    load()
  })
  watch(() => medical.graphics, prepare)
  watch([() => pane.series, () => pane.frame], load)
  watch(
    [() => pane.view, () => pane.range, () => pane.colourMap, () => pane.isInverted, () => pane.isSmooth],
    paintSoon,
  )
  onBeforeUnmount(() => {
    revision++
    cancelAnimationFrame(pending)
    observer.disconnect()
    painter.value?.dispose()
  })

  return { isWaiting, shownFrame, fit, painter }
}
