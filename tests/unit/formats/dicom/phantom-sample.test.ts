import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'

interface Recipe {
  readonly size: {
    readonly spacingMm: readonly [number, number, number]
    readonly corner: readonly [number, number, number]
  }
  readonly lesions: readonly {
    readonly name: string
    readonly centre: readonly number[]
    readonly radiiMm: readonly number[]
  }[]
}

const samples = fileURLToPath(new URL('../../../../resources/samples', import.meta.url))
const phantom = join(samples, 'phantom')
const recipe = JSON.parse(readFileSync(join(samples, 'phantom-recipe.json'), 'utf8')) as Recipe

describe('the phantom sample', () => {
  it('is three series in three studies, nothing else', async () => {
    const { sequences, problems } = await inspectPaths([phantom])
    expect(problems).toEqual([])
    expect(sequences).toMatchObject([
      { id: 'phantom/study-1', group: '2024-01-15 Phantom head 1', frames: 24, spacingMm: [2, 2, 5], warnings: [] },
      { id: 'phantom/study-2', group: '2024-07-16 Phantom head 2', frames: 24, spacingMm: [2, 2, 5], warnings: [] },
      { id: 'phantom/study-3', group: '2025-01-20 Phantom head 3', frames: 24, spacingMm: [2, 2, 5], warnings: [] },
    ])
  })

  it('holds the lesions of its recipe: one grows, one vanishes, one stays', async () => {
    const [row, column, slice] = recipe.size.spacingMm
    const sizes: Record<string, number[]> = {}
    for (const study of [1, 2, 3]) {
      const reader = await openSequence([phantom], `phantom/study-${study}`)
      expect(reader.medical?.geometry).toMatchObject({ isVolume: true, frameSpacing: slice })
      const frames = Array.from({ length: 24 }, (_, i) => i)
      const { values } = await reader.read({ frames, bands: [0], window: { row: 0, column: 0, height: 96, width: 96 } })
      for (const { name, centre } of recipe.lesions) {
        let count = 0
        values.forEach((value, i) => {
          const place = [
            recipe.size.corner[0] + (i % 96) * column,
            recipe.size.corner[1] + (Math.floor(i / 96) % 96) * row,
            recipe.size.corner[2] + Math.floor(i / 9216) * slice,
          ]
          const distance = Math.hypot(...place.map((mm, axis) => mm - (centre[axis] ?? 0)))
          if (value > 480 && distance < 18) count++
        })
        sizes[name] = [...(sizes[name] ?? []), count * row * column * slice]
      }
      await reader.close()
    }
    const [first = 0, second = 0, third = 0] = sizes['growing'] ?? []
    expect(first).toBeGreaterThan(300)
    expect(second).toBeGreaterThan(2 * first)
    expect(third).toBeGreaterThan(1.5 * second)
    const [before = 0, between = 0, after = NaN] = sizes['vanishing'] ?? []
    expect(before).toBeGreaterThan(2 * between)
    expect(after).toBe(0)
    const stable = sizes['stable'] ?? []
    expect(Math.max(...stable)).toBeLessThan(1.3 * Math.min(...stable))
  })
})
