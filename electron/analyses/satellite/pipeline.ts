import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { unreachable } from '../../../shared/base/assert.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'
import { detectSensor, type Sensor } from '../../../shared/imaging/band-roles.ts'
import { compositeOptionsSchema, compositeSequence } from './composite-stage.ts'
import { gapFillOptionsSchema, type GapStatistics } from './gap-fill-options.ts'
import { fillGaps } from './gap-fill-stage.ts'
import { addIndices, indexOptionsSchema } from './index-stage.ts'
import { maskScenes } from './mask-scenes.ts'
import { maskOptionsSchema } from '../../../shared/imaging/mask-rule.ts'
import { maskSequence } from './mask-stage.ts'
import { regularise } from './regularise.ts'
import { regulariseOptionsSchema } from './regularise-options.ts'
import type { SceneSource } from './scene-source.ts'
import { isOnOneGrid, sceneSourceOf } from './scene-source-collection.ts'

/** One step of a pipeline: its name and its own options. */
export const pipelineStepSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('mask'), options: maskOptionsSchema }).strict(),
  z.object({ step: z.literal('regularise'), options: regulariseOptionsSchema }).strict(),
  z.object({ step: z.literal('index'), options: indexOptionsSchema }).strict(),
  z.object({ step: z.literal('composite'), options: compositeOptionsSchema }).strict(),
  z.object({ step: z.literal('gapFill'), options: gapFillOptionsSchema }).strict(),
])
/** One step of a pipeline. */
export type PipelineStep = z.infer<typeof pipelineStepSchema>

/**
 * What is done to satellite images before anything is learned from them, in this order. It is stored with a model
 * and applied again to whatever the model is used on.
 */
export const satellitePipelineSchema = z
  .object({
    version: z.literal(1).default(1),
    steps: z.array(pipelineStepSchema).max(50),
  })
  .strict()
/** What is done to satellite images before anything is learned from them; see `satellitePipelineSchema`. */
export type SatellitePipeline = z.infer<typeof satellitePipelineSchema>

/** A pipeline at work on an opened sequence. */
export interface BuiltPipeline {
  /** The result; owns everything beneath it. */
  readonly reader: SequenceReader
  /** The steps as they were applied, defaults and the added regularisation included: this is what a model records. */
  readonly applied: SatellitePipeline
  /** How much was made up so far by reading; null when no step fills gaps. */
  gapStatistics(): GapStatistics | null
}

/** Reads a pipeline from JSON, completing it with defaults. @throws `satellite/pipeline` that names the field */
export function parsePipeline(value: unknown): SatellitePipeline {
  const parsed = satellitePipelineSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new AppError(
    'satellite/pipeline',
    `The description of the satellite pipeline is not valid: ${issues.join('; ')}.`,
    {
      issues,
    },
  )
}

/**
 * Applies a pipeline to an opened sequence. Nothing is read yet: values are computed window by window when asked for.
 * Scenes on different grids are put on one (with the defaults of `regularise`) before the first step that needs it;
 * masks are applied before that where they stand before it.
 * The reader passes into the ownership of the result, also when this throws.
 * @throws as the steps: `satellite/...`, `formula/...`, `geo/...`
 */
export async function buildPipeline(source: SequenceReader, pipeline: SatellitePipeline): Promise<BuiltPipeline> {
  try {
    return assemble(source, pipeline)
  } catch (error) {
    await source.close()
    throw error
  }
}

type Stage = { readonly scenes: SceneSource } | { readonly reader: SequenceReader }

function assemble(source: SequenceReader, pipeline: SatellitePipeline): BuiltPipeline {
  const applied: PipelineStep[] = []
  let gapStatistics: () => GapStatistics | null = () => null
  const scattered = isOnOneGrid(source) ? null : sceneSourceOf(source)
  const sensor = sensorOf(source, scattered)
  let stage: Stage = scattered === null ? { reader: source } : { scenes: scattered }
  for (const step of pipeline.steps) {
    if ('scenes' in stage && step.step !== 'mask' && step.step !== 'regularise')
      stage = { reader: gather(stage, applied) }
    switch (step.step) {
      case 'mask':
        stage =
          'scenes' in stage
            ? { scenes: maskScenes(stage.scenes, step.options, sensor) }
            : { reader: maskSequence(stage.reader, step.options, sensor) }
        break
      case 'regularise': {
        const scenes: SceneSource = 'scenes' in stage ? stage.scenes : sceneSourceOf(stage.reader)
        stage = { reader: regularise(scenes, step.options) }
        break
      }
      case 'index':
        stage = { reader: addIndices(gather(stage, applied), step.options, sensor) }
        break
      case 'composite':
        stage = { reader: compositeSequence(gather(stage, applied), step.options, sensor) }
        break
      case 'gapFill': {
        const filled = fillGaps(gather(stage, applied), step.options)
        gapStatistics = () => filled.gapStatistics()
        stage = { reader: filled }
        break
      }
      default:
        unreachable(step)
    }
    applied.push(step)
  }
  return {
    reader: gather(stage, applied),
    applied: { version: 1, steps: applied },
    gapStatistics: () => gapStatistics(),
  }
}

/** The sequence on one grid; where scenes are still scattered, the default regularisation is added and recorded. */
function gather(stage: Stage, applied: PipelineStep[]): SequenceReader {
  if ('reader' in stage) return stage.reader
  const options = regulariseOptionsSchema.parse({})
  applied.push({ step: 'regularise', options })
  return regularise(stage.scenes, options)
}

/** Found once from everything the source shows, since steps drop the bands that would tell. */
function sensorOf(source: SequenceReader, scattered: SceneSource | null): Sensor | null {
  const scenes = scattered?.stacks.flatMap((stack) => stack.frames.map((frame) => frame.scene)) ?? []
  return detectSensor(source.info.bands, [source.info.name, source.info.id, ...scenes.slice(0, 50)])
}
