import { describe, expect, it } from 'vitest'
import { countClasses, labelChangeBetween, type LabelSet, withChange } from '../../../shared/domain/label-changes.ts'
import { removeClass, renameClass } from '../../../shared/domain/label-classes.ts'
import type { LabelFeature } from '../../../shared/domain/label-collection.ts'
import type { FrameLabel } from '../../../shared/domain/label-frame.ts'
import { blankFrame, classAt, paintedFrame, paintPixels, storedMask } from '../../../shared/domain/label-mask.ts'

const point = (id: string, label: string): LabelFeature => ({
  type: 'Feature',
  id,
  geometry: { type: 'Point', coordinates: [1, 2] },
  properties: { label, from: null, to: null },
})
const pixel = (column: number, row: number) => ({ column, row, width: 1, height: 1, bits: Uint8Array.of(1) })
function mask(): FrameLabel {
  let painted = paintPixels(blankFrame(3, 4), { ...pixel(0, 0), width: 2, bits: Uint8Array.of(1, 1) }, 'tumour')
  painted = paintPixels(painted, pixel(3, 2), 'oedema')
  const stored = storedMask('s', 7, painted)
  if (!stored) throw new Error('nothing painted')
  return stored
}
const set: LabelSet = {
  classes: [
    { name: 'tumour', colour: '#ff0000' },
    { name: 'oedema', colour: '#00ff00' },
  ],
  features: [point('a', 'tumour'), point('b', 'oedema')],
  frames: [{ kind: 'sequence', id: 'q', sequence: 's', label: 'oedema' }, mask()],
}

describe('changes of labels', () => {
  it('are what makes one set of another, and nothing for the same', () => {
    const after = { ...set, features: [set.features[1] ?? point('b', 'x'), point('c', 'tumour')], frames: [] }
    const change = labelChangeBetween(set, after)
    expect(change).toEqual({ features: [point('c', 'tumour')], frames: [], remove: ['a', 'q', 'mask:7:s'] })
    expect(withChange(set, change)).toEqual(after)
    expect(withChange(withChange(set, change), labelChangeBetween(after, set)).features).toHaveLength(2)
    expect(labelChangeBetween(set, { ...set })).toEqual({ features: [], frames: [], remove: [] })
  })

  it('count a painted frame once for each of its classes', () => {
    expect(Object.fromEntries(countClasses(set))).toEqual({ tumour: 2, oedema: 3 })
  })
})

describe('painted frames', () => {
  it('give a pixel one class: the last that was painted', () => {
    const stored = mask()
    if (stored.kind !== 'mask') throw new Error('no mask')
    const again = paintPixels(paintedFrame(stored), pixel(1, 0), 'oedema')
    expect([classAt(again, 0, 0), classAt(again, 1, 0), classAt(again, 2, 0)]).toEqual(['tumour', 'oedema', null])
    expect(classAt(paintPixels(again, pixel(1, 0), null), 1, 0)).toBeNull()
    expect(storedMask('s', 1, blankFrame(2, 2))).toBeNull()
  })
})

describe('classes', () => {
  it('that get the name of another become one with it, on painted frames too', () => {
    const merged = renameClass(set, 'oedema', 'tumour')
    expect(merged.classes).toEqual([{ name: 'tumour', colour: '#ff0000' }])
    expect(Object.fromEntries(countClasses(merged))).toEqual({ tumour: 4 })
    const frame = merged.frames.find((label) => label.kind === 'mask')
    if (frame?.kind !== 'mask') throw new Error('no mask')
    expect(classAt(paintedFrame(frame), 3, 2)).toBe('tumour')
  })

  it('that are renamed keep their place and colour', () => {
    expect(renameClass(set, 'tumour', 'lesion').classes.map(({ name }) => name)).toEqual(['lesion', 'oedema'])
  })

  it('that are removed take their labels and pixels along', () => {
    const left = removeClass(set, 'tumour')
    expect(Object.fromEntries(countClasses(left))).toEqual({ oedema: 3 })
    expect(removeClass(left, 'oedema')).toEqual({ classes: [], features: [], frames: [] })
  })
})
