import { defined } from '../../../shared/base/assert.ts'
import type { Graph, GraphNode, TensorData, TensorValues, ValueType } from '../graph.ts'
import { sizeOf } from '../graph.ts'
import { runKernelGraph } from '../executors/reference-executor.ts'
import { tf } from '../tensorflow-js.ts'
import { resolveAxes } from '../trace/infer.ts'

/** Results larger than this are computed when the program runs rather than stored in it (elements). */
const largestFolded = 1 << 20

/**
 * One pass over the nodes in order. Each node first has its inputs replaced by what they were simplified to; then it
 * is dropped (its outputs stand for other values), becomes a constant, equals an earlier node, or is kept.
 */
class Simplifier {
  private readonly graph: Graph
  readonly values: ValueType[]
  readonly constants: Map<number, TensorData>
  readonly nodes: GraphNode[] = []
  private readonly replaced = new Map<number, number>()
  private readonly makers = new Map<number, GraphNode>()
  private readonly seen = new Map<string, GraphNode>()

  constructor(graph: Graph) {
    this.graph = graph
    this.values = [...graph.values]
    this.constants = new Map(graph.constants)
  }

  run(): Graph {
    this.shareConstants()
    for (const node of this.graph.nodes) this.visit(node)
    const outputs = this.graph.outputs.map(({ name, value }) => ({ name, value: this.resolve(value) }))
    return { values: this.values, constants: this.constants, nodes: this.nodes, inputs: this.graph.inputs, outputs }
  }

  private shareConstants(): void {
    const known = new Map<string, number>()
    for (const [value, data] of this.graph.constants) {
      if (data.values.length > 64) continue
      const key = `${data.dtype}[${data.shape.join()}]${Array.from(data.values).join()}`
      const first = known.get(key)
      if (first === undefined) known.set(key, value)
      else this.replaced.set(value, first)
    }
  }

  private resolve(value: number): number {
    return this.replaced.get(value) ?? value
  }
  private shape(value: number): readonly number[] {
    return defined(this.values[value], 'nodes refer to values of their own graph').shape
  }
  private maker(value: number, kernel: string): GraphNode | undefined {
    const node = this.makers.get(value)
    return node?.kernel === kernel ? node : undefined
  }

  private visit(original: GraphNode): void {
    const resolved = {
      ...original,
      inputs: original.inputs.map((i) => ({ name: i.name, value: this.resolve(i.value) })),
    }
    const product = this.asPlainProduct(resolved)
    if (product) return product.forEach((part) => this.visit(part))
    const node = this.rewrite(resolved)
    const same = this.sameAs(node)
    if (same) {
      node.outputs.forEach((output, i) => this.replaced.set(output, defined(same[i], 'one value per output')))
      return
    }
    if (this.fold(node)) return
    const key = `${node.kernel}(${node.inputs.map((i) => `${i.name}=${i.value}`).join()})${JSON.stringify(node.attrs)}`
    const earlier = this.seen.get(key)
    if (earlier) {
      node.outputs.forEach((output, i) =>
        this.replaced.set(output, defined(earlier.outputs[i], 'equal kernels have equal outputs')),
      )
      return
    }
    this.seen.set(key, node)
    this.nodes.push(node)
    for (const output of node.outputs) this.makers.set(output, node)
  }

  /**
   * TF.js gives a product of two matrices a batch axis of length one. Without it the product, its transpositions and
   * its bias are one ONNX operator (Gemm).
   */
  private asPlainProduct(node: GraphNode): GraphNode[] | undefined {
    if (node.kernel !== '_FusedMatMul' && node.kernel !== 'BatchMatMul') return undefined
    const output = defined(node.outputs[0], 'kernels have outputs')
    const type = defined(this.values[output], 'outputs have types')
    const matrices = node.inputs.map((input) =>
      input.name === 'a' || input.name === 'b' ? this.matrixBehind(input.value) : input.value,
    )
    if (type.shape.length !== 3 || matrices.includes(undefined)) return undefined
    this.values.push({ shape: type.shape.slice(1), dtype: type.dtype })
    const plain = this.values.length - 1
    const inputs = node.inputs.map((input, i) => ({ name: input.name, value: defined(matrices[i], 'checked above') }))
    return [
      { ...node, inputs, outputs: [plain] },
      {
        kernel: 'Reshape',
        inputs: [{ name: 'x', value: plain }],
        attrs: { shape: [...type.shape] },
        outputs: [output],
      },
    ]
  }

  /** The matrix that was reshaped to a batch of one. */
  private matrixBehind(value: number): number | undefined {
    const source = this.maker(value, 'Reshape')?.inputs[0]?.value
    const shape = this.shape(value)
    const isBatchOfOne = shape.length === 3 && shape[0] === 1
    return isBatchOfOne && source !== undefined && this.shape(source).join() === shape.slice(1).join()
      ? source
      : undefined
  }

  /** Values that already hold what the node would compute, one per output. */
  private sameAs(node: GraphNode): readonly number[] | undefined {
    const [first, second] = node.inputs.map((i) => i.value)
    const output = defined(node.outputs[0], 'kernels have outputs')
    const x = defined(first ?? output, 'a value')
    const keepsShape = (): boolean => this.shape(x).join() === this.shape(output).join()
    const zero = (value: number | undefined): boolean => value !== undefined && this.isFilledWith(value, 0)
    const one = (value: number | undefined): boolean => value !== undefined && this.isFilledWith(value, 1)
    switch (node.kernel) {
      case 'Identity':
        return [x]
      case 'Cast':
        return this.values[x]?.dtype === node.attrs.dtype ? [x] : undefined
      case 'Reshape':
      case 'BroadcastTo':
      case 'Slice':
      case 'Tile':
        return keepsShape() ? [x] : undefined
      case 'Sum':
      case 'Max':
      case 'Min':
        return keepsShape() && this.values[x]?.dtype === this.values[output]?.dtype ? [x] : undefined
      case 'Transpose':
        return (node.attrs.perm as number[]).every((axis, i) => axis === i) ? [x] : undefined
      case 'Concat':
        return node.inputs.length === 1 ? [x] : undefined
      case 'Add':
        if (zero(second) && keepsShape()) return [x]
        return second !== undefined && zero(first) && this.shape(second).join() === this.shape(output).join()
          ? [second]
          : undefined
      case 'Sub':
        return zero(second) && keepsShape() ? [x] : undefined
      case 'Multiply':
        if (one(second) && keepsShape()) return [x]
        return second !== undefined && one(first) && this.shape(second).join() === this.shape(output).join()
          ? [second]
          : undefined
      case 'RealDiv':
        return one(second) && keepsShape() && this.values[x]?.dtype === 'float32' ? [x] : undefined
      case 'Unpack': {
        const pack = this.maker(x, 'Pack')
        const axis = resolveAxes(node.attrs.axis as number, this.shape(x).length)[0]
        if (!pack || resolveAxes(pack.attrs.axis as number, this.shape(x).length)[0] !== axis) return undefined
        return pack.inputs.map((i) => i.value)
      }
      default:
        return undefined
    }
  }

  /** Turns a node into a constant where its result is known now. */
  private fold(node: GraphNode): boolean {
    const output = defined(node.outputs[0], 'kernels have outputs')
    const type = defined(this.values[output], 'outputs have types')
    if (node.kernel === 'ZerosLike' || node.kernel === 'OnesLike') {
      this.constants.set(output, filled(type, node.kernel === 'OnesLike' ? 1 : 0))
      return true
    }
    if (node.kernel === 'Multiply' && type.dtype !== 'bool' && node.inputs.some((i) => this.isFilledWith(i.value, 0))) {
      this.constants.set(output, filled(type, 0))
      return true
    }
    const foldable =
      node.inputs.every((i) => this.constants.has(i.value)) &&
      node.outputs.every((v) => sizeOf(this.shape(v)) <= largestFolded)
    if (!foldable) return false
    const results = runOnReference(node, this.values, this.constants)
    node.outputs.forEach((value, i) => this.constants.set(value, defined(results[i], 'one result per output')))
    return true
  }

  /** The node in a cheaper form: two reshapes or two transpositions in a row become one. */
  private rewrite(node: GraphNode): GraphNode {
    const x = node.inputs[0]
    if (!x) return node
    const inner = this.makers.get(x.value)
    const through = inner?.inputs[0]
    if (!inner || !through || inner.kernel !== node.kernel) return node
    if (node.kernel === 'Reshape') return { ...node, inputs: [{ name: 'x', value: through.value }] }
    if (node.kernel === 'Transpose') {
      const [outer, first] = [node.attrs.perm as number[], inner.attrs.perm as number[]]
      const perm = outer.map((axis) => defined(first[axis], 'one entry per axis'))
      if (perm.every((axis, i) => axis === i))
        return {
          ...node,
          kernel: 'Reshape',
          attrs: { shape: [...this.shape(through.value)] },
          inputs: [{ name: 'x', value: through.value }],
        }
      return { ...node, attrs: { perm }, inputs: [{ name: 'x', value: through.value }] }
    }
    return node
  }

  private isFilledWith(value: number, number: number): boolean {
    return this.constants.get(value)?.values.every((v) => v === number) ?? false
  }
}

/** A constant tensor with one number everywhere. */
function filled(type: ValueType, number: number): TensorData {
  const size = sizeOf(type.shape)
  const values: TensorValues =
    type.dtype === 'float32'
      ? new Float32Array(size)
      : type.dtype === 'int32'
        ? new Int32Array(size)
        : new Uint8Array(size)
  return { ...type, values: values.fill(number) }
}

function runOnReference(
  node: GraphNode,
  values: readonly ValueType[],
  constants: ReadonlyMap<number, TensorData>,
): TensorData[] {
  const outputs = node.outputs.map((value, i) => ({ name: String(i), value }))
  const inputs = [...new Set(node.inputs.map((i) => i.value))].map((value) => ({ name: `in${value}`, value }))
  const feeds = Object.fromEntries(
    inputs.map(({ name, value }) => [name, defined(constants.get(value), 'all inputs are constant')]),
  )
  const before = tf.getBackend()
  void tf.setBackend('cpu') // Takes effect at once: the CPU backend is created synchronously.
  try {
    const results = runKernelGraph({ values, constants: new Map(), nodes: [node], inputs, outputs }, feeds)
    return outputs.map(({ name }) => defined(results[name], 'outputs are named'))
  } finally {
    if (before) void tf.setBackend(before)
  }
}

/**
 * Removes what changes nothing (identities, reshapes to the same shape, additions of zero), computes what is constant,
 * and shares equal nodes and constants. The results stay the same, bit for bit where no constant is folded.
 */
export function simplify(graph: Graph): Graph {
  return new Simplifier(graph).run()
}
