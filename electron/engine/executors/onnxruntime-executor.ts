import { createHash } from 'node:crypto'
import { env, InferenceSession, Tensor } from 'onnxruntime-node'
import { AppError } from '../../../shared/base/app-error.ts'
import type { DataType, TensorData, TensorValues } from '../graph.ts'
import { lowerGraph } from '../lower/lower-graph.ts'
import { encodeOnnx } from '../onnx/onnx-model.ts'
import { optimise } from '../passes/optimise.ts'
import type { Executable, Executor, NamedTensors } from './executor.ts'
import { keepWebGpu } from './keep-webgpu.ts'

// What goes wrong is thrown, and reaches the user as a sentence; the runtime's own log would come on top of it.
env.logLevel = 'fatal'

/** Execution providers of ONNX Runtime, by our device ids. */
export const onnxProviders = { cpu: 'cpu', webgpu: 'webgpu', cuda: 'cuda', directml: 'dml', coreml: 'coreml' } as const
/** A device that ONNX Runtime drives. */
export type OnnxDevice = keyof typeof onnxProviders

/** Options of the ONNX Runtime executor. */
export interface OnnxExecutorOptions {
  /** Threads of one operator; by default as many as the machine has cores. */
  readonly threads?: number
  /** File prefix for the runtime's own profile (chrome://tracing); off when absent. */
  readonly profilePrefix?: string
}

/** The provider the user asked for fails loudly when it cannot load; ONNX Runtime must not go on without it. */
function sessionOptions(device: OnnxDevice, options: OnnxExecutorOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: [onnxProviders[device]],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    logSeverityLevel: 4,
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.profilePrefix ? { enableProfiling: true, profileFilePrefix: options.profilePrefix } : {}),
    extra: { session: { set_denormal_as_zero: '1' } },
  }
}

function toOrtTensor(data: TensorData): Tensor {
  return new Tensor(data.dtype, data.values as never, data.shape)
}

function fromOrtTensor(tensor: Tensor): TensorData {
  const dtype = tensor.type as DataType
  return { shape: tensor.dims, dtype, values: tensor.data as TensorValues }
}

/** A loaded ONNX model that is run by names. */
export class OnnxSession implements Executable {
  private readonly session: InferenceSession

  private constructor(session: InferenceSession) {
    this.session = session
  }

  /** Loads the bytes of an `.onnx` file. @throws `compute/device-failed` when the provider cannot run it */
  static async load(bytes: Uint8Array, device: OnnxDevice, options: OnnxExecutorOptions = {}): Promise<OnnxSession> {
    if (device === 'webgpu') await keepWebGpu()
    try {
      return new OnnxSession(await InferenceSession.create(bytes, sessionOptions(device, options)))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new AppError(
        'compute/device-failed',
        `Device "${device}" could not prepare the program: ${reason} Choose another device, for example "cpu".`,
        { device },
        { cause: error },
      )
    }
  }

  async run(feeds: NamedTensors): Promise<NamedTensors> {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, toOrtTensor(data)]))
    const results = await this.session.run(tensors)
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrtTensor(tensor)]))
  }

  /** Ends profiling when it was on, and writes the profile. */
  endProfiling(): void {
    this.session.endProfiling()
  }

  async dispose(): Promise<void> {
    await this.session.release()
  }
}

/**
 * Runs compiled programs with ONNX Runtime on one of its providers. A program that is prepared again while it is still
 * loaded is shared: sessions hold no state between runs.
 */
export function onnxRuntimeExecutor(device: OnnxDevice, options: OnnxExecutorOptions = {}): Executor {
  const loaded = new Map<string, { readonly session: Promise<OnnxSession>; users: number }>()
  return {
    device,
    prepare: async (graph, { otherBatch } = {}) => {
      const forWebGpu = device === 'webgpu'
      const model = otherBatch
        ? lowerGraph(graph, { otherBatch, forWebGpu })
        : lowerGraph(optimise(graph), { forWebGpu })
      const bytes = encodeOnnx(model)
      const hash = createHash('sha256').update(bytes).digest('hex')
      const entry = loaded.get(hash) ?? { session: OnnxSession.load(bytes, device, options), users: 0 }
      loaded.set(hash, entry)
      entry.users++
      const release = async (): Promise<void> => {
        entry.users--
        if (entry.users > 0) return
        loaded.delete(hash)
        await (await entry.session).dispose()
      }
      try {
        const session = await entry.session
        return { run: (feeds) => session.run(feeds), dispose: release, endProfiling: () => session.endProfiling() }
      } catch (error) {
        loaded.delete(hash)
        throw error
      }
    },
  }
}
