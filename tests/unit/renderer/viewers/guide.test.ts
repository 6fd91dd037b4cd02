import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { guideBlocks, guideLine, type GuideBlock } from '../../../../renderer/viewers/guide/markdown.ts'

const folder = fileURLToPath(new URL('../../../../docs/guide/', import.meta.url))
const names = ['README', 'land-use', 'medical', 'video']
const blocksOf = (path: string): GuideBlock[] => guideBlocks(readFileSync(join(folder, path), 'utf8'))

describe('the guide', () => {
  test('is read as what it means', () => {
    expect(guideLine('Press **X**, then `[`; see [Video](video.md).')).toEqual([
      { kind: 'text', text: 'Press ' },
      { kind: 'strong', text: 'X' },
      { kind: 'text', text: ', then ' },
      { kind: 'code', text: '[' },
      { kind: 'text', text: '; see ' },
      { kind: 'link', text: 'Video', target: 'video.md' },
      { kind: 'text', text: '.' },
    ])
    expect(guideBlocks('## A\n\n- b\n- c\n\n| d | e |\n| - | - |\n| f | g |\n\n![h](i.png)\n\nj\nk').map(({ kind }) => kind)).toEqual(['heading', 'list', 'table', 'picture', 'paragraph']) // prettier-ignore
  })

  test.each(names)('says the same in both languages: %s', (name) => {
    const [english, chinese] = [blocksOf(`${name}.md`), blocksOf(`zh-cn/${name}.md`)]
    expect(chinese.map(({ kind }) => kind)).toEqual(english.map(({ kind }) => kind))
  })

  test.each(names.flatMap((name) => [`${name}.md`, `zh-cn/${name}.md`]))('has its pictures and pages: %s', (path) => {
    for (const block of blocksOf(path)) {
      if (block.kind === 'picture') {
        const picture = join(folder, dirname(path), block.source)
        expect([picture, existsSync(picture)]).toEqual([picture, true])
        // Small enough to be part of the program.
        expect(statSync(picture).size).toBeLessThan(200 * 1024)
      }
      const lines = block.kind === 'paragraph' ? [block.line] : block.kind === 'list' ? block.items : []
      for (const piece of lines.flat())
        if (piece.kind === 'link') expect(existsSync(join(folder, dirname(path), piece.target))).toBe(true)
    }
  })
})
