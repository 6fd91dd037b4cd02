import { defined } from '../../../shared/base/assert.ts'
import { type Graph, type GraphNode, sizeOf, type ValueType } from '../graph.ts'
import { resolveAxes } from '../trace/infer.ts'

const gradientOf: Readonly<Record<string, string>> = { MaxPool: 'MaxPoolGrad', MaxPool3D: 'MaxPool3DGrad' }
const gradients = new Set(Object.values(gradientOf))

/**
 * Bias and rectifier never turn an order around, so the largest of the pixels they make is what they make of the largest
 * pixel: max(relu(x + b)) = relu(max(x) + b). Pooling first does the same on a quarter of the pixels for a 2x2 window:
 *
 * - `MaxPool(Relu(Add(x, b)))` becomes `Relu(Add(MaxPool(x), b))`, b one number per channel;
 * - `MaxPoolGrad(dy, Relu(a)) · Step(a)` becomes `MaxPoolGrad(dy · Step(MaxPool(a)), a)`, and likewise through the bias;
 * - the sum of a pooling gradient over all pixels (a bias's gradient) is the sum of what was pooled.
 *
 * Values stay the same bit for bit. A gradient goes to another pixel only where several pixels of a window are equal after
 * the bias and not before, by rounding; then either is right.
 */
export function poolFirst(graph: Graph): Graph {
  return graph.nodes.some(({ kernel }) => kernel in gradientOf) ? new PoolFirst(graph).run() : graph
}

/** What a pooled value is made of: steps that keep the order, from the values that are pooled instead. */
interface Chain {
  readonly base: number
  /** From `base` on, in order. */
  readonly steps: readonly GraphNode[]
}

class PoolFirst {
  private readonly graph: Graph
  private readonly values: ValueType[]
  private readonly nodes: GraphNode[] = []
  private readonly makers = new Map<number, GraphNode>()
  /** For a pooled value of the old order (by its pooling), each value of the chain after pooling. */
  private readonly pooled = new Map<string, ReadonlyMap<number, number>>()
  /** Of a pooling gradient, the gradient it spreads. */
  private readonly spread = new Map<number, number>()

  constructor(graph: Graph) {
    this.graph = graph
    this.values = [...graph.values]
  }

  run(): Graph {
    for (const node of this.graph.nodes) {
      const isDone = node.kernel in gradientOf ? this.pool(node) : gradients.has(node.kernel) && this.poolGradient(node)
      if (!isDone && !(node.kernel === 'Multiply' && this.maskedGradient(node)) && !this.sumOfGradient(node))
        this.emit(node)
    }
    return { ...this.graph, values: this.values, nodes: this.nodes }
  }

  private emit(node: GraphNode): void {
    this.nodes.push(node)
    for (const output of node.outputs) this.makers.set(output, node)
  }

  /** A new value; `output` gives it the name of an old one. */
  private add(node: Omit<GraphNode, 'outputs'>, like: ValueType, output = this.values.push(like) - 1): number {
    this.emit({ ...node, outputs: [output] })
    return output
  }

  private type(value: number): ValueType {
    return defined(this.values[value], 'nodes refer to values of their own graph')
  }

  private chainTo(value: number): Chain {
    const steps: GraphNode[] = []
    let base = value
    for (;;) {
      const node = this.makers.get(base)
      const inner = node && this.innerOf(node)
      if (node === undefined || inner === undefined) return { base, steps }
      steps.unshift(node)
      base = inner
    }
  }

  /** The pixels that a step changes without changing their order in any window. */
  private innerOf(node: GraphNode): number | undefined {
    if (node.kernel === 'Relu') return inputOf(node, 'x')
    if (node.kernel !== 'Add') return undefined
    const [a, b] = [inputOf(node, 'a'), inputOf(node, 'b')]
    const shape = this.type(defined(node.outputs[0], 'Add has an output')).shape
    const isPerChannel = (value: number): boolean => {
      const other = this.type(value).shape
      return sizeOf(other) === other.at(-1) && sizeOf(other) <= (shape.at(-1) ?? 0)
    }
    if (this.type(a).shape.join() === shape.join() && isPerChannel(b)) return a
    return this.type(b).shape.join() === shape.join() && isPerChannel(a) ? b : undefined
  }

  private pool(node: GraphNode): boolean {
    const x = inputOf(node, 'x')
    const { base, steps } = this.chainTo(x)
    const output = defined(node.outputs[0], 'pooling has an output')
    if (steps.length === 0 || this.type(output).dtype !== 'float32') return false
    const type = this.type(output)
    let current = this.add({ ...node, inputs: [{ name: 'x', value: base }] }, type)
    const pooled = new Map([[base, current]])
    steps.forEach((step, i) => {
      const inner = this.innerOf(step)
      const inputs = step.inputs.map((input) => (input.value === inner ? { ...input, value: current } : input))
      current = this.add({ ...step, inputs }, type, i === steps.length - 1 ? output : undefined)
      pooled.set(defined(step.outputs[0], 'steps have outputs'), current)
    })
    this.pooled.set(keyOf(gradientOf[node.kernel] ?? '', x, output), pooled)
    return true
  }

  /** Through the bias alone; a rectifier waits for its own gradient. */
  private poolGradient(node: GraphNode): boolean {
    const dy = inputOf(node, 'dy')
    const output = defined(node.outputs[0], 'gradients have outputs')
    this.spread.set(output, dy)
    const pooled = this.pooled.get(keyOf(node.kernel, inputOf(node, 'input'), inputOf(node, 'output')))
    const chain = pooled && this.chainTo(inputOf(node, 'input'))
    if (!chain || chain.steps.some(({ kernel }) => kernel === 'Relu')) return false
    this.spreadFrom(node, dy, chain.base, pooled, output)
    return true
  }

  /** `MaxPoolGrad(dy, Relu(a)) · Step(a)`. */
  private maskedGradient(node: GraphNode): boolean {
    const [a, b] = [inputOf(node, 'a'), inputOf(node, 'b')]
    for (const [gradient, mask] of [
      [a, b],
      [b, a],
    ] as const) {
      const maker = this.makers.get(gradient)
      const step = this.makers.get(mask)
      if (!maker || !gradients.has(maker.kernel) || step?.kernel !== 'Step' || step.attrs['alpha'] !== 0) continue
      const input = inputOf(maker, 'input')
      const relu = this.makers.get(input)
      const pooled = this.pooled.get(keyOf(maker.kernel, input, inputOf(maker, 'output')))
      const before = inputOf(step, 'x')
      if (!pooled || relu?.kernel !== 'Relu' || inputOf(relu, 'x') !== before) continue
      const { base, steps } = this.chainTo(before)
      // A second rectifier below this one would want its own mask.
      if (steps.some(({ kernel }) => kernel === 'Relu')) continue
      const dy = inputOf(maker, 'dy')
      const type = this.type(dy)
      const after = defined(pooled.get(before), 'the chain was pooled')
      const small = this.add({ ...step, inputs: [{ name: 'x', value: after }] }, type)
      const masked = this.add({ ...node, inputs: [named('a', dy), named('b', small)] }, type)
      this.spreadFrom(maker, masked, base, pooled, defined(node.outputs[0], 'products have outputs'))
      return true
    }
    return false
  }

  private spreadFrom(
    node: GraphNode,
    dy: number,
    base: number,
    pooled: ReadonlyMap<number, number>,
    output: number,
  ): void {
    const largest = defined(pooled.get(base), 'the chain was pooled')
    const inputs = [named('dy', dy), named('input', base), named('output', largest)]
    this.add({ ...node, inputs }, this.type(output), output)
    this.spread.set(output, dy)
  }

  private sumOfGradient(node: GraphNode): boolean {
    const first = node.inputs[0]
    const small = node.kernel === 'Sum' && first ? this.spread.get(first.value) : undefined
    if (small === undefined) return false
    const rank = this.type(small).shape.length
    const axes = resolveAxes(node.attrs['axis'] as number[], rank)
    if (axes.length !== rank - 1 || axes.includes(rank - 1)) return false
    this.emit({ ...node, inputs: [{ name: 'x', value: small }] })
    return true
  }
}

function inputOf(node: GraphNode, name: string): number {
  return defined(node.inputs.find((input) => input.name === name)?.value, `kernel ${node.kernel} has the input ${name}`)
}

const named = (name: string, value: number): { name: string; value: number } => ({ name, value })

/** A pooling of these pixels, whichever gradient asks for it. */
function keyOf(gradient: string, pixels: number, output: number): string {
  return `${gradient}(${pixels})=${output}`
}
