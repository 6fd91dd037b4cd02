import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ReportProgress } from '../../../shared/base/progress.ts'
import type { DataArray } from '../../../shared/contracts/data-array.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { Patient } from '../../../shared/domain/medical/study.ts'
import type { Inspection, Problem } from '../../../shared/domain/sequence.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { chooseSequence, findSequences } from '../../formats/open-sequences.ts'
import { isSceneReader } from '../../formats/scene-collection.ts'
import { listingOf } from '../../formats/scan-folder.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'
import { bandStatistics, unknownStatistics } from './band-statistics.ts'
import type { CommonGridReader } from './common-grid-reader.ts'
import { readFrame, readPicture } from './frame-read.ts'
import type { OpenedSequence, ReadAsk } from './read-protocol.ts'

/** How a question is told what happens, and taken back. */
export interface AskContext {
  readonly signal: AbortSignal
  readonly report: ReportProgress
  readonly onFile: (path: string) => void
}

interface Finding {
  /** Tells whether the files are still the same. */
  readonly listing: string
  readonly sequences: readonly FoundSequence[]
  readonly problems: readonly Problem[]
  readonly patients: readonly Patient[]
}

const keptFindings = 16

/** A question that is answered by numbers. */
export type ArrayAsk = Extract<ReadAsk, { kind: 'view' | 'picture' }>

/** The sequences that a reader process has found and opened. */
export class ReaderTable {
  private readonly findings = new Map<string, Finding>()
  private readonly readers = new Map<number, SequenceReader>()
  private readonly opening = new Set<number>()
  /** Closed while they were still being opened. */
  private readonly unwanted = new Set<number>()

  /** Does one thing that the core asks for. @throws the codes of the formats, `sequence/closed`, `AbortError` */
  async answer(ask: Exclude<ReadAsk, ArrayAsk>, context: AskContext): Promise<unknown> {
    switch (ask.kind) {
      case 'inspect': {
        const { sequences, problems, patients } = await this.find(ask.paths, ask.excluded, context)
        return {
          sequences: sequences.map(({ info }) => info),
          problems: [...problems],
          patients: [...patients],
        } satisfies Inspection
      }
      case 'open':
        this.opening.add(ask.reader)
        try {
          return await this.open(ask, context)
        } finally {
          this.opening.delete(ask.reader)
          this.unwanted.delete(ask.reader)
        }
      case 'block':
        return this.reader(ask.reader).read(ask.request, context.signal)
      case 'overlay':
        if (ask.path !== null) context.onFile(ask.path)
        return (await import('./series-overlay.ts')).seriesOverlay(this.reader(ask.reader), ask.path, context.signal)
      case 'write-masks':
        return (await import('./write-masks.ts')).writeMasks(this.reader(ask.reader), ask.classes, ask.version)
      case 'close':
        await this.close(ask.reader)
        return null
      default:
        return ask satisfies never
    }
  }

  /** Reads what is shown. @throws the codes of the formats, `sequence/closed`, `AbortError` */
  async read(ask: ArrayAsk, signal: AbortSignal): Promise<DataArray> {
    const reader = this.reader(ask.reader)
    return ask.kind === 'view' ? readFrame(reader, ask.read, signal) : readPicture(reader, ask.read, signal)
  }

  private async open(ask: Extract<ReadAsk, { kind: 'open' }>, context: AskContext): Promise<OpenedSequence> {
    const known = this.findings.get(keyOf(ask.paths))
    const isFresh = known !== undefined && known.listing === (await listingOf(ask.paths, context.signal))
    const { sequences, problems } = isFresh ? known : await this.find(ask.paths, ask.excluded, context)
    const found = chooseSequence(sequences, problems, ask.paths, ask.sequence ?? undefined)
    const opened = await found.open()
    let reader = opened
    try {
      // The code of maps and their projections is loaded where there are some.
      if (isSceneReader(opened)) reader = (await import('./common-grid-reader.ts')).CommonGridReader.over(opened)
      const statistics = ask.isCautious ? unknownStatistics(reader) : await bandStatistics(reader, context.signal)
      throwIfAborted(context.signal)
      if (this.unwanted.has(ask.reader)) throw closed()
      this.readers.set(ask.reader, reader)
      const { info, medical = null, clip = null } = reader
      const hasPictures = reader.readPicture !== undefined
      return { info, medical, clip, grid: gridOf(reader), statistics, hasPictures, places: placesOf(reader) }
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  private async find(
    paths: readonly string[],
    excluded: readonly Problem[],
    { signal, report, onFile }: AskContext,
  ): Promise<Finding> {
    const key = keyOf(paths)
    this.findings.delete(key)
    const verdicts = new Map(excluded.map((problem) => [problem.path, problem]))
    const found = await findSequences(paths, { signal, report, onFile, excluded: verdicts })
    this.findings.set(key, found)
    for (const oldest of this.findings.keys()) {
      if (this.findings.size <= keptFindings) break
      this.findings.delete(oldest)
    }
    return found
  }

  private async close(id: number): Promise<void> {
    const reader = this.readers.get(id)
    this.readers.delete(id)
    if (this.opening.has(id)) this.unwanted.add(id)
    await reader?.close()
  }

  private reader(id: number): SequenceReader {
    const reader = this.readers.get(id)
    if (reader) return reader
    throw closed()
  }
}

function closed(): AppError {
  return new AppError('sequence/closed', 'This sequence was closed, so it cannot be read any more; open it again.')
}

/** Places are told of sequences of up to so many frames; each is a few hundred bytes. */
const mostPlaces = 10_000

function placesOf(reader: SequenceReader): OpenedSequence['places'] {
  if (!reader.storedPlaces || reader.info.frames > mostPlaces) return []
  const places = reader.storedPlaces()
  return places.some((place) => place !== null) ? places : []
}

/** The pixel grid of an opened sequence; null when it is not georeferenced. */
function gridOf(reader: SequenceReader): GeoGrid | null {
  if ('isOnCommonGrid' in reader) return (reader as CommonGridReader).grid
  if (isSceneReader(reader) && reader.grid) return reader.grid.crs === null ? null : reader.grid
  const { width, height, geoTransform, crs } = reader.info
  return geoTransform && crs !== null ? { width, height, geoTransform, crs } : null
}

function keyOf(paths: readonly string[]): string {
  return JSON.stringify(paths)
}
