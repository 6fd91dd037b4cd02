import { InvalidArgumentError } from 'commander'

/** Parser of an option that takes a whole number from `least` up. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
  }
}

/** Collects repeated `--set key=value`; of the same key the last one counts. */
export function collectSetting(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const split = text.indexOf('=')
  const key = text.slice(0, split).trim()
  if (split < 0 || key === '') throw new InvalidArgumentError('It must have the form key=value.')
  // From entries, so that a key like "__proto__" stays a plain key.
  return Object.fromEntries([...Object.entries(before), [key, text.slice(split + 1).trim()]])
}
