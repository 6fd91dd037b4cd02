import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { givenPaths } from '../../../electron/main/given-paths.ts'

const folder = mkdtempSync(join(tmpdir(), 'chronolens-given-'))
writeFileSync(join(folder, 'crops 2019.tif'), '')
writeFileSync(join(folder, '-x.tif'), '')

test('takes existing files relative to where the command was given', () => {
  expect(givenPaths(['crops 2019.tif'], folder)).toEqual([join(folder, 'crops 2019.tif')])
})

test('takes no switches, missing files or empty arguments for paths', () => {
  expect(givenPaths(['--no-sandbox', '-x.tif', 'missing.tif', '', folder], folder)).toEqual([folder])
})
