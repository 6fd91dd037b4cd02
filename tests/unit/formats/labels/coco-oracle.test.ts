import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cocoText, readCoco } from '../../../../electron/formats/labels/coco.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { readText } from './read-oracle.ts'
import { oracleClasses, oracleLabels, oracleSize } from './coco-labels.ts'

interface Checked {
  readonly areas: number[]
  readonly boxes: number[][]
  readonly pixels: number[]
  readonly names: string[]
}

describe('COCO', () => {
  it('is read by pycocotools, with the areas and boxes that are ours (oracle/check_coco.py)', () => {
    const text = cocoText(oracleLabels, oracleClasses, () => oracleSize)
    // The oracle has looked at exactly this text; when it changes, run the script again.
    expect(JSON.parse(text)).toEqual(JSON.parse(readText('export.coco.json')))
    const checked = JSON.parse(readText('checked.json')) as Checked
    const { annotations } = JSON.parse(text) as { annotations: { area: number; bbox: number[] }[] }
    expect(annotations.map(({ area }) => area)).toEqual(checked.areas)
    expect(annotations.map(({ bbox }) => bbox)).toEqual(checked.boxes)
  })

  it('gives masks whose pixels pycocotools counts as we do', () => {
    const { pixels } = JSON.parse(readText('checked.json')) as Checked
    // A box of 6 x 4, an area with a hole, and two painted classes: their pixels can be counted by hand.
    expect(pixels.slice(-3)).toEqual([60, 3, 2])
  })

  it.each([
    ['no JSON', '{', 'labels/not-coco'],
    ['something else', '{"type":"FeatureCollection","features":[]}', 'labels/not-coco'],
    ['an annotation without an image', replaced('"image_id":1', '"image_id":99'), 'labels/not-coco'],
    ['an annotation without a category', replaced('"category_id":1', '"category_id":99'), 'labels/not-coco'],
    ['a mask of another size', replaced('"size":[12,20]', '"size":[12,21]'), 'labels/bad-mask'],
  ])('that is %s is refused with its code', (_what, text, code) => {
    expect(() => readCoco(text, 'x.json')).toThrow(expect.objectContaining({ code }) as AppError)
  })

  it('reads run lengths as numbers, and file names as sequence and frame', () => {
    const [mark] = readCoco(
      JSON.stringify({
        images: [{ id: 7, file_name: 'a/b/frame-000012.png', height: 2, width: 3 }],
        categories: [{ id: 3, name: 'x' }],
        annotations: [{ id: 1, image_id: 7, category_id: 3, segmentation: { size: [2, 3], counts: [1, 2, 3] } }],
      }),
      'x.json',
    )
    expect(mark).toMatchObject({ sequence: 'a/b', frame: 12, label: 'x', shape: { kind: 'mask', counts: '123' } })
  })
})

function replaced(what: string, by: string): string {
  const text = JSON.stringify(JSON.parse(readFileSync(new URL('./oracle/export.coco.json', import.meta.url), 'utf8')))
  if (!text.includes(what)) throw new Error(`The oracle's file has no ${what}.`)
  return text.replace(what, by)
}
