import { describe, expect, it } from 'vitest'
import { classColours } from '../../../shared/imaging/class-colours.ts'

describe('classColours', () => {
  it('starts with the colours of Okabe and Ito', () => {
    expect(classColours(3)).toEqual([[230, 159, 0], [0, 158, 115], [86, 180, 233]]) // prettier-ignore
  })

  it('gives 16 classes different colours, and darker ones of the same after that', () => {
    const colours = classColours(17)
    expect(new Set(colours.slice(0, 16).map(String)).size).toBe(16)
    expect(colours[16]).toEqual([161, 111, 0])
  })
})
