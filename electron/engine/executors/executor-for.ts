import { AppError } from '../../../shared/base/app-error.ts'
import type { Executor } from './executor.ts'
import { onnxProviders, onnxRuntimeExecutor, type OnnxDevice } from './onnxruntime-executor.ts'
import { referenceExecutor } from './reference-executor.ts'
import { startTensorFlow } from './tensorflow/tensorflow-executor.ts'

/** An executor and how to give back what it holds (TensorFlow runs in a process of its own). */
export interface OpenExecutor {
  readonly executor: Executor
  readonly close: () => Promise<void>
}

/** Whether ONNX Runtime drives a device, so that an `.onnx` file can be loaded on it as it is. */
export function isOnnxDevice(device: string): device is OnnxDevice {
  return device in onnxProviders
}

/**
 * The executor of a device id. Whether the device works is for `chooseDevice` to find out first.
 * @throws `device/unknown`, `device/not-available`
 */
export async function openExecutor(device: string): Promise<OpenExecutor> {
  const nothingToClose = (): Promise<void> => Promise.resolve()
  if (isOnnxDevice(device)) return { executor: onnxRuntimeExecutor(device), close: nothingToClose }
  if (device === referenceExecutor.device) return { executor: referenceExecutor, close: nothingToClose }
  if (device === 'tensorflow') {
    const executor = await startTensorFlow()
    return { executor, close: () => executor.close() }
  }
  throw new AppError(
    'device/unknown',
    `There is no device "${device}"; run "chronolens devices" to see which there are.`,
    { device },
  )
}
