import { AppError } from '../base/app-error.ts'
import { type FormulaToken, tokenizeFormula } from './formula-tokens.ts'

/** Operators of two operands, loosest first: comparison gives 1 or 0; `^` is power and binds to the right. */
export type BinaryOperator = '<' | '<=' | '>' | '>=' | '==' | '!=' | '+' | '-' | '*' | '/' | '^'

/** The functions a formula may call, with the number of arguments each takes: [least, most]. */
export const formulaFunctions = {
  min: [2, 16],
  max: [2, 16],
  abs: [1, 1],
  sqrt: [1, 1],
  log: [1, 1],
  exp: [1, 1],
  where: [3, 3],
  clamp: [3, 3],
} as const satisfies Record<string, readonly [number, number]>

/** Name of a function that a formula may call. */
export type FormulaFunction = keyof typeof formulaFunctions

/** A parsed formula. */
export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'band'; readonly name: string; readonly position: number }
  | { readonly kind: 'negate'; readonly operand: Formula }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Formula; readonly right: Formula }
  | { readonly kind: 'call'; readonly name: FormulaFunction; readonly args: readonly Formula[] }

const longestFormula = 2000
const deepestNesting = 100

/**
 * Reads a formula over band names: numbers, names (in backquotes where they hold other signs than letters, digits,
 * `_` and `.`), `+ - * / ^`, comparisons, parentheses and the functions of `formulaFunctions`. Nothing is executed.
 * `-a^2` is `-(a^2)`, `2^3^2` is `2^9`; comparisons do not chain.
 * @throws `formula/syntax` with the position (from 1), `formula/unknown-function`, `formula/arguments`, `formula/too-long`
 */
export function parseFormula(text: string): Formula {
  if (text.length > longestFormula)
    throw new AppError(
      'formula/too-long',
      `The formula has ${text.length} characters; at most ${longestFormula} are allowed.`,
      { length: text.length },
    )
  return new FormulaParser(text).parse()
}

/** Recursive descent, one method per level of precedence. */
class FormulaParser {
  private readonly text: string
  private readonly tokens: readonly FormulaToken[]
  private next = 0
  private depth = 0

  constructor(text: string) {
    this.text = text
    this.tokens = tokenizeFormula(text)
  }

  parse(): Formula {
    const formula = this.comparison()
    const rest = this.tokens[this.next]
    if (rest) throw this.error(`unexpected "${rest.text}"`, rest.position)
    return formula
  }

  private comparison(): Formula {
    const left = this.sum()
    const operator = this.takeOperator('<', '<=', '>', '>=', '==', '!=')
    return operator ? { kind: 'binary', operator, left, right: this.sum() } : left
  }

  private sum(): Formula {
    let left = this.product()
    for (let operator = this.takeOperator('+', '-'); operator; operator = this.takeOperator('+', '-'))
      left = { kind: 'binary', operator, left, right: this.product() }
    return left
  }

  private product(): Formula {
    let left = this.signed()
    for (let operator = this.takeOperator('*', '/'); operator; operator = this.takeOperator('*', '/'))
      left = { kind: 'binary', operator, left, right: this.signed() }
    return left
  }

  private signed(): Formula {
    const sign = this.takeOperator('-', '+')
    if (sign === null) return this.power()
    const operand = this.nested(() => this.signed())
    return sign === '-' ? { kind: 'negate', operand } : operand
  }

  private power(): Formula {
    const left = this.primary()
    if (!this.takeOperator('^')) return left
    return { kind: 'binary', operator: '^', left, right: this.nested(() => this.signed()) }
  }

  private primary(): Formula {
    const token = this.tokens[this.next]
    if (!token) throw this.error('the formula ends where a number, a band or "(" is expected', this.text.length + 1)
    this.next++
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) }
    if (token.kind === 'name') {
      const isCall = !token.isQuoted && this.tokens[this.next]?.text === '(' && !this.tokens[this.next]?.isQuoted
      return isCall ? this.call(token) : { kind: 'band', name: token.text, position: token.position }
    }
    if (token.text !== '(')
      throw this.error(`"${token.text}" stands where a number, a band or "(" is expected`, token.position)
    const inner = this.nested(() => this.comparison())
    this.expect(')', token.position)
    return inner
  }

  private call(token: FormulaToken): Formula {
    const name = token.text.toLowerCase()
    if (!isFormulaFunction(name))
      throw new AppError(
        'formula/unknown-function',
        `The formula calls "${token.text}" at position ${token.position}; known functions are ${Object.keys(formulaFunctions).join(', ')}.`,
        { formula: this.text, position: token.position, name: token.text },
      )
    const open = this.tokens[this.next++] as FormulaToken
    const args: Formula[] = []
    do args.push(this.nested(() => this.comparison()))
    while (this.takeSymbol(','))
    this.expect(')', open.position)
    const [least, most] = formulaFunctions[name]
    if (args.length < least || args.length > most)
      throw new AppError(
        'formula/arguments',
        `${name}() at position ${token.position} takes ${least === most ? least : `${least} to ${most}`} arguments, got ${args.length}.`,
        { formula: this.text, position: token.position, name, count: args.length },
      )
    return { kind: 'call', name, args }
  }

  private nested(parse: () => Formula): Formula {
    if (++this.depth > deepestNesting)
      throw this.error(
        `more than ${deepestNesting} levels of nesting`,
        this.tokens[this.next]?.position ?? this.text.length,
      )
    const formula = parse()
    this.depth--
    return formula
  }

  private takeOperator<T extends BinaryOperator>(...operators: readonly T[]): T | null {
    const token = this.tokens[this.next]
    const found = token?.kind === 'symbol' ? operators.find((operator) => operator === token.text) : undefined
    if (found === undefined) return null
    this.next++
    return found
  }

  private takeSymbol(text: string): boolean {
    const token = this.tokens[this.next]
    if (token?.kind !== 'symbol' || token.text !== text) return false
    this.next++
    return true
  }

  private expect(text: string, openedAt: number): void {
    if (this.takeSymbol(text)) return
    const token = this.tokens[this.next]
    throw this.error(
      `${token ? `"${token.text}" stands` : 'the formula ends'} where "${text}" is expected for the parenthesis at ${openedAt}`,
      token?.position ?? this.text.length + 1,
    )
  }

  private error(what: string, position: number): AppError {
    return new AppError(
      'formula/syntax',
      `The formula "${this.text}" cannot be read at position ${position}: ${what}.`,
      {
        formula: this.text,
        position,
      },
    )
  }
}

function isFormulaFunction(name: string): name is FormulaFunction {
  return Object.hasOwn(formulaFunctions, name)
}
