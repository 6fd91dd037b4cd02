import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  areaOfRuns,
  maskFromText,
  maskOfRuns,
  maskToText,
  rleFromText,
  rleToText,
  runsOfMask,
} from '../../../shared/domain/label-rle.ts'

const caseSchema = z.object({
  height: z.number(),
  width: z.number(),
  rows: z.array(z.string()).optional(),
  box: z.array(z.number()).optional(),
  hole: z.array(z.number()).optional(),
  counts: z.string(),
  area: z.number(),
})
const url = new URL('./oracle/rle.json', import.meta.url)
const cases = z.array(caseSchema).parse(JSON.parse(readFileSync(url, 'utf8')))

function bitsOf({ height, width, rows, box, hole }: z.infer<typeof caseSchema>): Uint8Array {
  if (rows) return Uint8Array.from(rows.join(''), Number)
  const isIn = ([top = 0, bottom = 0, left = 0, right = 0]: number[] = [], row: number, column: number): boolean =>
    row >= top && row < bottom && column >= left && column < right
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    return Number(isIn(box, row, column) && !isIn(hole, row, column))
  })
}

describe('run lengths of masks', () => {
  it.each(cases.map((one) => [`${one.height} x ${one.width}, ${one.area} set`, one] as const))(
    'are those of pycocotools, both ways: %s',
    (_title, one) => {
      const bits = bitsOf(one)
      expect(maskToText(bits, one.height, one.width)).toBe(one.counts)
      expect(Buffer.compare(maskFromText(one.counts, one.height, one.width), bits)).toBe(0)
      expect(areaOfRuns(rleFromText(one.counts))).toBe(one.area)
    },
  )

  it('come back from text and from masks (any mask)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 400 }),
        (height, set) => {
          const width = Math.ceil(set.length / height)
          const bits = Uint8Array.from({ length: height * width }, (_, i) => Number(set[i] ?? false))
          const runs = runsOfMask(bits, height, width)
          expect(rleFromText(rleToText(runs))).toEqual(runs)
          expect([...maskOfRuns(runs, height, width)]).toEqual([...bits])
        },
      ),
    )
  })

  it('that do not fill the picture are refused, as is text that is none', () => {
    for (const text of ['', '5', '~~', ' ', 'oooooooooooooooooo']) {
      const read = (): Uint8Array => maskFromText(text, 2, 2)
      expect(read).toThrow(AppError)
    }
  })
})
