import { z } from 'zod'
import type { SettingDescription } from '../../../shared/domain/training-choices.ts'

/** The part of JSON Schema that option schemas use. */
const propertySchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
})

/**
 * Describes the options of a schema for a form. Limits are inclusive; those that JSON Schema states only because integers
 * end somewhere are left out.
 */
export function describeSettings(schema: z.ZodObject): SettingDescription[] {
  const json = z.toJSONSchema(schema, { io: 'input' })
  return Object.entries(json.properties ?? {}).map(([key, property]) => describe(key, propertySchema.parse(property)))
}

function describe(key: string, property: z.infer<typeof propertySchema>): SettingDescription {
  const { minimum = property.exclusiveMinimum, maximum } = property
  const bound = (value: number | undefined): number | null =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value
  return {
    key,
    type: typeOf(property),
    initial: property.default === undefined ? null : textOf(property.default),
    minimum: bound(minimum),
    maximum: bound(maximum),
    choices: property.enum ?? [],
  }
}

function typeOf({ type, enum: choices }: z.infer<typeof propertySchema>): SettingDescription['type'] {
  if (choices) return 'choice'
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return type
    case 'array':
      return 'list'
    default:
      return 'text'
  }
}

/** In the form that `parseSettings` reads. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}
