import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { sequenceFinder } from '../../../shared/domain/sequence-finder.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { isClipTable, readCsvClips } from '../../formats/labels/csv-clips.ts'
import { chooseSequence, findSequences } from '../../formats/open-sequences.ts'
import { toReadError } from '../../store/store-error.ts'
import { subsetOfPath } from '../frames/split-groups.ts'
import type { JobContext } from '../task.ts'
import type { ActionData } from './action-options.ts'

/** A sequence, or a span of one, with its class. */
export interface LabelledSpan {
  readonly source: FoundSequence
  readonly label: string
  /** What must not be divided: patient, actor, scene; the sequence's own id where nothing is known. */
  readonly group: string
  readonly subset: Subset | null
  /** Seconds from the first frame; null is all of it. */
  readonly span: { readonly start: number; readonly end: number } | null
}

/** Labelled clips of a folder. */
export interface LabelledClips {
  readonly spans: readonly LabelledSpan[]
  /** Class names, sorted. */
  readonly labels: readonly string[]
  readonly remarks: readonly Remark[]
}

/**
 * Finds the clips of a folder with their classes: from a table `path,label,group,split,start,end`, else from the folders that the
 * clips lie in (`class/clip.mp4`, `train/class/clip.mp4`).
 * @param given `labels`: label file, looked for in the folder where absent; `sequence`: the one that is meant, where not all are
 * @throws `labels/none`, `dataset/one-class`, `labels/*` of the table, `formats/*`
 */
export async function findLabelledClips(
  path: string,
  { labels: table, sequence }: Pick<ActionData, 'labels' | 'sequence'>,
  context: JobContext,
): Promise<LabelledClips> {
  const { sequences: all, problems } = await findSequences([path], { signal: context.signal, report: context.report })
  const sequences = sequence === undefined ? all : [chooseSequence(all, problems, [path], sequence)]
  const remarks: Remark[] = []
  // A table or a note beside the clips is no clip that is missing.
  const broken = problems.filter(({ code }) => code !== 'formats/not-a-sequence' && code !== 'formats/unknown')
  if (broken.length > 0)
    remarks.push({
      code: 'dataset/unreadable-files',
      message: `${broken.length} files could not be read and are left out; the first: ${broken[0]?.message ?? ''}`,
      details: { count: broken.length, first: broken[0]?.message ?? '' },
    })
  const file = table === undefined ? await findTable(path) : resolve(table)
  const spans = file ? await fromTable(file, sequences, remarks) : fromFolders(sequences, remarks)
  const labels = [...new Set(spans.map(({ label }) => label))].sort()
  if (spans.length === 0)
    throw new AppError(
      'labels/no-clips',
      `No labelled clip was found in "${path}": give a table with the columns path and label, or sort the clips into one folder for each class.${broken[0] ? ` ${broken[0].message}` : ''}`,
      { sequences: sequences.length },
    )
  if (labels.length < 2)
    throw new AppError(
      'dataset/one-class',
      `All clips have the class "${labels[0] ?? ''}"; at least two classes are needed to tell apart.`,
      { label: labels[0] ?? '' },
    )
  return { spans, labels, remarks }
}

/** The table of clips in a folder; null where there is none. */
async function findTable(path: string): Promise<string | null> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return null
  const names = (await readdir(path)).filter((name) => /\.(csv|tsv)$/i.test(name) && !name.startsWith('.')).sort()
  for (const name of [...names.filter((one) => /^labels\./i.test(one)), ...names])
    if (isClipTable(await readText(join(path, name)))) return join(path, name)
  return null
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw toReadError(error, path)
  }
}

async function fromTable(
  file: string,
  sequences: readonly FoundSequence[],
  remarks: Remark[],
): Promise<LabelledSpan[]> {
  const clips = readCsvClips(await readText(file), basename(file))
  const find = sequenceFinder(sequences.map(({ info }) => info))
  const byId = new Map(sequences.map((sequence) => [sequence.info.id, sequence]))
  const missing: string[] = []
  const spans = clips.flatMap(({ path, label, group, subset, span }): LabelledSpan[] => {
    const source = byId.get(find(path)?.id ?? '')
    if (!source) missing.push(path)
    return source ? [{ source, label, group: group ?? source.info.id, subset, span }] : []
  })
  if (missing.length > 0)
    remarks.push({
      code: 'labels/clips-missing',
      message: `${missing.length} clips of the table are not in the folder, or cannot be read; the first: ${missing[0] ?? ''}.`,
      details: { count: missing.length, first: missing[0] ?? '' },
    })
  if (spans.length > 0 && clips.every(({ group }) => group === null)) remarks.push(withoutGroups)
  return spans
}

const withoutGroups: Remark = {
  code: 'labels/no-groups',
  message:
    'Nothing says which clips belong together (patient, actor, scene), so clips of one source may be both learned from and tested on, which makes the score too good. Give a table with a column "group".',
  details: {},
}

function fromFolders(sequences: readonly FoundSequence[], remarks: Remark[]): LabelledSpan[] {
  const spans = sequences.flatMap((source): LabelledSpan[] => {
    const { id, frames } = source.info
    const subset = subsetOfPath(id)
    const folders = id.split('/').slice(1)
    const rest = subset === null ? folders : folders.slice(1)
    // A folder of pictures is a clip by itself, so the class is the folder above it.
    const label = rest.length >= 2 ? rest[0] : undefined
    return label === undefined || frames === 0 ? [] : [{ source, label, group: id, subset, span: null }]
  })
  if (spans.length > 0) remarks.push(withoutGroups)
  return spans
}
