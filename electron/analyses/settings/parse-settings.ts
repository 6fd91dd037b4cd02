import type { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'

/** Options given as text, `--set key=value`. */
export type Settings = { readonly [key: string]: string }

/** What a text can mean, the most particular first: a number, a truth value, a list, or itself. */
function readings(text: string): unknown[] {
  const trimmed = text.trim()
  const parts = trimmed.split(',').map((part) => part.trim())
  const number = (part: string): number => (part === '' ? NaN : Number(part))
  const numbers = parts.map(number)
  return [
    ...(Number.isNaN(number(trimmed)) ? [] : [number(trimmed)]),
    ...(trimmed === 'true' || trimmed === 'false' ? [trimmed === 'true'] : []),
    trimmed,
    ...(numbers.some(Number.isNaN) ? [] : [numbers]),
    parts,
  ]
}

/** The settings whose keys belong to a schema. */
export function settingsFor(settings: Settings, keys: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => keys.includes(key)))
}

/**
 * Options as their schema wants them, from text; what is not given takes its default.
 * @throws `usage/bad-setting` that names the key, what was given and what is allowed
 */
export function parseSettings<Shape extends z.ZodRawShape>(
  settings: Settings,
  schema: z.ZodObject<Shape>,
): z.infer<z.ZodObject<Shape>> {
  const values: { [key: string]: unknown } = {}
  for (const [key, text] of Object.entries(settings)) {
    const field = schema.shape[key] as z.ZodType | undefined
    if (!field) continue
    const tried = readings(text).map((value) => field.safeParse(value))
    const accepted = tried.find((result) => result.success)
    if (!accepted) {
      const issue = tried[0]?.error?.issues[0]?.message ?? 'it is not understood'
      throw new AppError('usage/bad-setting', `The setting ${key}=${text} cannot be used: ${issue}.`, {
        key,
        value: text,
      })
    }
    values[key] = accepted.data
  }
  return schema.parse(values)
}

/** The options that were given, and no defaults: to lay over those of an earlier run. @throws as `parseSettings` */
export function parseGiven<Shape extends z.ZodRawShape>(
  settings: Settings,
  schema: z.ZodObject<Shape>,
): Partial<z.infer<z.ZodObject<Shape>>> {
  const values: Record<string, unknown> = parseSettings(settings, schema)
  return Object.fromEntries(Object.entries(values).filter(([key]) => key in settings)) as never
}

/** Refuses settings that nothing would read. @throws `usage/unknown-setting` with the keys there are */
export function refuseUnknown(settings: Settings, known: readonly string[]): void {
  const unknown = Object.keys(settings).find((key) => !known.includes(key))
  if (unknown === undefined) return
  const list = [...new Set(known)].sort().join(', ')
  throw new AppError('usage/unknown-setting', `There is no setting "${unknown}" here; settings are: ${list}.`, {
    key: unknown,
    known: [...new Set(known)].sort(),
  })
}
