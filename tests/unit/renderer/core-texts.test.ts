import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fillIn } from '../../../renderer/composables/use-core-text.ts'
import { messages } from '../../../renderer/locales/translations.ts'
import { zhCnErrors } from '../../../renderer/locales/zh-cn-errors.ts'
import { readerNotes } from '../../../shared/domain/reader-notes.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What a person can meet on the way from images to maps; other fields bring their own texts. */
const folders = [
  'electron/analyses/land-use',
  'electron/analyses/classification',
  'electron/analyses/satellite',
  'electron/analyses/settings',
  'electron/analyses/action-recognition',
  'electron/analyses/frames',
  'electron/analyses/backbone',
  'electron/analyses/frame-prediction',
  'electron/analyses/lesions',
  'electron/analyses/lesion-segmentation',
  'electron/analyses/training',
  'electron/core/app',
  'electron/core/router',
  'electron/compute',
  'electron/store',
  'electron/formats/dicom',
  'electron/formats/dicom/objects',
  'electron/formats/dicom/deidentify',
  'electron/formats/geotiff',
  'electron/formats/images',
  'electron/formats/nifti',
  'electron/formats/labels',
  'electron/formats/dates',
  'shared/metrics',
]
const areas =
  'backbone|compute|contract|data|dataset|device|dicom|evaluate|files|formats|formula|geo|geotiff|images|job|jobs|labels|land-use|lesions|metrics|model|nifti|predict|predictions|project|projects|raster|rpc|runs|samples|satellite|sequence|sequences|split|store|training|usage'
/** Names of random streams, which look the same. */
const streams = new Set(['split/block', 'split/year', 'split/folds', 'labels/limit', 'labels/raster'])

function codesIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return names.flatMap((name) =>
    [...readFileSync(join(root, folder, name), 'utf8').matchAll(new RegExp(`'((?:${areas})/[a-z-]+)'`, 'g'))].map(
      (match) => match[1] ?? '',
    ),
  )
}

function remarkCodes(): Set<string> {
  const { remark } = messages['zh-CN']
  return new Set(Object.entries(remark).flatMap(([area, texts]) => Object.keys(texts).map((what) => `${area}/${what}`)))
}

describe('what the core says', () => {
  const codes = [...new Set(folders.flatMap(codesIn))].filter((code) => !streams.has(code)).sort()

  it('has a Chinese sentence for every code on the way from images to maps', () => {
    const remarks = remarkCodes()
    expect(codes.length).toBeGreaterThan(100)
    // What readers note of a sequence has a table and a test of its own (reader-notes.test.ts).
    const isTold = (code: string): boolean => code in zhCnErrors || code in readerNotes || remarks.has(code)
    expect(codes.filter((code) => !isTold(code))).toEqual([])
  })

  it('is filled with the details of the error', () => {
    expect(fillIn('{count} 个标注，例如 {first}', { count: 3, first: ['a', 'b'], other: {} })).toBe(
      '3 个标注，例如 a, b',
    )
  })

  it('is left in English when a detail is missing, rather than shown with a hole', () => {
    expect(fillIn('没有类别“{label}”', { id: 'x' })).toBeNull()
    expect(fillIn(undefined, {})).toBeNull()
    expect(fillIn('{nested}', { nested: { deep: true } })).toBeNull()
  })
})
