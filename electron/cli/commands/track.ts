import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  type CorrectionLog,
  correctionLogSchema,
  correctionSchema,
} from '../../../shared/domain/medical/lesion-corrections.ts'
import { type LandmarkFile, landmarkFileSchema } from '../../../shared/domain/medical/landmarks.ts'
import type { RegistrationChoice, TrackReport } from '../../../shared/domain/medical/track-report.ts'
import { ruleSentence } from '../../../shared/metrics/recist-sentence.ts'
import { followJob } from '../follow-job.ts'
import { formatTable } from '../format-table.ts'
import type { CommandContext } from '../program.ts'

interface TrackFlags {
  readonly baseline: string
  readonly followUp: string[]
  readonly out: string
  readonly masks?: string[]
  readonly model?: string
  readonly device?: string
  readonly series?: string
  readonly registration: RegistrationChoice
  readonly threshold?: number | 'auto'
  readonly minimumMm3: number
  readonly organ?: string
  readonly nodes?: boolean
  readonly changes?: boolean
  readonly landmarks?: string
  readonly corrections?: string
  readonly dicom?: boolean
}

const examples = `
Example:
  chronolens track --baseline resources/samples/phantom/study-1 \\
    --follow-up resources/samples/phantom/study-2 resources/samples/phantom/study-3 --out lesions

Lesions come from --masks, else from segmentations, structure sets and NIfTI masks in the folders, else from --model,
else from a threshold.
The folder gets tracking.json, lesions.csv and report.html. Studies of two patients are never linked.`

/** `chronolens track`: the same lesions over several studies of one patient. */
export function addTrackCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('track')
    .summary('follow lesions over studies of one patient')
    .description(
      'Finds the same lesions in several studies of one patient, measures them, and says the response by RECIST 1.1.',
    )
    .requiredOption('--baseline <dir>', 'first study: a folder of DICOM or NIfTI images')
    .requiredOption('--follow-up <dir...>', 'later studies of the same patient')
    .requiredOption('--out <dir>', 'folder for tables and report')
    .option('--masks <path...>', "masks of the studies (SEG, RTSTRUCT, NIfTI), the baseline's first")
    .option('--model <dir>', 'network of "train lesion-segmentation" that marks the studies without masks')
    .option('--device <id>', 'where the network computes, see "chronolens devices"')
    .option('--series <text>', 'part of the id or description of the series to follow, where a study holds several')
    .addOption(
      new Option('--registration <kind>', 'how the studies are laid over each other')
        .choices(['rigid', 'affine', 'none'])
        .default('rigid'),
    )
    .option(
      '--landmarks <file>',
      'lay studies over the baseline by these landmarks (JSON, as the Follow page exports them)',
    )
    .option('--threshold <value>', 'find bright spots from this value on ("auto": made from the images)', level)
    .option('--minimum-mm3 <volume>', 'leave out smaller lesions', volume, 0)
    .option('--organ <name>', 'organ of all lesions; at most two of one organ are targets')
    .option('--nodes', 'the lesions are lymph nodes, measured by their short axis')
    .option('--corrections <file>', 'corrections of links and roles (JSON), as the Follow page keeps them')
    .option('--changes', 'also look for what became brighter or darker since the study before')
    .option('--dicom', 'also write segmentations (SEG) and reports (SR); they name the patient as the images do')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(async ({ followUp, masks = [], nodes = false, changes = false, dicom = false, ...flags }: TrackFlags) => {
      const corrections = flags.corrections === undefined ? undefined : await readCorrections(flags.corrections)
      const landmarks = flags.landmarks === undefined ? undefined : await readLandmarks(flags.landmarks)
      const report = await followJob(
        core.lesions.track({ ...flags, corrections, landmarks, followUps: followUp, masks, nodes, changes, dicom }),
        terminal,
      )
      terminal.result(report, describeTracking(report))
    })
}

/** Steps as the page keeps them (`corrections.json`), or the list of steps alone, all of which then hold. */
const correctionsFileSchema = z.union([
  z.object({ log: correctionLogSchema }).transform(({ log }) => log),
  z.array(correctionSchema).transform((steps): CorrectionLog => ({ steps, position: steps.length })),
])

async function readCorrections(path: string): Promise<CorrectionLog> {
  try {
    return correctionsFileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new AppError(
      'lesions/bad-corrections',
      `"${path}" is not there or holds no corrections of lesions; give "corrections.json" of a tracking, or a JSON list of steps such as [{"kind": "separate", "lesion": "s2-1"}].`,
      { path },
      { cause: error },
    )
  }
}

async function readLandmarks(path: string): Promise<LandmarkFile> {
  try {
    return landmarkFileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new AppError(
      'lesions/bad-landmarks',
      `"${path}" is not there or holds no landmarks; give a file that the Follow page exported, such as {"format": "chronolens-landmarks", "version": 1, "studies": [{"study": 1, "pairs": [{"baseline": [0, 0, 0], "followUp": [1, 2, 3]}, ...]}]}.`,
      { path },
      { cause: error },
    )
  }
}

function level(text: string): number | 'auto' {
  const value = Number(text)
  if (text === 'auto') return text
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number or "auto".')
}

function volume(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('It must be a number of at least 0.')
}

function changesOf(changes: TrackReport['changes'], dates: readonly string[]): string[] {
  return dates.flatMap((date, study) =>
    (['brighter', 'darker'] as const).flatMap((kind) => {
      const some = changes.filter((spot) => spot.study === study && spot.kind === kind)
      const ml = some.reduce((sum, { volumeMl }) => sum + volumeMl, 0)
      return some.length === 0
        ? []
        : [`${date}: ${some.length} ${some.length === 1 ? 'spot' : 'spots'} ${kind} than before, ${ml.toFixed(2)} ml`]
    }),
  )
}

function describeTracking({
  studies,
  lesions,
  measurements,
  response,
  model,
  changes,
  warnings,
  files,
}: TrackReport): string {
  const dates = studies.map(({ date, study }) => date ?? `study ${study + 1}`)
  const byId = new Map(measurements.map(({ id, measures }) => [id, measures]))
  const rows = lesions.map((track) => [
    `lesion ${track.number}`,
    ...track.lesions.map((id, study) => {
      const measures = byId.get(id ?? '')
      const event = track.events[study] ?? ''
      if (!measures) return event === 'absent' ? '-' : event
      const size = `${measures.longAxisMm.toFixed(1)} x ${measures.shortAxisMm.toFixed(1)} mm, ${measures.volumeMl.toFixed(2)} ml`
      return event === 'followed' || event === 'baseline' ? size : `${size} (${event})`
    }),
  ])
  const verdicts = response.followUps.map((entry) => [
    dates[entry.study] ?? '',
    entry.overall,
    entry.sumMm === null ? '-' : `${entry.sumMm.toFixed(1)} mm`,
    entry.percentFromBaseline === null ? '-' : `${entry.percentFromBaseline.toFixed(1)} %`,
    ruleSentence(entry.rule),
  ])
  return [
    lesions.length === 0 ? 'No lesions were found.' : formatTable([['', ...dates], ...rows]),
    '',
    formatTable([['RECIST 1.1', 'response', 'sum', 'from baseline', 'rule'], ...verdicts]),
    '',
    ...changesOf(changes, dates),
    ...studies.flatMap(({ study, registration: { landmarks } }) =>
      landmarks
        ? [
            `${dates[study]}: laid over the baseline by ${landmarks.pairs.length} landmarks, residual ${landmarks.meanMm.toFixed(1)} mm (largest ${landmarks.largestMm.toFixed(1)})`,
          ]
        : [],
    ),
    ...(model
      ? [`network  ${model.name} ${model.sha256.slice(0, 12)}, Dice ${model.dice?.toFixed(2) ?? '-'} when tested`]
      : []),
    ...warnings.map((text) => `warning: ${text}`),
    ...files.map(({ role, path }) => `${role}  ${path}`),
  ].join('\n')
}
