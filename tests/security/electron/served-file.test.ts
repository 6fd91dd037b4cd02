import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { servedFile } from '../../../electron/main/served-file.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'chronolens-served-')))
const folder = join(base, 'page')
mkdirSync(join(folder, 'assets'), { recursive: true })
mkdirSync(join(base, 'page-secret'))
writeFileSync(join(folder, 'index.html'), 'page')
writeFileSync(join(folder, 'assets', 'main-é.js'), 'script')
writeFileSync(join(folder, 'notes.txt'), 'not part of the page')
writeFileSync(join(base, 'outside.js'), 'outside')
writeFileSync(join(base, 'page-secret', 'key.js'), 'neighbour')
symlinkSync(join(base, 'outside.js'), join(folder, 'link.js'))
symlinkSync(base, join(folder, 'up'))
symlinkSync(folder, join(base, 'same-page'))

test('serves the files of the page with their type', async () => {
  expect(await servedFile(folder, '/index.html')).toEqual({
    path: join(folder, 'index.html'),
    contentType: 'text/html; charset=utf-8',
  })
  expect((await servedFile(folder, '/assets/main-%C3%A9.js'))?.contentType).toBe('text/javascript; charset=utf-8')
})

test('serves a folder that is itself reached over a link', async () => {
  expect((await servedFile(join(base, 'same-page'), '/index.html'))?.path).toBe(join(folder, 'index.html'))
})

test.each([
  ['leaves the folder by ..', '/../outside.js'],
  ['leaves the folder by encoded ..', '/%2e%2e/outside.js'],
  ['leaves the folder by an encoded separator', '/..%2foutside.js'],
  ['leaves the folder by a backslash', '/..\\outside.js'],
  ['leaves the folder by an encoded backslash', '/..%5coutside.js'],
  ['names a neighbour whose name begins alike', '/../page-secret/key.js'],
  ['follows a link to a file outside', '/link.js'],
  ['follows a link to a folder outside', '/up/outside.js'],
  ['hides its end behind NUL', '/index.html%00.js'],
  ['names a Windows stream or drive', '/C:/outside.js'],
  ['is not plainly encoded', '/%E0%A4%A.js'],
  ['is no absolute path', 'index.html'],
  ['is of a kind the page has no use for', '/notes.txt'],
  ['has no extension', '/assets'],
  ['names the folder', '/'],
  ['does not exist', '/missing.js'],
  ['is encoded twice', '/%252e%252e/outside.js'],
])('refuses a path that %s (%s)', async (_reason, path) => {
  expect(await servedFile(folder, path)).toBeNull()
})
