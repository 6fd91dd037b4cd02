import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { messages } from '../../../renderer/locales/translations.ts'

const page = fileURLToPath(new URL('../../../renderer/', import.meta.url))

function keysOf(value: unknown, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix]
  return Object.entries(value as object).flatMap(([key, part]) =>
    keysOf(part, prefix === '' ? key : `${prefix}.${key}`),
  )
}

describe('the texts of the page', () => {
  it('are the same keys in English and Chinese', () => {
    expect(keysOf(messages['zh-CN']).sort()).toEqual(keysOf(messages.en).sort())
  })

  it('hold the same placeholders in both languages', () => {
    const at = (texts: unknown, key: string): string =>
      String(key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], texts))
    const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
    for (const key of keysOf(messages.en))
      expect([key, places(at(messages['zh-CN'], key))]).toEqual([key, places(at(messages.en, key))])
  })

  it('exist wherever a component asks for one by name', () => {
    const known = new Set(keysOf(messages.en))
    const files = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name))
    const asked = files.flatMap((name) =>
      [...readFileSync(join(page, name), 'utf8').matchAll(/\b(?:t|tell)\(\s*'([a-z]\w*\.[\w.-]+)'/g)].map(
        (match) => match[1] ?? '',
      ),
    )
    expect(asked.length).toBeGreaterThan(150)
    expect(asked.filter((key) => !known.has(key))).toEqual([])
  })
})
