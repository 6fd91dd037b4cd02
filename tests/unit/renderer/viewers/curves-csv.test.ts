import { describe, expect, it } from 'vitest'
import { curvesCsv } from '../../../../renderer/viewers/chart/curves-csv.ts'

describe('curves as a table', () => {
  it('have one row per date, seven digits, and nothing where there is no value', () => {
    const text = curvesCsv(
      ['2019-01-01', '2019-01-17'],
      [
        { title: 'a "b", c', values: [0.6216216087341309, null] },
        { title: '=run()', values: [-3, 1e-9] },
      ],
    )
    expect(text).toBe(`date,"a ""b"", c",'=run()\r\n2019-01-01,0.6216216,-3\r\n2019-01-17,,1e-9\r\n`)
  })
})
