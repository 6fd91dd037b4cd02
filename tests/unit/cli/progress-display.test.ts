import { describe, expect, it } from 'vitest'
import { createProgressDisplay, describeProgress, formatSeconds } from '../../../electron/cli/progress-display.ts'

const training = (done: number, note?: string) => ({
  stage: 'Training',
  done,
  total: 40,
  values: { loss: 0.123456 },
  ...(note === undefined ? {} : { note }),
})

function record(isTTY: boolean) {
  const written: string[] = []
  let now = 0
  const stream = { isTTY, columns: 50, write: (text: string) => written.push(text) }
  const display = createProgressDisplay(stream, () => now)
  return { written, display, at: (ms: number) => (now = ms) }
}

describe('progress', () => {
  it('says stage, share, time left and figures', () => {
    expect(describeProgress(training(10), 200)).toBe('Training · 25 % · 3 min 20 s left · loss 0.1235')
    expect(describeProgress({ stage: 'Reading', done: 7, total: 0 }, null)).toBe('Reading')
  })

  it.each([
    [0.4, '0 s'],
    [59.6, '1 min 00 s'],
    [3599, '59 min 59 s'],
    [7500, '2 h 05 min'],
  ])('%d seconds are "%s"', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text)
  })

  it('rewrites one line on a terminal, never longer than the terminal is wide, and notes stay above it', () => {
    const { written, display } = record(true)
    display.update(training(10, 'A remark'), 200)
    display.clear()
    const erase = '\r\x1b[2K'
    expect(written).toEqual([
      `${erase}A remark\n`,
      `${erase}${'Training · 25 % · 3 min 20 s left · loss 0.1235'.slice(0, 49)}`,
      erase,
    ])
  })

  it('writes plain lines elsewhere: each stage once, every note, and one line in ten seconds', () => {
    const { written, display, at } = record(false)
    for (let second = 0; second <= 25; second++) {
      at(second * 1000)
      display.update(training(second, second === 3 ? 'A remark' : undefined), null)
    }
    display.update({ stage: 'Writing the model', done: 0, total: 0 }, null)
    expect(written.map((line) => line.replace(' · loss 0.1235', ''))).toEqual([
      'Training · 0 %\n',
      'A remark\n',
      'Training · 25 %\n',
      'Training · 50 %\n',
      'Writing the model\n',
    ])
    expect(written.join('')).not.toContain('\x1b')
  })

  it('shows control characters from files instead of obeying them', () => {
    const { written, display } = record(false)
    display.update({ stage: 'Reading \x1b[31mred\x07', done: 0, total: 0 }, null)
    expect(written).toEqual(['Reading \\x1b[31mred\\x07\n'])
  })
})
