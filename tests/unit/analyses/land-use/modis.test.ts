import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLabels } from '../../../../electron/analyses/land-use/labels.ts'
import { enumerateSeasons } from '../../../../electron/analyses/land-use/seasons.ts'
import { blockFolds } from '../../../../electron/analyses/land-use/split.ts'
import { hasModis, modisDays, modisFolder, modisGrid } from './modis-data.ts'

/** The folds that the reference numbers beside this file were made with. */
const foldsFile = join(import.meta.dirname, 'reference', 'folds.json')

describe.skipIf(!hasModis)('the labels of modis_mt_dtwsat', () => {
  const reading = readLabels(join(modisFolder, 'samples.csv'), modisGrid, modisDays())

  it('are 603 samples of five classes, all inside, none repeated', async () => {
    const { samples, classes, warnings } = await reading
    expect(samples).toHaveLength(603)
    expect(classes).toEqual(['Cotton-fallow', 'Forest', 'Soybean-cotton', 'Soybean-maize', 'Soybean-millet'])
    expect(warnings).toEqual([])
  })

  it('are divided into the folds that the reference numbers were made with', async () => {
    const { samples } = await reading
    const seeds = [0, 1, 2, 3, 4]
    const made = {
      madeBy: 'blockFolds(samples, 5, seed, 6); rewrite with UPDATE_REFERENCE=1 npx vitest run tests/unit/analyses/land-use/modis.test.ts', // prettier-ignore
      ids: samples.map(({ id }) => id),
      pixels: samples.map(({ column, row }) => [column, row]),
      folds: seeds.map((seed) => blockFolds(samples, 5, seed, 6).folds),
    }
    if (process.env['UPDATE_REFERENCE']) writeFileSync(foldsFile, `${JSON.stringify(made)}\n`)
    expect(JSON.parse(readFileSync(foldsFile, 'utf8'))).toEqual(made)
  })

  it('lie in a series that covers six seasons from 2007 to 2013', () => {
    const contract = { frames: 23, step: { value: 16, unit: 'day' as const }, seasonStart: '09-01' }
    const labels = enumerateSeasons(contract, modisDays()).map(({ label }) => label)
    expect(labels).toEqual(['2007-2008', '2008-2009', '2009-2010', '2010-2011', '2011-2012', '2012-2013'])
  })
})
