import type { FitReport, FitRequest } from '../../../shared/domain/run.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { readManifest } from '../../store/model-folder.ts'
import type { JobContext } from '../task.ts'
import { frameDays } from './calendar.ts'
import { contractViolations, type ContractViolation } from './contract.ts'
import { openLandUseSource } from './land-use-source.ts'
import { enumerateSeasons } from './seasons.ts'
import { pipelineOf } from './trained-land-use.ts'

/** Details that a sentence can name: lists and records become text. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(', ')
  return value !== null && typeof value === 'object' ? Object.values(value).join(' – ') : value
}

function toRemark({ code, message, expected, found }: ContractViolation): FitReport['violations'][number] {
  return { code, message: `${message}.`, details: { expected: asText(expected), found: asText(found) } }
}

/**
 * Compares a model's temporal contract with an input; nothing is computed.
 * @throws codes of `readManifest`, of the readers and of the pipeline; `AbortError`
 */
export async function fitsLandUse(request: FitRequest, context: JobContext): Promise<FitReport> {
  const manifest = await readManifest(request.model)
  const source = await openLandUseSource(request.input, pipelineOf(manifest), request.set['sequence'])
  try {
    throwIfAborted(context.signal)
    const { info } = source.reader
    const violations = contractViolations(manifest.contract, info).map(toRemark)
    const seasons = violations.length > 0 ? [] : enumerateSeasons(manifest.contract, frameDays(info))
    return { violations, seasons: seasons.map(({ label }) => label) }
  } finally {
    await source.reader.close()
  }
}
