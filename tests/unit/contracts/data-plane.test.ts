import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  type DataArray,
  decodeDataArray,
  encodeDataArray,
  floatsOf,
  typeOf,
} from '../../../shared/contracts/data-array.ts'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { dataReadFromQuery, dataReadToQuery } from '../../../shared/contracts/data-query.ts'

const example: DataArray = {
  type: 'float32',
  shape: [2, 1, 3],
  values: new Float32Array([1.5, NaN, -3, 4, 5, 1e30]),
  remarks: { frame: 7, name: '林' },
}

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'none'
}

describe('data array codec', () => {
  it('gives back numbers, shape and remarks, NaN included', () => {
    expect(decodeDataArray(encodeDataArray(example))).toEqual(example)
  })

  it.each([
    Float32Array.of(1.5),
    Int32Array.of(-70_000),
    Uint8Array.of(255),
    Int8Array.of(-128),
    Uint16Array.of(65_535),
    Int16Array.of(-32_768),
  ])('gives back numbers of every type, with the rule that makes them physical (%s)', (values) => {
    const rule = { slope: 0.1, intercept: -1024, padding: [-5, 5] as const }
    const array: DataArray = { type: typeOf(values), shape: [1], values, rule, remarks: { frame: 2 } }
    expect(decodeDataArray(encodeDataArray(array))).toEqual(array)
  })

  it('computes physical values in double precision, and NaN where numbers mean that there is none', () => {
    const rule = { slope: 0.1, intercept: -1024, padding: [-2000, -1000] as [number, number] }
    const values = Int16Array.of(3, -2000, -1500, -999, 32_767)
    const expected = [3 * 0.1 - 1024, NaN, NaN, -999 * 0.1 - 1024, 32_767 * 0.1 - 1024].map(Math.fround)
    expect([...floatsOf({ values, rule })]).toEqual(expected)
    expect([...floatsOf({ values })]).toEqual([3, -2000, -1500, -999, 32_767])
  })

  it('gives physical values as they are, without a copy', () => {
    expect(floatsOf(example)).toBe(example.values)
  })

  it.each([
    ['without a slope', { intercept: 0, padding: null }],
    ['with a padding of one number', { slope: 1, intercept: 0, padding: [1] }],
    ['that is a word', 'plain'],
  ])('refuses a rule %s', (_what, rule) => {
    const array = { type: 'uint8', shape: [1], values: Uint8Array.of(1), remarks: { rule } } as const
    expect(codeOf(() => decodeDataArray(encodeDataArray(array)))).toBe('data/damaged')
  })

  it('writes the layout that its docstring states', () => {
    const buffer = encodeDataArray({ type: 'uint8', shape: [3], values: new Uint8Array([9, 8, 7]), remarks: {} })
    const header = [0x43, 0x4c, 0x44, 0x50, 1, 1, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x7b, 0x7d, 0, 0, 0, 0, 0, 0]
    expect([...new Uint8Array(buffer)]).toEqual([...header, 9, 8, 7])
  })

  it('takes only the part of a buffer that the values look at', () => {
    const values = new Float32Array([0, 1, 2, 3]).subarray(1, 3)
    const back = decodeDataArray(encodeDataArray({ type: 'float32', shape: [2], values, remarks: {} }))
    expect([...back.values]).toEqual([1, 2])
  })

  it('looks into the buffer instead of copying it', () => {
    const buffer = encodeDataArray(example)
    expect(decodeDataArray(buffer).values.buffer).toBe(buffer)
  })

  it('refuses every truncation with data/damaged', () => {
    const buffer = encodeDataArray(example)
    for (let length = 0; length < buffer.byteLength; length++)
      expect(codeOf(() => decodeDataArray(buffer.slice(0, length)))).toBe('data/damaged')
  })

  it('refuses or reads random bytes after a right beginning, and never throws anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (tail) => {
        const bytes = new Uint8Array([0x43, 0x4c, 0x44, 0x50, 1, ...tail])
        expect(['none', 'data/damaged']).toContain(codeOf(() => decodeDataArray(bytes.buffer)))
      }),
    )
  })
})

describe('data query', () => {
  const read: FrameRead = {
    kind: 'frame',
    frame: 3,
    bands: [4, 0, 2],
    window: { row: 5, column: 6, height: 70, width: 80 },
    outHeight: 35,
    outWidth: 40,
    resampling: 'average',
  }

  it('gives back the read it was made from', () => {
    expect(dataReadFromQuery(new URLSearchParams(dataReadToQuery(read)))).toEqual(read)
    expect(dataReadFromQuery(new URLSearchParams(dataReadToQuery({ kind: 'file' })))).toEqual({ kind: 'file' })
  })

  it.each([
    ['nothing', ''],
    ['a missing window', 'frame=0&bands=0&size=1,1'],
    ['a hexadecimal frame', 'frame=0x1&bands=0&window=0,0,1,1&size=1,1'],
    ['a negative row', 'frame=0&bands=0&window=-1,0,1,1&size=1,1'],
    ['an empty band', 'frame=0&bands=0,,1&window=0,0,1,1&size=1,1'],
    ['a window without height', 'frame=0&bands=0&window=0,0,0,1&size=1,1'],
    ['a picture larger than allowed', 'frame=0&bands=0&window=0,0,1,1&size=8193,1'],
    ['an unknown resampling', 'frame=0&bands=0&window=0,0,1,1&size=1,1&resampling=cubic'],
    ['65 bands', `frame=0&bands=${Array(65).fill(0).join(',')}&window=0,0,1,1&size=1,1`],
  ])('refuses %s', (_what, query) => {
    expect(codeOf(() => dataReadFromQuery(new URLSearchParams(query)))).toBe('data/bad-request')
  })
})
