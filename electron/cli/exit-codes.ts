import { isAbortError } from '../../shared/base/abort.ts'
import { toAppError } from '../../shared/base/app-error.ts'

/** Exit codes of the command line, as documented. */
export const exitCodes = { done: 0, other: 1, usage: 2, input: 3, device: 4, cancelled: 5 } as const
/** An exit code of the command line. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Exit code by error code, where it differs from that of its area. */
const byCode: Readonly<Record<string, ExitCode>> = {
  'compute/device-failed': exitCodes.device,
  'compute/deadline': exitCodes.input, // Only files that nobody vouches for are read against a deadline.
  'model/unknown': exitCodes.usage,
  'satellite/setting': exitCodes.usage,
  'split/block': exitCodes.usage,
  'split/folds': exitCodes.usage,
  'store/not-found': exitCodes.input,
  'store/not-readable': exitCodes.input,
}

/** Exit code by the area of an error code; areas that are not here give 1. */
const byArea: Readonly<Record<string, ExitCode>> = {
  usage: exitCodes.usage,
  formula: exitCodes.usage,
  backbone: exitCodes.input,
  contract: exitCodes.input,
  dataset: exitCodes.input,
  dicom: exitCodes.input,
  formats: exitCodes.input,
  geo: exitCodes.input,
  geotiff: exitCodes.input,
  labels: exitCodes.input,
  'land-use': exitCodes.input,
  lesions: exitCodes.input,
  metrics: exitCodes.input,
  model: exitCodes.input,
  nifti: exitCodes.input,
  numpy: exitCodes.input,
  predict: exitCodes.input,
  raster: exitCodes.input,
  samples: exitCodes.input,
  satellite: exitCodes.input,
  sequence: exitCodes.input,
  split: exitCodes.input,
  device: exitCodes.device,
}

/** The exit code that a failed or cancelled command ends with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isAbortError(error)) return exitCodes.cancelled
  const { code } = toAppError(error)
  return byCode[code] ?? byArea[code.split('/')[0] ?? ''] ?? exitCodes.other
}
