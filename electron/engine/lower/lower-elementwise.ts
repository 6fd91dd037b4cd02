import type { GraphNode } from '../graph.ts'
import { reductionAxes } from '../trace/infer-elementwise.ts'
import { resolveAxes } from '../trace/infer.ts'
import { inputOf, outputOf, toFirst, type LowerKernel, type Lowering } from './lowering.ts'

type Emit = (low: Lowering, names: string[], node: GraphNode) => string

/** An elementwise kernel: operands by name, in whichever layout needs no transposition. */
function elementwise(operands: readonly string[], emit: Emit, needsFloat = false): LowerKernel {
  return (node, low) => {
    const values = operands.map((name) => inputOf(node, name))
    const rank = low.rank(outputOf(node))
    const layout = low.bestLayout(values, rank)
    const names = values.map((value) => {
      const name = low.operand(value, rank, layout)
      return needsFloat && low.type(value).dtype !== 'float32' ? low.cast(name, 'float32') : name
    })
    low.set(outputOf(node), emit(low, names, node), layout)
  }
}

const one =
  (type: string): Emit =>
  (low, [x]) =>
    low.op(type, [x as string])
const two =
  (type: string): Emit =>
  (low, [a, b]) =>
    low.op(type, [a as string, b as string])
const not =
  (emit: Emit): Emit =>
  (low, names, node) =>
    low.op('Not', [emit(low, names, node)])
const float = (emit: Emit): LowerKernel => elementwise(['x'], emit, true)
const same = (emit: Emit): LowerKernel => elementwise(['x'], emit)
const pair = (emit: Emit): LowerKernel => elementwise(['a', 'b'], emit)
const number = (node: GraphNode, name: string): number => Number(node.attrs[name] ?? 0)

/** Activation functions by their TF.js names, as the fused kernels use them too. */
export function emitActivation(low: Lowering, x: string, activation: string, alpha: number, slope?: string): string {
  switch (activation) {
    case 'linear':
      return x
    case 'relu':
      return low.op('Relu', [x])
    case 'relu6':
      return low.op('Clip', [x, low.scalar(0), low.scalar(6)])
    case 'elu':
      return low.op('Elu', [x])
    case 'sigmoid':
      return low.op('Sigmoid', [x])
    case 'leakyrelu':
      return low.op('LeakyRelu', [x], { alpha: { float: alpha } })
    case 'prelu':
      return low.op('PRelu', [x, slope as string])
    default:
      throw new Error(`Unknown fused activation ${activation}.`)
  }
}

const reduce =
  (type: string, prepare: 'none' | 'bool' | 'float' = 'none'): LowerKernel =>
  (node, low) => {
    const x = inputOf(node, 'x')
    const rank = low.rank(x)
    const types = { [`x`]: low.type(x) }
    const axes = reductionAxes({ kernel: node.kernel, inputs: types, attrs: node.attrs })
    const keep = Boolean(node.attrs.keepDims)
    const layout = low.bestLayout([x], rank)
    // Channels first gives the same order of the axes that remain when no pixel axis or no channel axis remains.
    const pixelAxesGone = axes.filter((axis) => axis > 0 && axis < rank - 1).length === rank - 2
    const usable = keep || pixelAxesGone || axes.includes(rank - 1) ? layout : 'last'
    const name = low.at(x, usable)
    const moved = usable === 'first' ? axes.map((axis) => toFirst(rank).indexOf(axis)) : axes
    if (axes.length === 0) return low.set(outputOf(node), name, usable)
    const dtype = low.type(x).dtype
    const numbers = dtype === 'bool' ? low.cast(name, prepare === 'float' ? 'float32' : 'int32') : name
    const ready = prepare === 'float' && dtype === 'int32' ? low.cast(numbers, 'float32') : numbers
    const reduced = low.op(type, [ready, low.int64(moved)], { keepdims: keep ? 1 : 0 })
    const result = prepare === 'bool' ? low.cast(reduced, 'bool') : reduced
    low.set(outputOf(node), result, keep ? usable : 'last')
  }

const argument =
  (type: string): LowerKernel =>
  (node, low) => {
    const x = inputOf(node, 'x')
    const axis = resolveAxes(node.attrs.axis as number, low.rank(x))[0] ?? 0
    low.set(outputOf(node), low.cast(low.op(type, [low.last(x)], { axis, keepdims: 0 }), 'int32'))
  }

const floorMod: Emit = (low, [a, b]) =>
  low.op('Sub', [
    a as string,
    low.op('Mul', [low.op('Floor', [low.op('Div', [a as string, b as string])]), b as string]),
  ])

/** Elementwise kernels, activations and reductions. */
export const elementwiseKernels: ReadonlyMap<string, LowerKernel> = new Map<string, LowerKernel>([
  ...['Abs', 'Ceil', 'Floor', 'Neg', 'Relu', 'Sign', 'Round', 'Identity'].map((k): [string, LowerKernel] => [
    k,
    same(one(k)),
  ]),
  ...[
    'Acos',
    'Acosh',
    'Asin',
    'Asinh',
    'Atan',
    'Atanh',
    'Cos',
    'Cosh',
    'Erf',
    'Exp',
    'Log',
    'Reciprocal',
    'Sigmoid',
    'Sin',
    'Sinh',
    'Softplus',
    'Sqrt',
    'Tan',
    'Tanh',
    'Elu',
    'Selu',
  ].map((k): [string, LowerKernel] => [k, float(one(k))]),
  [
    'Identity',
    (node, low) => {
      const x = inputOf(node, 'x')
      const layout = low.bestLayout([x], low.rank(x))
      low.set(outputOf(node), low.at(x, layout), layout)
    },
  ],
  ['Square', same((low, [x]) => low.op('Mul', [x as string, x as string]))],
  ['Relu6', same((low, [x]) => low.op('Clip', [x as string, low.scalar(0), low.scalar(6)]))],
  ['Rsqrt', float((low, [x]) => low.op('Reciprocal', [low.op('Sqrt', [x as string])]))],
  ['Expm1', float((low, [x]) => low.op('Sub', [low.op('Exp', [x as string]), low.scalar(1)]))],
  ['Log1p', float((low, [x]) => low.op('Log', [low.op('Add', [x as string, low.scalar(1)])]))],
  [
    'LeakyRelu',
    float((low, [x], node) => low.op('LeakyRelu', [x as string], { alpha: { float: number(node, 'alpha') } })),
  ],
  [
    'ClipByValue',
    same((low, [x], node) =>
      low.op('Clip', [x as string, low.scalar(number(node, 'clipValueMin')), low.scalar(number(node, 'clipValueMax'))]),
    ),
  ],
  [
    'Step',
    same((low, [x], node) => {
      const positive = low.op('Greater', [x as string, low.scalar(0)])
      return low.op('Where', [positive, low.scalar(1), low.scalar(number(node, 'alpha'))])
    }),
  ],
  ['IsNan', float(one('IsNaN'))],
  ['IsInf', float(one('IsInf'))],
  [
    'IsFinite',
    float((low, [x]) =>
      low.op('Not', [low.op('Or', [low.op('IsNaN', [x as string]), low.op('IsInf', [x as string])])]),
    ),
  ],
  ['LogicalNot', same(one('Not'))],
  [
    'ZerosLike',
    same((low, [x], node) =>
      low.op('Expand', [low.scalar(0, low.type(outputOf(node)).dtype), low.op('Shape', [x as string])]),
    ),
  ],
  [
    'OnesLike',
    same((low, [x], node) =>
      low.op('Expand', [low.scalar(1, low.type(outputOf(node)).dtype), low.op('Shape', [x as string])]),
    ),
  ],
  [
    'Cast',
    (node, low) => {
      const x = inputOf(node, 'x')
      const layout = low.bestLayout([x], low.rank(x))
      const to = low.type(outputOf(node)).dtype
      const name = low.at(x, layout)
      low.set(outputOf(node), low.type(x).dtype === to ? name : low.cast(name, to), layout)
    },
  ],
  ['Prelu', elementwise(['x', 'alpha'], two('PRelu'))],
  [
    'EluGrad',
    elementwise(['dy', 'y'], (low, [dy, y]) => {
      const slope = low.op('Where', [
        low.op('GreaterOrEqual', [y as string, low.scalar(0)]),
        low.scalar(1),
        low.op('Add', [y as string, low.scalar(1)]),
      ])
      return low.op('Mul', [dy as string, slope])
    }),
  ],
  [
    'Select',
    elementwise(['condition', 't', 'e'], (low, [c, t, e]) => low.op('Where', [c as string, t as string, e as string])),
  ],
  ['Add', pair(two('Add'))],
  ['Sub', pair(two('Sub'))],
  ['Multiply', pair(two('Mul'))],
  ['RealDiv', elementwise(['a', 'b'], two('Div'), true)],
  [
    'FloorDiv',
    elementwise(
      ['a', 'b'],
      (low, names, node) => low.cast(low.op('Floor', [two('Div')(low, names, node)]), low.type(outputOf(node)).dtype),
      true,
    ),
  ],
  ['Maximum', pair(two('Max'))],
  ['Minimum', pair(two('Min'))],
  ['Mod', pair(floorMod)],
  ['Pow', pair(two('Pow'))],
  [
    'SquaredDifference',
    pair((low, names, node) => {
      const difference = two('Sub')(low, names, node)
      return low.op('Mul', [difference, difference])
    }),
  ],
  [
    'Atan2',
    pair((low, [a, b]) => {
      const [y, x, zero] = [a as string, b as string, low.scalar(0)]
      const base = low.op('Atan', [low.op('Div', [y, x])])
      const turn = low.op('Where', [low.op('Less', [y, zero]), low.scalar(-Math.PI), low.scalar(Math.PI)])
      return low.op('Where', [low.op('Less', [x, zero]), low.op('Add', [base, turn]), base])
    }),
  ],
  ['Equal', pair(two('Equal'))],
  ['NotEqual', pair(not(two('Equal')))],
  ['Greater', pair(two('Greater'))],
  ['GreaterEqual', pair(two('GreaterOrEqual'))],
  ['Less', pair(two('Less'))],
  ['LessEqual', pair(two('LessOrEqual'))],
  ['LogicalAnd', pair(two('And'))],
  ['LogicalOr', pair(two('Or'))],
  ['LogicalXor', pair(two('Xor'))],
  [
    'AddN',
    (node, low) => {
      const values = node.inputs.map((input) => input.value)
      const rank = low.rank(outputOf(node))
      const layout = low.bestLayout(values, rank)
      low.set(
        outputOf(node),
        low.op(
          'Sum',
          values.map((value) => low.operand(value, rank, layout)),
        ),
        layout,
      )
    },
  ],
  ['Sum', reduce('ReduceSum')],
  ['Prod', reduce('ReduceProd')],
  ['Max', reduce('ReduceMax')],
  ['Min', reduce('ReduceMin')],
  ['Mean', reduce('ReduceMean', 'float')],
  ['All', reduce('ReduceMin', 'bool')],
  ['Any', reduce('ReduceMax', 'bool')],
  ['ArgMax', argument('ArgMax')],
  ['ArgMin', argument('ArgMin')],
  [
    'Softmax',
    (node, low) => {
      const x = inputOf(node, 'logits')
      const dim = Number(node.attrs.dim ?? -1)
      low.set(outputOf(node), low.op('Softmax', [low.last(x)], { axis: dim < 0 ? dim + low.rank(x) : dim }))
    },
  ],
  [
    'LogSoftmax',
    (node, low) => {
      const x = inputOf(node, 'logits')
      const dim = Number(node.attrs.axis ?? -1)
      low.set(outputOf(node), low.op('LogSoftmax', [low.last(x)], { axis: dim < 0 ? dim + low.rank(x) : dim }))
    },
  ],
])
