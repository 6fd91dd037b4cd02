import { AppError } from '../../../shared/base/app-error.ts'
import type { Graph } from '../graph.ts'
import type { OnnxDimension, OnnxModel } from '../onnx/onnx-model.ts'
import { arrayKernels } from './lower-array.ts'
import { convolutionKernels } from './lower-convolution.ts'
import { elementwiseKernels } from './lower-elementwise.ts'
import { poolingKernels } from './lower-pooling.ts'
import { Lowering, type LowerKernel } from './lowering.ts'

const kernels: ReadonlyMap<string, LowerKernel> = new Map([
  ...elementwiseKernels,
  ...arrayKernels,
  ...convolutionKernels,
  ...poolingKernels,
])

/** Names of the TF.js kernels that have a lowering. */
export function loweredKernels(): string[] {
  return [...kernels.keys()].sort()
}

/** Options of `lowerGraph`. */
export interface LowerOptions {
  /** The same program traced with another batch size: the model then takes any batch size. */
  readonly otherBatch?: Graph
  readonly metadata?: { readonly [key: string]: string }
  /** Avoids what ONNX Runtime's WebGPU provider cannot do, or does wrongly; the model still has standard operators only. */
  readonly forWebGpu?: boolean
}

/**
 * Turns a graph of TF.js kernels into an ONNX model with standard operators (opset 18).
 * @throws `engine/unknown-kernel` for a kernel without a lowering
 */
export function lowerGraph(graph: Graph, options: LowerOptions = {}): OnnxModel {
  const low = new Lowering(graph, options.otherBatch, options.forWebGpu)
  for (const { name, value } of graph.inputs) low.set(value, name)
  for (const node of graph.nodes) {
    const lower = kernels.get(node.kernel)
    if (!lower)
      throw new AppError(
        'engine/unknown-kernel',
        `TF.js operation ${node.kernel} cannot be compiled; docs/engine.md lists the operations that can.`,
        { kernel: node.kernel },
      )
    lower(node, low)
  }
  // Identity gives every output its own name, even one that is an input or a constant.
  const outputs = graph.outputs.map(({ name, value }) => {
    low.nodes.push({ type: 'Identity', inputs: [low.last(value)], outputs: [name], attributes: {} })
    return { name, dtype: low.type(value).dtype, shape: dimensions(graph, value, options.otherBatch) }
  })
  const inputs = graph.inputs.map(({ name, value }) => ({
    name,
    dtype: low.type(value).dtype,
    shape: dimensions(graph, value, options.otherBatch),
  }))
  return { opset: 18, nodes: low.nodes, constants: low.constants, inputs, outputs, metadata: options.metadata ?? {} }
}

function dimensions(graph: Graph, value: number, other: Graph | undefined): OnnxDimension[] {
  const shape = graph.values[value]?.shape ?? []
  const alternative = other?.values[value]?.shape ?? shape
  return shape.map((n, i) => (n === alternative[i] ? n : 'batch'))
}
