import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

interface Entry {
  /** Folder or file, from the top of the repository. */
  readonly path: string
  /** The script or page it comes from. */
  readonly source: string
  readonly licence: string
  /** SHA-256 of the listing `name checksum` of its files, sorted. */
  readonly sha256: string
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { entries } = JSON.parse(readFileSync(new URL('manifest.json', import.meta.url), 'utf8')) as {
  readonly entries: readonly Entry[]
}
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** Files that are no text of ours: images, videos, volumes, tables. */
const dataFiles = spawnSync('git', ['ls-files', 'tests', 'resources'], { cwd: root, encoding: 'utf8' })
  .stdout.split('\n')
  .filter((name) => name !== '' && !/\.(ts|mts|mjs|py|json|md|vue|svg)$/.test(name))

const isOf = (name: string, path: string): boolean => name === path || name.startsWith(`${path}/`)

describe('data that is stored with the tests and the program', () => {
  it.skipIf(dataFiles.length === 0)('all has a source and a licence', () => {
    expect(dataFiles.filter((name) => !entries.some(({ path }) => isOf(name, path)))).toEqual([])
    for (const { source, licence } of entries) expect([source, licence]).not.toContain('')
  })

  it.skipIf(dataFiles.length === 0).each(entries)(
    'is what it was when it was looked at: $path',
    ({ path, sha256: expected }) => {
      const names = dataFiles.filter((name) => isOf(name, path)).sort()
      const listing = names.map((name) => `${name} ${sha256(readFileSync(join(root, name)))}\n`).join('')
      expect(sha256(listing)).toBe(expected)
    },
  )
})
