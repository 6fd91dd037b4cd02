import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/base/app-error.ts'
import { evaluateFormula, formulaBands } from '../../../shared/imaging/formula-evaluation.ts'
import { type Formula, parseFormula } from '../../../shared/imaging/formula-parser.ts'

const bands = new Map([
  ['a', Float32Array.of(2, -3, NaN, 0)],
  ['b', Float32Array.of(5, 0.5, 1, 0)],
  ['B4', Float32Array.of(0.1, 0.2, 0.3, 0)],
  ['Band 5', Float32Array.of(0.4, 0.1, 0.3, 0)],
])
const compute = (text: string) => [...evaluateFormula(parseFormula(text), bands, 4)]
const nan = NaN

describe('formulas', () => {
  it.each<[string, number[]]>([
    ['1 + 2 * 3 - 4 / 8', [6.5, 6.5, 6.5, 6.5]],
    ['-2 ^ 2', [-4, -4, -4, -4]],
    ['2 ^ 3 ^ 2 / 2 ^ -1', [1024, 1024, 1024, 1024]],
    ['(1 - 2) - 3 - -4', [0, 0, 0, 0]],
    ['.5e1 + 1.', [6, 6, 6, 6]],
    ['a * b', [10, -1.5, nan, 0]],
    ['a / b', [0.4000000059604645, -6, nan, nan]],
    ['1 / a', [0.5, -0.3333333432674408, nan, nan]],
    ['0 * (1 / b)', [0, 0, 0, nan]],
    ['a ^ 0', [1, 1, nan, 1]],
    ['sqrt(a)', [1.4142135381698608, nan, nan, 0]],
    ['log(b) * 0', [0, -0, 0, nan]],
    ['exp(1000)', [nan, nan, nan, nan]],
    ['min(a, b, 1)', [1, -3, nan, 0]],
    ['MAX(a, b)', [5, 0.5, nan, 0]],
    ['abs(a)', [2, 3, nan, 0]],
    ['clamp(a, -1, 1)', [1, -1, nan, 0]],
    ['where(a > 0, b, -1)', [5, -1, nan, -1]],
    ['where(b > 0, 7, 1 / b)', [7, 7, 7, nan]],
    ['(a >= 2) + (b != 0.5) + (b == 0)', [2, 0, nan, 2]],
    ['(`Band 5` - B4) * 10', [3, -1, 0, 0]],
  ])('%s', (text, expected) => {
    const result = compute(text)
    expected.forEach((value, i) => {
      if (Number.isNaN(value)) expect(result[i]).toBeNaN()
      else expect(result[i]).toBeCloseTo(value, 6)
    })
  })

  it.each<[string, string, number]>([
    ['', 'formula/syntax', 1],
    ['a +', 'formula/syntax', 4],
    ['a b', 'formula/syntax', 3],
    ['(a + b', 'formula/syntax', 7],
    ['a + b)', 'formula/syntax', 6],
    ['a + * b', 'formula/syntax', 5],
    ['a & b', 'formula/syntax', 3],
    ['a; process.exit()', 'formula/syntax', 2],
    ['a < b < 1', 'formula/syntax', 7],
    ['max(a,)', 'formula/syntax', 7],
    ['1.2.3', 'formula/syntax', 4],
    ['`a', 'formula/syntax', 1],
    ['1 + eval(a)', 'formula/unknown-function', 5],
    ['constructor(a)', 'formula/unknown-function', 1],
    ['2 * sqrt(a, b)', 'formula/arguments', 5],
    ['where(a, b)', 'formula/arguments', 1],
  ])('"%s" fails with %s at position %i', (text, code, position) => {
    expect(() => parseFormula(text)).toThrowError(
      expect.objectContaining({ code, details: expect.objectContaining({ position }) as unknown }),
    )
  })

  it('refuses nesting and length that would exhaust the stack', () => {
    expect(() => parseFormula('('.repeat(900) + 'a' + ')'.repeat(900))).toThrowError(
      expect.objectContaining({ code: 'formula/syntax' }),
    )
    expect(() => parseFormula('-'.repeat(900) + 'a')).toThrowError(expect.objectContaining({ code: 'formula/syntax' }))
    expect(() => parseFormula('a+'.repeat(2000) + 'a')).toThrowError(
      expect.objectContaining({ code: 'formula/too-long' }),
    )
  })

  it('lists the bands it uses once, in order of appearance', () => {
    expect(formulaBands(parseFormula('where(nir > red, (nir - red), `Band 5` ^ blue)'))).toEqual([
      'nir',
      'red',
      'Band 5',
      'blue',
    ])
  })
})

const formulaArbitrary = fc.letrec<{ node: Formula }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'formula' },
    fc.double({ min: 0, max: 1e6, noNaN: true }).map((value): Formula => ({ kind: 'number', value })),
    fc.constantFrom('a', 'b', 'B4', 'Band 5').map((name): Formula => ({ kind: 'band', name, position: 1 })),
    tie('node').map((operand): Formula => ({ kind: 'negate', operand })),
    fc
      .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!=', '+', '-', '*', '/', '^'), tie('node'), tie('node'))
      .map(([operator, left, right]): Formula => ({ kind: 'binary', operator, left, right })),
    fc.tuple(tie('node'), tie('node'), tie('node')).map((args): Formula => ({ kind: 'call', name: 'where', args })),
    fc.tuple(tie('node')).map((args): Formula => ({ kind: 'call', name: 'abs', args })),
  ),
})).node

/** Writes a formula with every operation in parentheses. */
function write(formula: Formula): string {
  switch (formula.kind) {
    case 'number':
      return String(formula.value)
    case 'band':
      return `\`${formula.name}\``
    case 'negate':
      return `(-${write(formula.operand)})`
    case 'binary':
      return `(${write(formula.left)}${formula.operator} ${write(formula.right)})`
    case 'call':
      return `${formula.name}( ${formula.args.map(write).join(' ,')})`
  }
}
const withoutPositions = (formula: Formula): unknown =>
  JSON.parse(JSON.stringify(formula, (key, value: unknown) => (key === 'position' ? undefined : value)))

describe('the parser, for any formula', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(formulaArbitrary, (formula) => {
        expect(withoutPositions(parseFormula(write(formula)))).toEqual(withoutPositions(formula))
      }),
      { seed: 11 },
    )
  })

  it('either reads a text or fails with a formula code and a position inside it, and never otherwise', () => {
    const piece = fc.constantFrom(
      'a',
      'B4',
      '1',
      '2.5',
      '+',
      '-',
      '*',
      '/',
      '^',
      '(',
      ')',
      ',',
      '<',
      'max(',
      '`',
      ' ',
      '$',
      '😀',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 30 }),
          fc.array(piece, { maxLength: 20 }).map((p) => p.join('')),
        ),
        (text) => {
          try {
            parseFormula(text)
          } catch (error) {
            if (!(error instanceof AppError)) throw error
            expect(error.code).toMatch(/^formula\//)
            expect(error.details.position).toBeGreaterThanOrEqual(1)
            expect(error.details.position).toBeLessThanOrEqual(text.length + 1)
          }
        },
      ),
      { seed: 12, numRuns: 2000 },
    )
  })

  it('computes what JavaScript computes, where that is finite and no operand is missing or zero divisor', () => {
    const arithmetic = fc.letrec<{ node: { text: string; value: number } }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'arithmetic' },
        fc.integer({ min: 1, max: 9 }).map((value) => ({ text: String(value), value })),
        fc.tuple(fc.constantFrom('+', '-', '*', '/'), tie('node'), tie('node')).map(([operator, l, r]) => ({
          text: `(${l.text} ${operator} ${r.text})`,
          value:
            operator === '+'
              ? l.value + r.value
              : operator === '-'
                ? l.value - r.value
                : operator === '*'
                  ? l.value * r.value
                  : l.value / r.value,
        })),
      ),
    })).node
    fc.assert(
      fc.property(arithmetic, ({ text, value }) => {
        const [result] = evaluateFormula(parseFormula(text), new Map(), 1)
        if (Number.isFinite(value)) expect(result).toBe(Math.fround(value))
        else expect(result).toBeNaN()
      }),
      { seed: 13 },
    )
  })
})
