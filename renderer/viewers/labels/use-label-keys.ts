import { onBeforeUnmount } from 'vue'
import { useLabelToolsStore, type LabelTool } from '../../stores/label-tools.ts'
import { useLabelsStore } from '../../stores/labels.ts'
import { useLookStore } from '../../stores/look.ts'
import type { useCrosshair } from './use-crosshair.ts'

/** What keys do beside what the stores can do by themselves. */
export interface LabelKeyActions {
  readonly step: (by: 1 | -1) => void
  /** Gives up what is under way; false when there was nothing. */
  readonly abort: () => boolean
  readonly undoCorner: () => void
  readonly markIn: () => void
  readonly markOut: () => void
  readonly copyMask: () => void
  readonly fillSlices: () => void
  readonly nextUnlabelled: () => void
  readonly crosshair: ReturnType<typeof useCrosshair>
}

/** The key of each tool. */
export const toolKeys: Readonly<Record<LabelTool, string>> = {
  select: 'V',
  point: 'P',
  box: 'R',
  polygon: 'G',
  brush: 'B',
  eraser: 'E',
  fill: 'T',
}

/** Keys of the label page; they mean nothing while something is typed or a dialog is open. */
export function useLabelKeys(actions: LabelKeyActions): void {
  const labels = useLabelsStore()
  const look = useLookStore()
  const tools = useLabelToolsStore()

  function withControl(letter: string, isShift: boolean): (() => void) | undefined {
    if (letter === 'z') return isShift ? labels.redo : labels.undo
    return letter === 'y' ? labels.redo : undefined
  }

  /** A class by its number: for the chosen label, for the whole sequence where there is no drawing going on, and for what comes next. */
  function pick(index: number, isShift: boolean): void {
    const name = labels.classes[index]?.name
    if (name === undefined) return
    labels.currentClass = name
    const { selectedFeature, selectedFrameLabel, sequence } = labels
    if (tools.tool !== 'select') return
    if (selectedFeature) labels.edit(selectedFeature.id, { label: name })
    else if (selectedFrameLabel && selectedFrameLabel.kind !== 'mask' && selectedFrameLabel.kind !== 'sequence')
      labels.setFrameLabel({ ...selectedFrameLabel, label: name })
    else if (!tools.isMap && sequence !== null && !isShift)
      labels.classifySequence(sequence, labels.sequenceLabel && labelOf() === name ? null : name)
  }
  const labelOf = (): string | null => {
    const { sequenceLabel } = labels
    return sequenceLabel?.kind === 'sequence' ? sequenceLabel.label : null
  }

  function removeChosen(): void {
    if (labels.selected !== null) labels.remove(labels.selected)
  }

  function plain(letter: string): (() => void) | undefined {
    const tool = (Object.keys(toolKeys) as LabelTool[]).find((one) => toolKeys[one].toLowerCase() === letter)
    if (tool) return () => tools.use(tool)
    const isBrush = tools.tool === 'brush' || tools.tool === 'eraser'
    const known: Record<string, () => void> = {
      '[': () => (isBrush ? tools.resize(-1) : actions.step(-1)),
      ']': () => (isBrush ? tools.resize(1) : actions.step(1)),
      x: actions.crosshair.toggle,
      delete: removeChosen,
      backspace: () => (tools.tool === 'polygon' ? actions.undoCorner() : removeChosen()),
      escape: () => {
        const wasDown = actions.crosshair.isDown.value
        actions.crosshair.isDown.value = false
        if (actions.abort() || wasDown) return
        if (tools.crosshair) {
          actions.crosshair.leave()
          return
        }
        if (tools.inFrame !== null) tools.inFrame = null
        else if (labels.selected !== null) labels.selected = null
        else tools.use('select')
      },
    }
    if (!tools.isMap && look.frames > 0)
      Object.assign(known, {
        i: actions.markIn,
        o: actions.markOut,
        k: actions.copyMask,
        j: actions.fillSlices,
        n: actions.nextUnlabelled,
      })
    return known[letter]
  }

  function key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    if (target.matches('input:not([type=range], [type=checkbox], [type=radio]), select, textarea')) return
    if (event.altKey || document.querySelector('dialog[open]')) return
    const letter = event.key.toLowerCase()
    const hasControl = event.ctrlKey || event.metaKey
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? (/^[1-9]$/.test(event.key) ? event.key : undefined)
    // Buttons keep the keys that press them.
    const isOwn =
      target.matches('input, [role=slider]') || (/^( |Enter)$/.test(event.key) && target.matches('button, a, summary'))
    const moved = hasControl || isOwn ? undefined : actions.crosshair.actionOf(event)
    const action =
      moved ??
      (!hasControl && digit !== undefined
        ? () => pick(Number(digit) - 1, event.shiftKey)
        : hasControl
          ? withControl(letter, event.shiftKey)
          : plain(letter))
    if (!action) return
    event.preventDefault()
    // The stage has keys of its own; on this page those of the labels come first.
    event.stopImmediatePropagation()
    action()
  }
  // Before the stage, which is made later, can listen.
  window.addEventListener('keydown', key, { capture: true })
  onBeforeUnmount(() => window.removeEventListener('keydown', key, { capture: true }))
}
