import { InferenceSession } from 'onnxruntime-node'
import { encodeOnnx } from '../onnx/onnx-model.ts'

const identity = encodeOnnx({
  opset: 18,
  nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} }],
  constants: [],
  inputs: [{ name: 'x', shape: [1], dtype: 'float32' }],
  outputs: [{ name: 'y', shape: [1], dtype: 'float32' }],
  metadata: {},
})
let kept: Promise<unknown> | undefined

/**
 * Keeps the WebGPU device and the shaders compiled for it as long as the process lives. ONNX Runtime gives both up with its
 * last session and builds them anew for the next one, which costs more than the work of a small program; one tiny session
 * that is never released holds them. Where there is no such device nothing is kept, and the session asked for says why.
 */
export async function keepWebGpu(): Promise<void> {
  kept ??= InferenceSession.create(identity, { executionProviders: ['webgpu'], logSeverityLevel: 4 })
  await kept.catch(() => (kept = undefined))
}
