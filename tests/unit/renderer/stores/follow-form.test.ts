import { describe, expect, it } from 'vitest'
import { type OfferedStudy, proposeSeries } from '../../../../renderer/stores/follow-form.ts'
import type { ProjectSequence } from '../../../../renderer/stores/sequences.ts'

const series = (key: string, name: string, frames: number): ProjectSequence =>
  ({ key, data: 'data-1', info: { id: key, name, frames, height: 64, width: 64 } }) as ProjectSequence
const study = (id: string, ...all: ProjectSequence[]): OfferedStudy => ({
  id,
  date: null,
  description: '',
  series: all,
  marks: new Map(),
})
const proposed = (...studies: OfferedStudy[]): Record<string, string> => Object.fromEntries(proposeSeries(studies))

describe('the series that are proposed to be followed', () => {
  it('are of one description in all studies, even where another one is larger', () => {
    const found = proposed(
      study('a', series('a1', 'T2', 90), series('a2', 'FLAIR', 40)),
      study('b', series('b1', 'flair ', 20), series('b2', 'T1', 200), series('b3', 'FLAIR', 44)),
    )
    expect(found).toEqual({ a: 'a2', b: 'b3' })
  })

  it('are the largest of each study where none is in all of them', () => {
    const found = proposed(
      study('a', series('a1', 'T2', 30), series('a2', 'CT', 90)),
      study('b', series('b1', 'PET', 20)),
    )
    expect(found).toEqual({ a: 'a2', b: 'b1' })
  })
})
