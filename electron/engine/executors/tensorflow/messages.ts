import type { AppErrorWire } from '../../../../shared/base/app-error.ts'
import type { Graph } from '../../graph.ts'
import type { NamedTensors } from '../executor.ts'
import type { CarriedValue } from './kernel-graph-plan.ts'

/** What a TensorFlow process says about itself once the binding is loaded. */
export interface TensorFlowDescription {
  /** `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`. */
  readonly packageName: string
  readonly version: string
  /** Whether kernels run on a GPU: the package being the GPU one is not enough. */
  readonly gpu: boolean
  /** TF.js kernels that the binding can run. */
  readonly kernels: readonly string[]
}

/** Requests to the TensorFlow process; it answers each, in order. */
export type TensorFlowRequest =
  | { readonly kind: 'load'; readonly graph: Graph; readonly carried: readonly CarriedValue[] }
  | {
      readonly kind: 'run'
      readonly program: number
      readonly feeds: NamedTensors
      readonly fetches: readonly string[] | undefined
    }
  | { readonly kind: 'read-state'; readonly program: number }
  | { readonly kind: 'unload'; readonly program: number }

/** What the TensorFlow process says: first `ready` or `unavailable`, then one answer for each request. */
export type TensorFlowReply =
  | { readonly kind: 'ready'; readonly description: TensorFlowDescription }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'done'; readonly program?: number; readonly tensors?: NamedTensors }
  | { readonly kind: 'failed'; readonly error: AppErrorWire }
