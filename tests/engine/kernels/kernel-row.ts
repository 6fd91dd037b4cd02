import type { tf } from '../../../electron/engine/tensorflow-js.ts'
import type { TensorMaker } from '../random-tensor.ts'
import type { Tolerance } from '../compare-tensors.ts'

/** Tensors by name, as a row's program takes them. */
export type Tensors = { readonly [name: string]: tf.Tensor }

/** One test of one kernel: a small TF.js program on random inputs. */
export interface KernelRow {
  /** The TF.js kernel the row is about; the traced graph must contain it (in the gradient, if it is one). */
  readonly kernel: string
  /** Further kernels that the row's gradient must contain. */
  readonly covers?: readonly string[]
  /** What is special about this row: shapes, attributes. */
  readonly title: string
  readonly inputs: { readonly [name: string]: TensorMaker }
  readonly program: (inputs: Tensors) => tf.Tensor | readonly tf.Tensor[]
  /** False where TF.js has no gradient, or none that means anything. */
  readonly gradient?: boolean
  /** Why TF.js's own gradient cannot be the yardstick; finite differences are then. */
  readonly tfjsGradientWrong?: string
  /** Step of the finite differences; 0.5 suits linear kernels. */
  readonly differenceStep?: number
  /** The same by other TF.js operations, where TF.js's CPU kernel itself is wrong. */
  readonly oracle?: (inputs: Tensors) => tf.Tensor
  readonly tolerance?: Tolerance
  /** Between convolutions, so that it runs with channels first; by default where an input has 4 or 5 axes. */
  readonly sandwich?: boolean
}

/** Kernels without inputs: the trace makes them constants. */
export const constantKernels: ReadonlySet<string> = new Set(['Fill', 'Range', 'LinSpace'])
