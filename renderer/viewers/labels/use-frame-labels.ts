import { computed } from 'vue'
import { useLabelToolsStore } from '../../stores/label-tools.ts'
import { useLabelsStore } from '../../stores/labels.ts'
import { useLookStore } from '../../stores/look.ts'
import { useNoticesStore } from '../../stores/notices.ts'
import { useSequencesStore } from '../../stores/sequences.ts'
import { maskId } from '../../../shared/domain/label-frame.ts'
import { blankFrame, paintPixels, pixelsOfClass } from '../../../shared/domain/label-mask.ts'
import { fillBetween } from '../../../shared/domain/label-through.ts'
import { paintedOf } from './mask-picture.ts'

/** What can be done with labels of frames and sequences, beside drawing them. */
export function useFrameLabels() {
  const labels = useLabelsStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const sequences = useSequencesStore()
  const tools = useLabelToolsStore()

  /** The first frame of an interval of the class in hand is this one. */
  function markIn(): void {
    if (!tools.canDraw) return
    if (labels.currentClass === null) notices.tell('labels.classFirst', {}, 'info')
    else tools.inFrame = look.frame
  }

  /** The last frame is this one; without a first one the chosen interval ends here. */
  function markOut(): void {
    if (!tools.canDraw || labels.sequence === null) return
    const { selectedFrameLabel: chosen, currentClass: label, sequence } = labels
    const end = look.frame + 1
    if (tools.inFrame !== null && label !== null) {
      const [from, to] = [Math.min(tools.inFrame, look.frame), Math.max(tools.inFrame + 1, end)]
      labels.setInterval({ sequence, label, from, to })
      tools.inFrame = null
    } else if (chosen?.kind === 'interval') labels.setInterval({ ...chosen, to: Math.max(chosen.from + 1, end) })
    else notices.tell('labels.inFirst', {}, 'info')
  }

  /** What is painted on the frame before comes onto this one, under what is painted here already. */
  function copyMask(): void {
    const { info, frame } = look
    if (!tools.canDraw || !info) return
    const maskOf = (at: number) => labels.framesHere.find(({ id }) => id === maskId(info.id, at))
    const [before, here] = [maskOf(frame - 1), maskOf(frame)]
    if (before?.kind !== 'mask') {
      notices.tell('labels.nothingBefore', {}, 'info')
      return
    }
    let painted = paintedOf(before)
    if (here?.kind === 'mask') {
      const own = paintedOf(here)
      for (const name of own.classes) painted = paintPixels(painted, pixelsOfClass(own, name), name)
    }
    labels.paint(info.id, frame, painted.width === info.width ? painted : blankFrame(info.height, info.width))
  }

  /** What of the class in hand lies on the slices between those that are painted, by the shapes of these. */
  function fillSlices(): void {
    const { info } = look
    const { stack } = tools
    const { currentClass: label } = labels
    if (!tools.canDraw || !info || !stack) return
    if (label === null) {
      notices.tell('labels.classFirst', {}, 'info')
      return
    }
    const masks = new Map(labels.framesHere.flatMap((one) => (one.kind === 'mask' ? [[one.frame, paintedOf(one)] as const] : []))) // prettier-ignore
    const ofClass = new Map(
      [...masks].flatMap(([frame, painted]) => {
        const set = pixelsOfClass(painted, label)
        return set.bits.length > 0 ? [[frame, set.bits] as const] : []
      }),
    )
    const made = fillBetween(ofClass, stack, info)
    if (made.length === 0) {
      notices.tell('labels.nothingBetween', {}, 'info')
      return
    }
    labels.paintFrames(
      info.id,
      made.map(({ frame, pixels }) => {
        const before = masks.get(frame) ?? blankFrame(info.height, info.width)
        return { frame, painted: paintPixels(before, pixels, label) }
      }),
    )
    notices.tell('labels.filledBetween', { n: made.length }, 'info')
  }

  /** Sequences of this kind without a class, and the next one after what is shown. */
  const unlabelled = computed(() => {
    const same = sequences.list.filter(({ data, info }) => data === labels.data && info.kind === look.kind)
    const left = same.filter(({ info }) => !labels.sequenceClasses.has(info.id))
    return { all: same, left }
  })
  const progress = computed(() => {
    const { all, left } = unlabelled.value
    return all.length > 1 ? { left: left.length, all: all.length } : null
  })
  function nextUnlabelled(): void {
    const { all, left } = unlabelled.value
    const at = all.findIndex(({ info }) => info.id === labels.sequence)
    const after = left.find((one) => all.indexOf(one) > at) ?? left.find(({ info }) => info.id !== labels.sequence)
    if (after) void look.choose(after.key)
    else notices.tell('labels.allLabelled', { all: all.length })
  }

  /** Goes to the next or previous label of this sequence, in the order of their frames. */
  function step(by: 1 | -1): void {
    const startOf = (label: (typeof labels.framesHere)[number]): number =>
      label.kind === 'interval' ? label.from : 'frame' in label ? label.frame : 0
    const ordered = labels.framesHere.filter(({ kind }) => kind !== 'sequence').sort((a, b) => startOf(a) - startOf(b))
    const at = ordered.findIndex(({ id }) => id === labels.selected)
    const next =
      at >= 0
        ? ordered[(at + by + ordered.length) % ordered.length]
        : (ordered.find((label) => startOf(label) >= look.frame) ?? ordered[0])
    if (!next) return
    labels.selected = next.id
    look.goTo(startOf(next))
  }

  return { markIn, markOut, copyMask, fillSlices, nextUnlabelled, progress, step }
}
