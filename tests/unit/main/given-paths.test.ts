import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { givenPaths } from '../../../electron/main/given-paths.ts'

const folder = mkdtempSync(join(tmpdir(), 'chronolens-given-'))
writeFileSync(join(folder, 'crops 2019.tif'), '')
writeFileSync(join(folder, '-x.tif'), '')

const app = join(folder, 'app')
mkdirSync(app)

test('takes existing files relative to where the command was given', () => {
  expect(givenPaths(['chronolens', 'crops 2019.tif'], folder, app)).toEqual([join(folder, 'crops 2019.tif')])
})

test('takes no switches, missing files or empty arguments for paths', () => {
  expect(givenPaths(['chronolens', '--no-sandbox', '-x.tif', 'missing.tif', '', folder], '/', app)).toEqual([folder])
})

test('does not open the application itself, wherever it stands among the switches', () => {
  expect(givenPaths(['electron', '--inspect=0', 'app', '--disable-gpu', '.'], folder, app)).toEqual([folder])
})
