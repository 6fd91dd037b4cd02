import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { TrackReport } from '../../../shared/domain/medical/track-report.ts'
import { sample, startCli } from './run-cli.ts'

const study = (number: number): string =>
  fileURLToPath(new URL(`../../../resources/samples/phantom/study-${number}`, import.meta.url))
const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'chronolens-track-')), 'lesions')
const track = (out: string, ...followUps: string[]) =>
  startCli(['track', '--baseline', study(1), '--follow-up', ...followUps, '--out', out, '--json']).ended

test(
  'follows the lesions of the phantom: one shrinks and vanishes, one stays, one grows',
  { timeout: 120_000 },
  async () => {
    const out = newFolder()
    const { code, stdout } = await track(out, study(2), study(3))
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as TrackReport
    expect(report.studies.map(({ date }) => date)).toEqual(['2024-01-15', '2024-07-16', '2025-01-20'])
    expect(report.lesions.map(({ events }) => events.at(-1))).toEqual(['gone', 'followed', 'followed'])
    expect(report.response.followUps.map(({ overall }) => overall)).toEqual(['SD', 'SD'])
    expect(report.warnings.join(' ')).toMatch(/no masks were given/i)
    expect(readdirSync(out).sort()).toEqual(['lesions.csv', 'report.html', 'tracking.json'])
    expect(readFileSync(join(out, 'lesions.csv'), 'utf8').trim().split('\n')).toHaveLength(1 + 3 * 3)
  },
)

test(
  'images that are not of a patient are refused with the reason, and nothing is written',
  { timeout: 60_000 },
  async () => {
    const out = newFolder()
    const { code, stdout } = await track(out, sample)
    expect(code).toBe(3)
    expect((JSON.parse(stdout) as { error: { code: string } }).error.code).toBe('lesions/no-series')
    expect(existsSync(out)).toBe(false)
  },
)
