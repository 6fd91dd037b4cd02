import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeName } from '../../../../electron/core/app/project-name.ts'

describe('safeName', () => {
  it.each([
    ['Fields 2020', 'Fields 2020'],
    ['农田 2020', '农田 2020'],
    ['../../etc', 'etc'],
    ['a/b\\c:d', 'a-b-c-d'],
    ['  .hidden. ', 'hidden'],
    ['', 'project'],
    ['///', 'project'],
    ['CON', 'CON-project'],
    ['lpt1.txt', 'lpt1.txt-project'],
    ['x'.repeat(200), 'x'.repeat(80)],
    ['𠀀'.repeat(80), '𠀀'.repeat(50)],
  ])('of %j is %j', (name, expected) => {
    expect(safeName(name)).toBe(expected)
  })

  it('is always one part of a path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const safe = safeName(name)
        expect(safe).toMatch(/^[\p{L}\p{M}\p{N}_][^/\\:*?"<>|\0]*$/u)
        expect(safe).not.toMatch(/[. ]$/)
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(210)
      }),
    )
  })
})
