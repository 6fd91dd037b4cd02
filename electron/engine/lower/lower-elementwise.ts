import { AppError } from '../../../shared/base/app-error.ts'
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
      throw new AppError('engine/unsupported', `The fused activation ${activation} is not compiled.`, { activation })
  }
}

/**
 * A product with zeros and ones (the gradient of a rectifier) is a choice between the other factor and zero, which
 * saves a pass over memory. Nothing is done where the factors differ in shape or layout.
 */
function passSwitched(node: GraphNode, low: Lowering): boolean {
  const [a, b] = [inputOf(node, 'a'), inputOf(node, 'b')]
  const rank = low.rank(outputOf(node))
  const layout = low.bestLayout([a, b], rank)
  for (const [gate, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const condition = low.switches.get(gate)
    const isSame = low.shape(gate).join() === low.shape(other).join()
    if (condition === undefined || !isSame || low.type(other).dtype !== 'float32' || low.nativeLayout(gate) !== layout)
      continue
    low.set(outputOf(node), low.op('Where', [condition, low.at(other, layout), low.scalar(0)]), layout)
    return true
  }
  return false
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
    const dtype = low.type(x).dtype
    const wanted = low.type(outputOf(node)).dtype
    if (axes.length === 0) return low.set(outputOf(node), dtype === wanted ? name : low.cast(name, wanted), usable)
    const numbers = dtype === 'bool' ? low.cast(name, prepare === 'float' ? 'float32' : 'int32') : name
    const ready = prepare === 'float' && dtype === 'int32' ? low.cast(numbers, 'float32') : numbers
    const reduced = low.op(type, [ready, low.int64(moved)], { keepdims: keep ? 1 : 0 })
    const result = wanted === 'bool' ? low.cast(reduced, 'bool') : reduced
    low.set(outputOf(node), result, keep ? usable : 'last')
  }

const argument =
  (type: string): LowerKernel =>
  (node, low) => {
    const x = inputOf(node, 'x')
    const axis = resolveAxes(node.attrs.axis as number, low.rank(x))[0] ?? 0
    low.set(outputOf(node), low.cast(low.op(type, [low.last(x)], { axis, keepdims: 0 }), 'int32'))
  }

const isFloat = (low: Lowering, node: GraphNode): boolean => low.type(outputOf(node)).dtype === 'float32'

/** A constant of the node's own sample type, so that kernels of whole numbers stay so. */
const constantLike = (low: Lowering, node: GraphNode, value: number): string =>
  low.scalar(value, low.type(outputOf(node)).dtype)

/** Remainder with the sign of the divisor. ONNX has that for whole numbers only; for floats the dividend's sign. */
const floorMod: Emit = (low, [a, b], node) => {
  if (!isFloat(low, node)) return low.op('Mod', [a as string, b as string])
  const remainder = low.op('Mod', [a as string, b as string], { fmod: 1 })
  const signsDiffer = low.op('Less', [low.op('Mul', [remainder, b as string]), low.scalar(0)])
  return low.op('Where', [signsDiffer, low.op('Add', [remainder, b as string]), remainder])
}

/** Quotient rounded down; whole numbers are not sent through float32, which holds 24 bits only. */
const floorDivide: LowerKernel = (node, low) => {
  const dividendType = low.type(inputOf(node, 'a')).dtype
  return elementwise(['a', 'b'], (l, [a, b]) => {
    const quotient = l.op('Div', [a as string, b as string])
    if (dividendType === 'float32') return l.cast(l.op('Floor', [quotient]), 'int32')
    const zero = l.scalar(0, 'int32')
    const rest = l.op('Sub', [a as string, l.op('Mul', [quotient, b as string])])
    const inexact = l.op('Not', [l.op('Equal', [rest, zero])])
    const signsDiffer = l.op('Xor', [l.op('Less', [rest, zero]), l.op('Less', [b as string, zero])])
    const tooLarge = l.op('And', [inexact, signsDiffer])
    return l.op('Where', [tooLarge, l.op('Sub', [quotient, l.scalar(1, 'int32')]), quotient])
  })(node, low)
}

/** Evaluates c0 + c1·x + c2·x² + ... */
function polynomial(low: Lowering, x: string, coefficients: readonly number[]): string {
  const [highest, ...rest] = [...coefficients].reverse()
  return rest.reduce((sum, c) => low.op('Add', [low.op('Mul', [sum, x]), low.scalar(c)]), low.scalar(highest ?? 0))
}

/** exp(x) - 1. Near zero the subtraction would cancel, so the Taylor series is taken there; each value is good to 1e-6. */
const expMinusOne: Emit = (low, [x]) => {
  const near = low.op('Less', [low.op('Abs', [x as string]), low.scalar(0.25)])
  const series = polynomial(low, x as string, [1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720])
  const direct = low.op('Sub', [low.op('Exp', [x as string]), low.scalar(1)])
  return low.op('Where', [near, low.op('Mul', [x as string, series]), direct])
}

/** log(1 + x), near zero as 2·artanh(x / (2 + x)), whose series has odd powers only. */
const logOnePlus: Emit = (low, [x]) => {
  const near = low.op('Less', [low.op('Abs', [x as string]), low.scalar(0.3)])
  const s = low.op('Div', [x as string, low.op('Add', [x as string, low.scalar(2)])])
  const series = polynomial(low, low.op('Mul', [s, s]), [2, 2 / 3, 2 / 5, 2 / 7, 2 / 9])
  const direct = low.op('Log', [low.op('Add', [x as string, low.scalar(1)])])
  return low.op('Where', [near, low.op('Mul', [s, series]), direct])
}

const arcTangent2: Emit = (low, [a, b]) => {
  const [y, x, zero] = [a as string, b as string, low.scalar(0)]
  const base = low.op('Atan', [low.op('Div', [y, x])])
  const turn = low.op('Where', [low.op('Less', [y, zero]), low.scalar(-Math.PI), low.scalar(Math.PI)])
  const angle = low.op('Where', [low.op('Less', [x, zero]), low.op('Add', [base, turn]), base])
  const origin = low.op('And', [low.op('Equal', [y, zero]), low.op('Equal', [x, zero])])
  return low.op('Where', [origin, zero, angle])
}

/** Comparisons of size need numbers. */
const order = (emit: Emit): LowerKernel =>
  elementwise(['a', 'b'], (low, names, node) => {
    const isBool = low.type(inputOf(node, 'a')).dtype === 'bool'
    return emit(low, isBool ? names.map((name) => low.cast(name, 'int32')) : names, node)
  })

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
  [
    'Relu6',
    same((low, [x], node) => low.op('Clip', [x as string, constantLike(low, node, 0), constantLike(low, node, 6)])),
  ],
  ['Rsqrt', float((low, [x]) => low.op('Reciprocal', [low.op('Sqrt', [x as string])]))],
  ['Expm1', float(expMinusOne)],
  ['Log1p', float(logOnePlus)],
  [
    'LeakyRelu',
    float((low, [x], node) => low.op('LeakyRelu', [x as string], { alpha: { float: number(node, 'alpha') } })),
  ],
  [
    'ClipByValue',
    same((low, [x], node) =>
      low.op('Clip', [
        x as string,
        constantLike(low, node, number(node, 'clipValueMin')),
        constantLike(low, node, number(node, 'clipValueMax')),
      ]),
    ),
  ],
  [
    'Step',
    same((low, [x], node) => {
      const positive = low.op('Greater', [x as string, constantLike(low, node, 0)])
      const alpha = number(node, 'alpha')
      if (alpha === 0) low.switches.set(outputOf(node), positive)
      return low.op('Where', [positive, constantLike(low, node, 1), constantLike(low, node, alpha)])
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
    elementwise(['condition', 't', 'e'], (low, [c, t, e], node) => {
      const wanted = low.type(outputOf(node)).dtype
      const cast = (name: string, input: string): string =>
        low.type(inputOf(node, input)).dtype === wanted ? name : low.cast(name, wanted)
      return low.op('Where', [c as string, cast(t as string, 't'), cast(e as string, 'e')])
    }),
  ],
  ['Add', pair(two('Add'))],
  ['Sub', pair(two('Sub'))],
  ['Multiply', (node, low) => (passSwitched(node, low) ? undefined : pair(two('Mul'))(node, low))],
  ['RealDiv', elementwise(['a', 'b'], two('Div'), true)],
  ['FloorDiv', floorDivide],
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
  ['Atan2', pair(arcTangent2)],
  ['Equal', pair(two('Equal'))],
  ['NotEqual', pair(not(two('Equal')))],
  ['Greater', order(two('Greater'))],
  ['GreaterEqual', order(two('GreaterOrEqual'))],
  ['Less', order(two('Less'))],
  ['LessEqual', order(two('LessOrEqual'))],
  ['LogicalAnd', pair(two('And'))],
  ['LogicalOr', pair(two('Or'))],
  [
    'AddN',
    (node, low) => {
      const values = node.inputs.map((input) => input.value)
      const rank = low.rank(outputOf(node))
      const layout = low.bestLayout(values, rank)
      // A chain of Add rather than ONNX's Sum, which takes no whole numbers and has no WebGPU kernel.
      const names = values.map((value) => low.operand(value, rank, layout))
      const sum = names.reduce((total, name) => low.op('Add', [total, name]))
      low.set(outputOf(node), sum, layout)
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
      const layout = low.bestLayout([x], low.rank(x))
      // TF.js's kernel takes the last axis only.
      const axis = layout === 'first' ? 1 : low.rank(x) - 1
      low.set(outputOf(node), low.op('Softmax', [low.at(x, layout)], { axis }), layout)
    },
  ],
])
