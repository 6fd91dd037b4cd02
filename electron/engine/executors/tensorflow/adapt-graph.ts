import { AppError } from '../../../../shared/base/app-error.ts'
import { defined } from '../../../../shared/base/assert.ts'
import type { Attribute, Graph, GraphNode, ValueType } from '../../graph.ts'

/** Why a call cannot be left to tfjs-node 4.22 on TensorFlow 2.9: it would answer wrongly, and say nothing. */
type Objection = (node: GraphNode) => string | undefined

const sides = (attribute: Attribute | undefined): Attribute[] =>
  Array.isArray(attribute) ? (attribute as Attribute[]) : [attribute ?? 1]

const dilated: Objection = ({ attrs }) =>
  sides(attrs['dilations']).some((dilation) => dilation !== 1) ? 'a dilated filter' : undefined
const halfPixel: Objection = ({ attrs }) => (attrs['halfPixelCenters'] === true ? 'half-pixel centres' : undefined)

/** Found by running the engine's kernel tests on the binding; all other differences end in an error of their own. */
const objections: ReadonlyMap<string, Objection> = new Map([
  ['DepthwiseConv2dNative', dilated], // Ignores the dilation.
  ['FusedDepthwiseConv2D', dilated],
  ['ResizeBilinearGrad', halfPixel], // Takes the gradient of the other rule.
  ['ResizeNearestNeighborGrad', halfPixel],
])

/**
 * A graph that yields the same on TensorFlow: calls that its binding understands differently are rewritten.
 * @throws `engine/kernel-unsupported` for calls that would silently give wrong numbers
 */
export function adaptGraph(graph: Graph): Graph {
  const values = [...graph.values]
  const nodes = graph.nodes.flatMap((node) => {
    const objection = objections.get(node.kernel)?.(node)
    if (objection) throw unsupported(node.kernel, objection)
    if (node.kernel === 'FloorDiv') return castFloorDiv(node, values)
    if (node.kernel === 'GatherV2') return [withPlainAxis(node, values)]
    return [withoutZeroPadding(node)]
  })
  return { ...graph, values, nodes }
}

/** TF.js's own kernel yields int32, TensorFlow's the type of the operands. */
function castFloorDiv(node: GraphNode, values: ValueType[]): GraphNode[] {
  const [output = -1] = node.outputs
  const type = defined(values[output], 'nodes yield values')
  const operands = node.inputs.map(({ value }) => defined(values[value], 'nodes read values').dtype)
  if (operands.every((dtype) => dtype === type.dtype)) return [node]
  const quotient = values.push({ ...type, dtype: 'float32' }) - 1
  const cast = { inputs: [{ name: 'x', value: quotient }], attrs: { dtype: type.dtype }, outputs: [output] }
  return [
    { ...node, outputs: [quotient] },
    { kernel: 'Cast', ...cast },
  ]
}

/** The binding checks indices against the axis as it is given, which fails for one counted from the end. */
function withPlainAxis(node: GraphNode, values: readonly ValueType[]): GraphNode {
  const axis = node.attrs['axis']
  const x = node.inputs.find((input) => input.name === 'x')
  if (typeof axis !== 'number' || axis >= 0 || !x) return node
  const rank = defined(values[x.value], 'nodes read values').shape.length
  return { ...node, attrs: { ...node.attrs, axis: axis + rank } }
}

/** The binding knows padding by name only. Rounding up may need more than `valid` gives, so it is left alone. */
function withoutZeroPadding(node: GraphNode): GraphNode {
  const roundsUp = node.attrs['dimRoundingMode'] === 'ceil'
  return node.attrs['pad'] === 0 && !roundsUp ? { ...node, attrs: { ...node.attrs, pad: 'valid' } } : node
}

function unsupported(kernel: string, what: string): AppError {
  return new AppError(
    'engine/kernel-unsupported',
    `TensorFlow's binding computes TF.js kernel ${kernel} wrongly for ${what}. Choose another device, for example "cpu".`,
    { kernel },
  )
}
