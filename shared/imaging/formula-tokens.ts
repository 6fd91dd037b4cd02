import { AppError } from '../base/app-error.ts'

/** The smallest piece of a formula. */
export interface FormulaToken {
  readonly kind: 'number' | 'name' | 'symbol'
  /** As written, without backquotes. */
  readonly text: string
  /** Where it starts, from 1. */
  readonly position: number
  readonly isQuoted: boolean
}

const spaces = /\s+/y
const patterns = [
  { kind: 'number', pattern: /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y },
  { kind: 'name', pattern: /[A-Za-z_][A-Za-z0-9_.]*/y },
  { kind: 'name', pattern: /`([^`]+)`/y },
  { kind: 'symbol', pattern: /<=|>=|==|!=|[-+*/^(),<>]/y },
] as const

/**
 * Cuts a formula into numbers, names and symbols.
 * @throws `formula/syntax` at the first sign that belongs to none of them
 */
export function tokenizeFormula(text: string): FormulaToken[] {
  const tokens: FormulaToken[] = []
  let place = skipSpaces(text, 0)
  while (place < text.length) {
    const token = tokenAt(text, place)
    if (token === null)
      throw new AppError(
        'formula/syntax',
        `The formula "${text}" cannot be read at position ${place + 1}: "${String.fromCodePoint(text.codePointAt(place) ?? 63)}" is not part of the language.`,
        { formula: text, position: place + 1 },
      )
    tokens.push(token.token)
    place = skipSpaces(text, token.end)
  }
  return tokens
}

function tokenAt(text: string, place: number): { token: FormulaToken; end: number } | null {
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = place
    const match = pattern.exec(text)
    if (!match) continue
    const isQuoted = match[1] !== undefined
    return { token: { kind, text: match[1] ?? match[0], position: place + 1, isQuoted }, end: place + match[0].length }
  }
  return null
}

function skipSpaces(text: string, place: number): number {
  spaces.lastIndex = place
  const match = spaces.exec(text)
  return match ? place + match[0].length : place
}
