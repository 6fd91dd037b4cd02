import type { Graph, TensorData } from '../graph.ts'

/** Feeds or results of a program, by name. */
export type NamedTensors = { readonly [name: string]: TensorData }

/** A graph made ready to run on one device. `dispose` frees its memory; a disposed one must not be run. */
export interface Executable {
  run(feeds: NamedTensors): Promise<NamedTensors>
  dispose(): Promise<void>
  /** Writes the runtime's own profile, where profiling was asked for. */
  endProfiling?(): void
}

/** Something that runs graphs: ONNX Runtime on a provider, TensorFlow's binding, or TF.js as the reference. */
export interface Executor {
  /** Device id as shown to the user and recorded in results (`cpu`, `webgpu`, `tensorflow`, `reference`). */
  readonly device: string
  prepare(graph: Graph, options?: PrepareOptions): Promise<Executable>
}

/** Options of `Executor.prepare`. */
export interface PrepareOptions {
  /** The same program traced with another batch size: the executable then takes any batch size. */
  readonly otherBatch?: Graph
}
