import { unreachable } from '../base/assert.ts'
import type { BinaryOperator, Formula, FormulaFunction } from './formula-parser.ts'

/** The names of bands that a formula uses, each once, in order of appearance. */
export function formulaBands(formula: Formula): string[] {
  const names = new Set<string>()
  const visit = (node: Formula): void => {
    switch (node.kind) {
      case 'number':
        return
      case 'band':
        names.add(node.name)
        return
      case 'negate':
        return visit(node.operand)
      case 'binary':
        visit(node.left)
        return visit(node.right)
      case 'call':
        return node.args.forEach(visit)
      default:
        unreachable(node)
    }
  }
  visit(formula)
  return [...names]
}

/**
 * Computes a formula for every pixel, in double precision.
 * A value that is missing, infinite or undefined (division by zero, root or logarithm of a negative number) gives NaN;
 * a comparison with NaN is NaN, and so is `where` on it; both sides of a comparison are rounded to single precision first,
 * which bands are stored in, so that a stored 0.4 equals 0.4. `where` ignores the branch that it does not take.
 * @param bands values by the names that the formula uses; arrays of equal length, not changed
 * @returns new array of that length
 */
export function evaluateFormula(
  formula: Formula,
  bands: ReadonlyMap<string, Float32Array>,
  length: number,
): Float32Array {
  const valueAt = compile(formula, bands)
  const result = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const value = valueAt(i)
    result[i] = Number.isFinite(value) ? value : NaN
  }
  return result
}

type PixelFunction = (pixel: number) => number

function compile(node: Formula, bands: ReadonlyMap<string, Float32Array>): PixelFunction {
  switch (node.kind) {
    case 'number': {
      const { value } = node
      return () => value
    }
    case 'band': {
      const values = bands.get(node.name)
      if (!values) throw new Error(`Broken assumption: the values of band ${node.name} are given`)
      return (pixel) => values[pixel] as number
    }
    case 'negate': {
      const operand = compile(node.operand, bands)
      return (pixel) => -operand(pixel)
    }
    case 'binary':
      return compileBinary(node.operator, compile(node.left, bands), compile(node.right, bands))
    case 'call':
      return compileCall(
        node.name,
        node.args.map((argument) => compile(argument, bands)),
      )
    default:
      return unreachable(node)
  }
}

function compileBinary(operator: BinaryOperator, left: PixelFunction, right: PixelFunction): PixelFunction {
  switch (operator) {
    case '+':
      return (pixel) => left(pixel) + right(pixel)
    case '-':
      return (pixel) => left(pixel) - right(pixel)
    case '*':
      return (pixel) => left(pixel) * right(pixel)
    case '/':
      return (pixel) => {
        const divisor = right(pixel)
        return divisor === 0 ? NaN : left(pixel) / divisor
      }
    case '^':
      // x ** 0 is 1 even for NaN, which would make a value out of none
      return (pixel) => {
        const [base, exponent] = [left(pixel), right(pixel)]
        return Number.isNaN(base) ? NaN : base ** exponent
      }
    case '<':
      return comparison(left, right, (a, b) => a < b)
    case '<=':
      return comparison(left, right, (a, b) => a <= b)
    case '>':
      return comparison(left, right, (a, b) => a > b)
    case '>=':
      return comparison(left, right, (a, b) => a >= b)
    case '==':
      return comparison(left, right, (a, b) => a === b)
    case '!=':
      return comparison(left, right, (a, b) => a !== b)
    default:
      return unreachable(operator)
  }
}

function comparison(
  left: PixelFunction,
  right: PixelFunction,
  holds: (a: number, b: number) => boolean,
): PixelFunction {
  return (pixel) => {
    const [a, b] = [left(pixel), right(pixel)]
    return Number.isNaN(a) || Number.isNaN(b) ? NaN : holds(Math.fround(a), Math.fround(b)) ? 1 : 0
  }
}

function compileCall(name: FormulaFunction, args: readonly PixelFunction[]): PixelFunction {
  const [first, second, third] = args as [PixelFunction, PixelFunction, PixelFunction]
  switch (name) {
    // Math.min and Math.max give NaN when any argument is NaN
    case 'min':
      return (pixel) => args.reduce((least, argument) => Math.min(least, argument(pixel)), Infinity)
    case 'max':
      return (pixel) => args.reduce((most, argument) => Math.max(most, argument(pixel)), -Infinity)
    case 'abs':
      return (pixel) => Math.abs(first(pixel))
    case 'sqrt':
      return (pixel) => Math.sqrt(first(pixel))
    case 'log':
      return (pixel) => Math.log(first(pixel))
    case 'exp':
      return (pixel) => Math.exp(first(pixel))
    case 'where':
      return (pixel) => {
        const condition = first(pixel)
        return Number.isNaN(condition) ? NaN : condition !== 0 ? second(pixel) : third(pixel)
      }
    case 'clamp':
      return (pixel) => Math.min(Math.max(first(pixel), second(pixel)), third(pixel))
    default:
      return unreachable(name)
  }
}
