import { getEventIteratorSchemaDetails, isContractProcedure } from '@orpc/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { router } from '../../../electron/core/router/router.ts'
import { contract } from '../../../shared/contracts/contract.ts'

interface Found {
  readonly path: string
  readonly side: 'input' | 'output'
  readonly schema: z.ZodType
}

interface Described {
  readonly '~orpc': { readonly inputSchema?: z.ZodType; readonly outputSchema?: z.ZodType }
}

function schemasOf(node: unknown, path: string[] = []): Found[] {
  if (isContractProcedure(node)) {
    const { inputSchema, outputSchema } = (node as unknown as Described)['~orpc']
    return (['input', 'output'] as const).flatMap((side) => {
      const schema = side === 'input' ? inputSchema : outputSchema
      const events = schema && getEventIteratorSchemaDetails(schema)
      const found = (events?.yields as z.ZodType | undefined) ?? schema
      return found ? [{ path: path.join('.'), side, schema: found }] : []
    })
  }
  return Object.entries(node as Record<string, unknown>).flatMap(([key, inner]) => schemasOf(inner, [...path, key]))
}

function procedureNames(node: unknown, path: string[] = []): string[] {
  if (isContractProcedure(node) || (typeof node === 'object' && node !== null && '~orpc' in node))
    return [path.join('.')]
  return Object.entries(node as Record<string, unknown>).flatMap(([key, inner]) =>
    procedureNames(inner, [...path, key]),
  )
}

const schemas = schemasOf(contract)

describe('rules for contracts', () => {
  it.each(schemas.map(({ path, side, schema }) => [`${path} ${side}`, schema] as const))(
    'consists of what JSON can carry, no typed arrays, dates or classes: %s',
    (_name, schema) => {
      // `z.instanceof`, `z.custom`, `z.date`, `z.bigint`, `z.map` and the like have no JSON schema.
      expect(() => z.toJSONSchema(schema, { unrepresentable: 'throw' })).not.toThrow()
    },
  )

  it.each(schemas.filter(({ side }) => side === 'input').map(({ path, schema }) => [path, schema] as const))(
    'refuses a typed array in place of the input of %s',
    (_path, schema) => {
      expect(schema.safeParse(new Float32Array(4)).success).toBe(false)
    },
  )

  it('describes the output of every procedure', () => {
    const described = new Set(schemas.filter(({ side }) => side === 'output').map(({ path }) => path))
    expect(procedureNames(contract).filter((name) => !described.has(name))).toEqual([])
  })

  it('implements exactly what is in the contract', () => {
    expect(procedureNames(router).sort()).toEqual(procedureNames(contract).sort())
  })
})
