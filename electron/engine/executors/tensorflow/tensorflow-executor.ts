import { isAbortError } from '../../../../shared/base/abort.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import type { Graph } from '../../graph.ts'
import type { Executable, Executor, NamedTensors, PrepareOptions } from '../executor.ts'
import { removeDeadCode } from '../../passes/dead-code.ts'
import { adaptGraph } from './adapt-graph.ts'
import { graphAtBatch } from './graph-at-batch.ts'
import { requireKernels, type CarriedValue } from './kernel-graph-plan.ts'
import { gpuNameFromLog, gpuProblemFromLog, unsuitableHost } from './load-failure.ts'
import type { TensorFlowDescription, TensorFlowReply } from './messages.ts'
import { tensorFlowDirectory } from './tensorflow-directory.ts'
import { TensorFlowProcess, type ExchangeOptions } from './tensorflow-process.ts'

/** Where TensorFlow lies and how it is started. */
export interface TensorFlowOptions {
  /** Folder whose `node_modules` holds the binding (default: `tensorFlowDirectory()`). */
  readonly directory?: string
  /** Threads of one operation (default: TensorFlow's own choice, one per core). */
  readonly threads?: number
  readonly signal?: AbortSignal
  /** Longest time for loading the library (default 60 000 ms). */
  readonly startDeadlineMs?: number
}

/** What `devices` says about TensorFlow: offered, on which hardware, or why not. */
export type TensorFlowProbe =
  | {
      readonly available: true
      readonly packageName: string
      readonly version: string
      readonly gpu: boolean
      readonly gpuName?: string
      /** Why the GPU package runs on the CPU. */
      readonly gpuProblem?: string
    }
  | { readonly available: false; readonly reason: string }

/** A graph loaded into the TensorFlow process. */
export interface TensorFlowProgram {
  /**
   * Runs the graph once; see `KernelProgram.run` for feeds, fetches and errors.
   * @throws besides these `compute/crashed`, `compute/deadline`, `compute/closed`, `AbortError`
   */
  run(feeds: NamedTensors, options?: ExchangeOptions & { readonly fetches?: readonly string[] }): Promise<NamedTensors>
  /** Copies the carried values, by input name. */
  readState(options?: ExchangeOptions): Promise<NamedTensors>
  /** Frees the program's memory in the process. */
  unload(): Promise<void>
}

const defaultStartDeadlineMs = 60_000

/**
 * Finds out whether TensorFlow can be used here, by loading it in a process of its own and letting it calculate.
 * Costs about a second where it is installed.
 * @throws `AbortError`
 */
export async function probeTensorFlow(options: TensorFlowOptions = {}): Promise<TensorFlowProbe> {
  const unsuitable = unsuitableHost()
  if (unsuitable !== null) return { available: false, reason: unsuitable }
  const child = new TensorFlowProcess(options.directory ?? tensorFlowDirectory(), options.threads)
  try {
    const greeting = await greet(child, options)
    await child.close() // Only then is the log complete, and with it the GPU's name.
    if ('reason' in greeting) return { available: false, reason: greeting.reason }
    const { packageName, version, gpu } = greeting
    const found = { available: true, packageName, version, gpu } as const
    if (gpu) return { ...found, gpuName: gpuNameFromLog(child.log) }
    return packageName.endsWith('-gpu') ? { ...found, gpuProblem: gpuProblemFromLog(child.log) } : found
  } catch (error) {
    if (isAbortError(error) || !(error instanceof AppError)) throw error
    // A library that ends the process while loading is as unusable as an absent one.
    return { available: false, reason: error.message }
  } finally {
    await child.close()
  }
}

/**
 * Starts a TensorFlow process and waits until its library is loaded and has calculated correctly.
 * The caller closes it.
 * @throws `device/not-available` with the reason and the remedy, `AbortError`
 */
export async function startTensorFlow(options: TensorFlowOptions = {}): Promise<TensorFlowExecutor> {
  const unsuitable = unsuitableHost()
  if (unsuitable !== null) throw unavailable(unsuitable)
  const child = new TensorFlowProcess(options.directory ?? tensorFlowDirectory(), options.threads)
  try {
    const greeting = await greet(child, options)
    if ('reason' in greeting) throw unavailable(greeting.reason)
    return new TensorFlowExecutor(child, greeting)
  } catch (error) {
    await child.close()
    if (error instanceof AppError && error.code.startsWith('compute/')) throw unavailable(error.message)
    throw error
  }
}

/** TensorFlow, running TF.js kernels eagerly in a process of its own: if the library crashes, this process does not. */
export class TensorFlowExecutor implements Executor {
  readonly device = 'tensorflow'
  readonly description: TensorFlowDescription
  private readonly child: TensorFlowProcess

  constructor(child: TensorFlowProcess, description: TensorFlowDescription) {
    this.child = child
    this.description = description
  }

  /** The operating system's id of the process, to measure its memory. */
  get pid(): number | undefined {
    return this.child.pid
  }

  /**
   * Loads a traced graph (before any pass that brings in operators which are not TF.js kernels).
   * @param carried outputs that become inputs of the next run and stay in TensorFlow's memory meanwhile
   * @throws `engine/missing-kernel`, `engine/kernel-unsupported`, `engine/carried-type`, and what ends the process
   */
  async load(
    graph: Graph,
    carried: readonly CarriedValue[] = [],
    options: ExchangeOptions = {},
  ): Promise<TensorFlowProgram> {
    requireKernels(graph, 'tensorflow', (kernel) => this.description.kernels.includes(kernel))
    const adapted = adaptGraph(removeDeadCode(graph))
    const { program } = done(await this.child.exchange({ kind: 'load', graph: adapted, carried }, options))
    if (program === undefined) throw unexpectedReply()
    return {
      run: async (feeds, { fetches, ...exchange } = {}) =>
        tensorsOf(await this.child.exchange({ kind: 'run', program, feeds, fetches }, exchange)),
      readState: async (exchange) => tensorsOf(await this.child.exchange({ kind: 'read-state', program }, exchange)),
      unload: async () => void (await this.child.exchange({ kind: 'unload', program })),
    }
  }

  /**
   * Loads a graph as the common interface of all executors has it; see `load`. With `otherBatch`, each new batch size
   * loads a graph of its own on its first run.
   */
  async prepare(graph: Graph, { otherBatch }: PrepareOptions = {}): Promise<Executable> {
    const first = await this.load(graph)
    if (!otherBatch) return { run: (feeds) => first.run(feeds), dispose: () => first.unload() }
    const programs = new Map<string, Promise<TensorFlowProgram>>([[inputShapes(graph), Promise.resolve(first)]])
    return {
      run: async (feeds) => {
        const sized = graphAtBatch(graph, otherBatch, feeds)
        const key = inputShapes(sized)
        const program = programs.get(key) ?? this.load(sized)
        programs.set(key, program)
        return (await program).run(feeds)
      },
      dispose: async () => {
        for (const program of programs.values()) await (await program).unload()
      },
    }
  }

  /** Ends the process and frees everything in it; whoever still waits gets `compute/closed`. */
  close(): Promise<void> {
    return this.child.close()
  }

  /** So that `await using` closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function inputShapes(graph: Graph): string {
  return graph.inputs.map(({ value }) => graph.values[value]?.shape.join('x')).join()
}

async function greet(
  child: TensorFlowProcess,
  options: TensorFlowOptions,
): Promise<TensorFlowDescription | { readonly reason: string }> {
  const deadlineMs = options.startDeadlineMs ?? defaultStartDeadlineMs
  const greeting = await child.exchange(undefined, { signal: options.signal, deadlineMs })
  if (greeting.kind === 'ready') return greeting.description
  if (greeting.kind === 'unavailable') return { reason: greeting.reason }
  throw unexpectedReply()
}

function unavailable(reason: string): AppError {
  return new AppError('device/not-available', `Cannot use device "tensorflow": ${reason}`, { device: 'tensorflow' })
}

function done(reply: TensorFlowReply): Extract<TensorFlowReply, { kind: 'done' }> {
  if (reply.kind !== 'done') throw unexpectedReply()
  return reply
}

function tensorsOf(reply: TensorFlowReply): NamedTensors {
  const { tensors } = done(reply)
  if (!tensors) throw unexpectedReply()
  return tensors
}

function unexpectedReply(): Error {
  return new Error('Broken assumption: the TensorFlow process answers each kind of request with its kind of reply')
}
