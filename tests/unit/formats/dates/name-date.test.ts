import { describe, expect, it } from 'vitest'
import { findNameDate } from '../../../../electron/formats/dates/name-date.ts'
import { parseDate } from '../../../../electron/formats/dates/parse-date.ts'

describe('dates in names', () => {
  it.each([
    ['LC08_L1TP_014031_20180106_B4', '2018-01-06', 'B4'],
    ['LC08_L1TP_014031_20180106_20180119_01_T1', '2018-01-06', null],
    ['LE07_L2SP_014031_20180106_20200101_02_T2_SR_B3', '2018-01-06', 'SR_B3'],
    ['LC09_L2SP_193026_20220303_20230425_02_T1_QA_PIXEL', '2022-03-03', 'QA_PIXEL'],
    ['LC80140312018006LGN00_BQA', '2018-01-06', 'BQA'],
    ['T33TVM_20190612T100031_B08_10m', '2019-06-12T10:00:31', 'B08'],
    ['S2A_MSIL2A_20190612T100031_N0212_R122_T33TVM_20190612T113700.SAFE', '2019-06-12T10:00:31', null],
    ['S2B_33TVM_20200229_0_L2A', '2020-02-29', null],
    ['MOD13Q1.A2007257.h12v10.006.2015113044534', '2007-09-14', null],
    ['MOD13Q1.061__250m_16_days_NDVI_doy2008060_aid0001', '2008-02-29', null],
    ['ndvi_2007-09-14', '2007-09-14', null],
    ['2018_01_06_red', '2018-01-06', null],
    ['S1_VV_20170630_descending', '2017-06-30', null],
    ['radar_20200517T102030Z', '2020-05-17T10:20:30', null],
    ['frame 2020-05-17T10-20-30', '2020-05-17T10:20:30', null],
    ['veg2007257', '2007-09-14', null],
    ['rain-2019-07', '2019-07-01', null],
    ['landuse_2013', '2013-01-01', null],
  ])('%s is %s, band %s', (name, date, band) => {
    expect(findNameDate(name)).toMatchObject({ date, band })
  })

  it.each(['B4', 'tile_0001', 'x123456789012', 'ndvi', 'r20181', 'id_1234567890'])('%s has no date', (name) => {
    expect(findNameDate(name)).toBeNull()
  })

  it.each([
    ['ndvi_20071345', '20071345'],
    ['ndvi_2007-13-45', '2007-13-45'],
    ['ndvi_2007-02-30', '2007-02-30'],
    ['veg2007366', '2007366'],
  ])('%s carries something like a date that is none', (name, bad) => {
    expect(findNameDate(name)).toEqual({ bad })
  })

  it('keeps the bands of older Landsats apart from those of Landsat 8', () => {
    const older = findNameDate('LT05_L1TP_014031_19990106_B4')
    const newer = findNameDate('LC08_L1TP_014031_20180106_B4')
    expect(older).toMatchObject({ family: 'landsat-4-7' })
    expect(newer).toMatchObject({ family: 'landsat-8-9', scene: 'LC08_014031_20180106' })
  })
})

describe('dates in lists', () => {
  it.each([
    ['2007-09-14', '2007-09-14'],
    [' "2007-09-14" ', '2007-09-14'],
    ['2007/09/14', '2007-09-14'],
    ['20070914', '2007-09-14'],
    ['2007257', '2007-09-14'],
    ['2007-257', '2007-09-14'],
    ['2007-09', '2007-09-01'],
    ['2015-07-11T10:00:08', '2015-07-11T10:00:08'],
    ['2015-07-11 10:00:08.123+02:00', '2015-07-11T10:00:08'],
    ['20150711T1000', '2015-07-11T10:00:00'],
    ['2000-02-29', '2000-02-29'],
  ])('%s is %s', (text, date) => {
    expect(parseDate(text)).toBe(date)
  })

  it.each(['', 'red', '2007-13-01', '2007-02-30', '1900-02-29', '2007366', '14.09.2007', '2007-09-14x', '12'])(
    '"%s" is no date',
    (text) => {
      expect(parseDate(text)).toBeNull()
    },
  )
})
