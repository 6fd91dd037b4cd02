import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'

const folder = fileURLToPath(new URL('../../../../resources/samples/actions', import.meta.url))
const [, ...rows] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n')
const labels = rows.map((row) => row.split(','))

it('the bundled clips: eight of each of three actions, and one with several, each as long as its labels say', async () => {
  const { sequences } = await inspectPaths([folder])
  const counts = Object.fromEntries(
    ['circle', 'walk', 'wave', 'long'].map((group) => [group, sequences.filter((clip) => clip.group === group).length]),
  )
  expect(counts).toEqual({ circle: 8, walk: 8, wave: 8, long: 1 })
  const paths = new Set(labels.map(([path]) => `actions/${path}`))
  expect(new Set(sequences.map(({ id }) => id))).toEqual(paths)
  for (const clip of sequences) {
    expect([clip.height, clip.width]).toEqual([96, 96])
    if (clip.group !== 'long') expect(clip.frames).toBeGreaterThanOrEqual(24)
  }
  const long = await openSequence([folder], 'actions/long/long-01.mp4')
  expect(long.clip?.durationSeconds).toBeCloseTo(Number(labels.at(-1)?.[5]), 2)
  expect(long.clip?.isVariable).toBe(false)
  await long.close()
})

it('no scene is on two sides of the split', () => {
  const sides = new Map<string, Set<string>>()
  for (const [, , group = '', split = ''] of labels) sides.set(group, (sides.get(group) ?? new Set()).add(split))
  expect([...sides.values()].every((side) => side.size === 1)).toBe(true)
  expect(new Set(labels.map(([, , , split]) => split))).toEqual(new Set(['train', 'validation', 'test']))
})
