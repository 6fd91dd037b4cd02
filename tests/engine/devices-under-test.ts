import { onnxRuntimeExecutor } from '../../electron/engine/executors/onnxruntime-executor.ts'
import type { Executor } from '../../electron/engine/executors/executor.ts'

/** Devices that the engine's tests can run on. */
export type TestDevice = 'cpu' | 'webgpu'

const requested = (process.env['CHRONOLENS_TEST_DEVICES'] ?? 'cpu').split(',').map((name) => name.trim())
const unknown = requested.filter((name) => name !== 'cpu' && name !== 'webgpu')
if (unknown.length > 0) throw new Error(`CHRONOLENS_TEST_DEVICES names ${unknown.join(', ')}; it takes cpu and webgpu.`)
if (!requested.includes('webgpu'))
  console.info(
    'WebGPU is not tested: set CHRONOLENS_TEST_DEVICES=cpu,webgpu and, without a graphics card, VK_DRIVER_FILES to SwiftShader’s vk_swiftshader_icd.json.',
  )

/** The devices of this run, `CHRONOLENS_TEST_DEVICES` (by default the processor alone). */
export const testDevices: readonly TestDevice[] = requested as TestDevice[]

/** The executor of a device under test. */
export function executorFor(device: TestDevice): Executor {
  // One thread is as fast on graphs this small and leaves the machine to the other test file.
  return onnxRuntimeExecutor(device, { threads: 1 })
}
