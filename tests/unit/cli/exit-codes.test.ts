import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../electron/cli/exit-codes.ts'
import { collectSetting, wholeNumber } from '../../../electron/cli/parse-options.ts'
import { AbortError } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'

describe('exit codes', () => {
  it.each([
    ['usage/unknown-setting', 2],
    ['formula/syntax', 2],
    ['formats/not-found', 3],
    ['geotiff/truncated', 3],
    ['labels/bad-date', 3],
    ['contract/bands', 3],
    ['model/damaged', 3],
    ['store/not-readable', 3],
    ['device/unknown', 4],
    ['device/not-available', 4],
    ['compute/device-failed', 4],
    ['store/no-space', 1],
    ['store/not-empty', 1],
    ['compute/crashed', 1],
    ['compute/out-of-memory', 1],
    ['training/not-finite', 1],
    ['somewhere/new', 1],
  ])('of %s is %d', (code, exitCode) => {
    expect(exitCodeOf(new AppError(code, 'text'))).toBe(exitCode)
  })

  it('of a cancelled command is 5, of a bug 1', () => {
    expect(exitCodeOf(new AbortError())).toBe(5)
    expect(exitCodeOf(new TypeError('x is not a function'))).toBe(1)
  })
})

describe('options', () => {
  it('--set takes values with "=" and blanks, the last of the same key, and keys that mean something to JavaScript', () => {
    let settings = {}
    for (const text of ['index=a = b', 'units=3', 'units=5', '__proto__=x', 'empty='])
      settings = collectSetting(text, settings)
    expect(Object.entries(settings)).toEqual([
      ['index', 'a = b'],
      ['units', '5'],
      ['__proto__', 'x'],
      ['empty', ''],
    ])
  })

  it.each(['units', '=3', ''])('--set refuses "%s"', (text) => {
    expect(() => collectSetting(text, {})).toThrow(/key=value/)
  })

  it.each(['-1', '1.5', '1e3', 'ten', '', '99999999999999999999'])('a whole number is not "%s"', (text) => {
    expect(() => wholeNumber(0)(text)).toThrow(/whole number/)
  })
})
