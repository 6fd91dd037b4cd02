import type { EpochRecord } from '../../../shared/domain/run.ts'
import type { FitEpoch } from '../../engine/fit.ts'

/** An epoch as reports and `history.jsonl` hold it: metrics beside the loss, those of validation with a prefix. */
export function toEpochRecord(epoch: FitEpoch): EpochRecord {
  const { validation, metrics, timeStepNorms, ...rest } = epoch
  return {
    ...rest,
    parameterNorms: { ...epoch.parameterNorms },
    timeStepNorms: Object.fromEntries(Object.entries(timeStepNorms).map(([layer, norms]) => [layer, [...norms]])),
    ...metrics,
    validationLoss: validation?.loss ?? null,
    ...Object.fromEntries(
      Object.entries(validation?.metrics ?? {}).map(([name, value]) => [
        `validation${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        value,
      ]),
    ),
  }
}
