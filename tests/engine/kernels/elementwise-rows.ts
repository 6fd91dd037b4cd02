import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { booleans, exactIntegers, exactly, floats, integers, type TensorMaker } from '../random-tensor.ts'
import type { KernelRow, Tensors } from './kernel-row.ts'

type Unary = (x: tf.Tensor) => tf.Tensor
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor
const x = ({ x: tensor }: Tensors): tf.Tensor => tensor as tf.Tensor

function unary(
  kernel: string,
  apply: Unary,
  options: Partial<KernelRow> & { low?: number; high?: number } = {},
): KernelRow[] {
  const { low, high, ...rest } = options
  const row = (shape: number[]): KernelRow => ({
    kernel,
    title: `on [${shape.join(', ')}]`,
    inputs: { x: floats(shape, low, high) },
    program: (inputs) => apply(x(inputs)),
    ...rest,
  })
  return [row([3, 5]), row([2, 3, 5, 4])]
}

/** Same rank, either side broadcast, differing ranks, and a scalar. */
const broadcasts: readonly [number[], number[]][] = [
  [
    [3, 5],
    [3, 5],
  ],
  [
    [2, 3, 4, 5],
    [4, 1],
  ],
  [[5], [2, 3, 4, 5]],
  [
    [2, 1, 4, 5],
    [2, 3, 1, 5],
  ],
  [[2, 3, 4, 1, 3], [3]],
  [[], [2, 3]],
]

function binary(
  kernel: string,
  apply: Binary,
  options: Partial<KernelRow> & { a?: [number, number]; b?: [number, number] } = {},
): KernelRow[] {
  const { a = [-1.3, 1.7], b = [-1.1, 1.9], ...rest } = options
  return broadcasts.map(([first, second]) => ({
    kernel,
    title: `of [${first.join(', ')}] and [${second.join(', ')}]`,
    inputs: { a: floats(first, ...a), b: floats(second, ...b) },
    program: (inputs) => apply(inputs['a'] as tf.Tensor, inputs['b'] as tf.Tensor),
    ...rest,
  }))
}

function integerPair(kernel: string, apply: Binary, b: TensorMaker = integers([4])): KernelRow {
  return {
    kernel,
    title: 'of whole numbers',
    inputs: { a: integers([3, 4], -9, 9), b },
    program: (inputs) => apply(inputs['a'] as tf.Tensor, inputs['b'] as tf.Tensor),
    gradient: false,
  }
}

function logicalPair(kernel: string, apply: Binary): KernelRow {
  return {
    kernel,
    title: 'of [2, 3] and [3]',
    inputs: { a: booleans([2, 3]), b: booleans([3]) },
    program: (inputs) => apply(inputs['a'] as tf.Tensor, inputs['b'] as tf.Tensor),
    gradient: false,
  }
}

const special = exactly([8], [0, -0, NaN, Infinity, -Infinity, 1.5, -2.5, 3e38])
const halves = exactly([2, 6], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, -0.4, 0.6, 7.49, -7.51, 0])
const nonZeroIntegers = exactIntegers([4], [3, -2, 4, -5])
const close = (relative: number): Partial<KernelRow> => ({ tolerance: { relative } })
const precise = { tolerance: { relative: 2e-6, elementwise: true } }
const asFloat = (t: tf.Tensor): tf.Tensor => tf.cast(t, 'float32')

const unaryRows: KernelRow[] = [
  ...unary('Abs', tf.abs),
  { kernel: 'Abs', title: 'of whole numbers', inputs: { x: integers([7]) }, program: (i) => tf.abs(x(i)) },
  ...unary('Acos', tf.acos, { low: -0.8, high: 0.9 }),
  ...unary('Acosh', tf.acosh, { low: 1.1, high: 4 }),
  ...unary('Asin', tf.asin, { low: -0.8, high: 0.9 }),
  ...unary('Asinh', tf.asinh),
  ...unary('Atan', tf.atan),
  ...unary('Atanh', tf.atanh, { low: -0.8, high: 0.9 }),
  ...unary('Ceil', tf.ceil, { low: -3, high: 4 }),
  ...unary('ClipByValue', (t) => tf.clipByValue(t, -0.7, 0.9)),
  {
    kernel: 'ClipByValue',
    title: 'of whole numbers',
    inputs: { x: integers([9]) },
    program: (i) => tf.clipByValue(x(i), -2, 3),
  },
  ...unary('Cos', tf.cos, { low: -4, high: 5 }),
  ...unary('Cosh', tf.cosh),
  ...unary('Elu', tf.elu),
  ...unary('EluGrad', tf.elu),
  // TF.js approximates erf to 1.5e-7 of 1 (Abramowitz and Stegun 7.1.26).
  ...unary('Erf', tf.erf, close(1e-5)),
  ...unary('Exp', tf.exp),
  ...unary('Expm1', tf.expm1),
  {
    kernel: 'Expm1',
    title: 'near zero and far from it, each value to 2e-6',
    inputs: { x: exactly([10], [1e-8, -3e-6, 2e-4, 0.01, -0.2, 0.26, -0.7, 5, 40, -60]) },
    program: (i) => tf.expm1(x(i)),
    ...precise,
  },
  ...unary('Floor', tf.floor, { low: -3, high: 4 }),
  ...unary('Identity', (t) => tf.mul(tf.clone(t), 2)),
  { kernel: 'Identity', title: 'of whole numbers', inputs: { x: integers([4]) }, program: (i) => tf.clone(x(i)) },
  { kernel: 'Identity', title: 'of booleans', inputs: { x: booleans([4]) }, program: (i) => tf.clone(x(i)) },
  ...unary('IsFinite', tf.isFinite, { gradient: false }),
  ...unary('IsInf', tf.isInf, { gradient: false }),
  ...unary('IsNan', tf.isNaN, { gradient: false }),
  ...(['isFinite', 'isInf', 'isNaN'] as const).map((name): KernelRow => ({
    kernel: { isFinite: 'IsFinite', isInf: 'IsInf', isNaN: 'IsNan' }[name],
    title: 'of not-a-number and infinities',
    inputs: { x: special },
    program: (i) => tf[name](x(i)),
    gradient: false,
  })),
  ...unary('LeakyRelu', (t) => tf.leakyRelu(t, 0.3)),
  ...unary('Log', tf.log, { low: 0.1, high: 6 }),
  ...unary('Log1p', tf.log1p, { low: -0.6, high: 6 }),
  {
    kernel: 'Log1p',
    title: 'near zero and far from it, each value to 2e-6',
    inputs: { x: exactly([10], [1e-8, -3e-6, 2e-4, 0.01, -0.2, 0.26, -0.7, 5, 4e7, -0.99]) },
    program: (i) => tf.log1p(x(i)),
    ...precise,
  },
  {
    kernel: 'LogicalNot',
    title: 'on [5]',
    inputs: { x: booleans([5]) },
    program: (i) => tf.logicalNot(x(i)),
  },
  ...unary('Neg', tf.neg),
  { kernel: 'Neg', title: 'of whole numbers', inputs: { x: integers([7]) }, program: (i) => tf.neg(x(i)) },
  ...unary('OnesLike', tf.onesLike),
  ...unary('Reciprocal', tf.reciprocal, { low: 0.3, high: 3 }),
  ...unary('Relu', tf.relu),
  ...unary('Relu6', tf.relu6, { low: -3, high: 9 }),
  { kernel: 'Relu', title: 'of whole numbers', inputs: { x: integers([7]) }, program: (i) => tf.relu(x(i)) },
  {
    kernel: 'Relu6',
    title: 'of whole numbers',
    inputs: { x: integers([9], -3, 12) },
    program: (i) => tf.relu6(x(i)),
  },
  ...unary('Round', tf.round, { low: -3, high: 4 }),
  { kernel: 'Round', title: 'of halves, to the even side', inputs: { x: halves }, program: (i) => tf.round(x(i)) },
  ...unary('Rsqrt', tf.rsqrt, { low: 0.2, high: 4 }),
  ...unary('Selu', tf.selu),
  ...unary('Sigmoid', tf.sigmoid, { low: -6, high: 9 }),
  ...unary('Sign', tf.sign),
  ...unary('Sin', tf.sin, { low: -4, high: 5 }),
  ...unary('Sinh', tf.sinh),
  ...unary('Softplus', tf.softplus),
  {
    kernel: 'Softplus',
    title: 'of large and small values',
    inputs: { x: exactly([7], [-90, -20, -3, 0, 3, 30, 95]) },
    program: (i) => tf.softplus(x(i)),
  },
  ...unary('Sqrt', tf.sqrt, { low: 0.2, high: 4 }),
  ...unary('Square', tf.square),
  { kernel: 'Square', title: 'of whole numbers', inputs: { x: integers([7]) }, program: (i) => tf.square(x(i)) },
  ...unary('Step', (t) => tf.step(t, 0.2)),
  ...unary('Tan', tf.tan, { low: -1.2, high: 1.3 }),
  ...unary('Tanh', tf.tanh, { low: -3, high: 4 }),
  ...unary('ZerosLike', tf.zerosLike),
  ...unary('Cast', (t) => tf.cast(t, 'int32'), { low: -4, high: 5 }).map((row) => ({ ...row, gradient: false })),
  ...unary('Cast', (t) => tf.cast(tf.relu(t), 'bool'), { gradient: false }),
  {
    kernel: 'Cast',
    title: 'of whole numbers and booleans to float32 and int32',
    inputs: { x: integers([2, 3, 4, 2]), y: booleans([5]) },
    program: ({ x: a, y }) => [
      tf.cast(a as tf.Tensor, 'float32'),
      tf.cast(a as tf.Tensor, 'bool'),
      tf.cast(y as tf.Tensor, 'int32'),
      tf.cast(y as tf.Tensor, 'float32'),
    ],
    gradient: false,
  },
  {
    kernel: 'Fill',
    title: 'of each type',
    inputs: { x: floats([2, 3]) },
    program: (i) => [tf.add(x(i), tf.fill([2, 3], 2.5)), tf.fill([2], 3, 'int32')],
  },
  {
    kernel: 'Range',
    title: 'upwards and downwards',
    inputs: { x: floats([4]) },
    program: (i) => [tf.add(x(i), tf.range(1, 3, 0.5)), tf.range(7, 1, -2, 'int32')],
  },
  {
    kernel: 'LinSpace',
    title: 'of five',
    inputs: { x: floats([5]) },
    program: (i) => tf.mul(x(i), tf.linspace(-1, 2, 5)),
  },
]

const binaryRows: KernelRow[] = [
  ...binary('Add', tf.add),
  integerPair('Add', tf.add),
  ...binary('Sub', tf.sub),
  integerPair('Sub', tf.sub),
  ...binary('Multiply', tf.mul),
  integerPair('Multiply', tf.mul),
  ...binary('RealDiv', tf.div, { b: [0.4, 2] }),
  ...binary('FloorDiv', tf.floorDiv, { a: [-9, 8], b: [0.7, 2], gradient: false }),
  integerPair('FloorDiv', tf.floorDiv, nonZeroIntegers),
  {
    kernel: 'FloorDiv',
    title: 'of whole numbers that float32 cannot hold',
    inputs: { a: exactIntegers([3], [2000000011, -2000000011, 16777217]), b: exactIntegers([3], [7, 10, 1]) },
    program: ({ a, b }) => tf.floorDiv(a as tf.Tensor, b as tf.Tensor),
    gradient: false,
  },
  ...binary('Maximum', tf.maximum),
  integerPair('Maximum', tf.maximum),
  ...binary('Minimum', tf.minimum),
  integerPair('Minimum', tf.minimum),
  ...binary('Mod', tf.mod, { a: [-5, 7], b: [0.6, 2] }),
  ...binary('Mod', tf.mod, { a: [-5, 7], b: [-2, -0.6] }),
  integerPair('Mod', tf.mod, nonZeroIntegers),
  ...binary('Pow', tf.pow, { a: [0.2, 2], b: [-1.5, 2.5] }),
  {
    kernel: 'Pow',
    title: 'of negative bases with whole exponents',
    inputs: { a: exactly([5], [-1.5, -0.7, -2, 1.2, -3]), b: exactly([5], [2, 3, -1, -2, 0]) },
    program: ({ a, b }) => tf.pow(a as tf.Tensor, b as tf.Tensor),
  },
  integerPair('Pow', tf.pow, exactIntegers([4], [0, 1, 2, 3])),
  ...binary('SquaredDifference', tf.squaredDifference),
  integerPair('SquaredDifference', tf.squaredDifference),
  ...binary('Atan2', tf.atan2),
  {
    kernel: 'Atan2',
    title: 'on the axes and at the origin',
    inputs: { a: exactly([9], [0, 0, 0, 1, -1, 2, -2, 2, -2]), b: exactly([9], [0, 1, -1, 0, 0, 3, 3, -3, -3]) },
    program: ({ a, b }) => tf.atan2(a as tf.Tensor, b as tf.Tensor),
    gradient: false,
  },
  ...binary('Prelu', tf.prelu, {}).filter((row) => !/of \[(5|)\]|\[2, 1, 4/.test(row.title)),
  ...(
    [
      ['Equal', tf.equal],
      ['NotEqual', tf.notEqual],
      ['Greater', tf.greater],
      ['GreaterEqual', tf.greaterEqual],
      ['Less', tf.less],
      ['LessEqual', tf.lessEqual],
    ] as const
  ).flatMap(([kernel, apply]) => [
    ...binary(kernel, (a, b) => asFloat(apply(tf.round(a), tf.round(b))), { gradient: false }),
    integerPair(kernel, apply),
  ]),
  ...(['Equal', 'NotEqual'] as const).map((kernel) => logicalPair(kernel, kernel === 'Equal' ? tf.equal : tf.notEqual)),
  logicalPair('LogicalAnd', tf.logicalAnd),
  logicalPair('LogicalOr', tf.logicalOr),
  {
    kernel: 'LogicalOr',
    title: 'with and, not and comparisons',
    inputs: { a: floats([2, 3, 4, 5]), b: floats([4, 5]) },
    program: ({ a, b }) => {
      const [p, q] = [tf.greater(a as tf.Tensor, 0.2), tf.less(b as tf.Tensor, 0.4)]
      return asFloat(tf.logicalXor(tf.logicalNot(p), tf.logicalOr(q, tf.logicalAnd(p, q))))
    },
    gradient: false,
  },
]

const otherRows: KernelRow[] = [
  {
    kernel: 'AddN',
    title: 'of three, broadcast by none',
    inputs: { a: floats([2, 3, 4, 5]), b: floats([2, 3, 4, 5]), c: floats([2, 3, 4, 5]) },
    program: ({ a, b, c }) => tf.addN([a, b, c] as tf.Tensor[]),
  },
  {
    kernel: 'AddN',
    title: 'of whole numbers',
    inputs: { a: integers([4]), b: integers([4]), c: integers([4]) },
    program: ({ a, b, c }) => tf.addN([a, b, c] as tf.Tensor[]),
  },
  ...[[2, 3, 4, 5] as number[], [3, 5]].map((shape) => ({
    kernel: 'Select',
    title: `on [${shape.join(', ')}]`,
    inputs: { a: floats(shape), b: floats(shape) },
    program: ({ a, b }: Tensors) =>
      tf.where(tf.greaterEqual(a as tf.Tensor, 0.1), tf.mul(a as tf.Tensor, 3), b as tf.Tensor),
  })),
  {
    kernel: 'Select',
    title: 'with a condition and a value that are broadcast',
    inputs: { c: booleans([3, 1]), a: floats([4]), b: floats([2, 3, 4]) },
    program: ({ a, b, c }) => tf.where(c as tf.Tensor, a as tf.Tensor, b as tf.Tensor),
  },
  {
    kernel: 'Select',
    title: 'of whole numbers',
    inputs: { c: booleans([4]), a: integers([4]), b: integers([4]) },
    program: ({ a, b, c }) => tf.where(c as tf.Tensor, a as tf.Tensor, b as tf.Tensor),
  },
  ...[
    [3, 5],
    [2, 3, 4],
    [2, 3, 4, 5],
  ].flatMap((shape) => [
    {
      kernel: 'Softmax',
      title: `on [${shape.join(', ')}]`,
      inputs: { x: floats(shape, -3, 5) },
      program: (i: Tensors) => tf.softmax(x(i)),
    },
  ]),
  {
    kernel: 'Softmax',
    title: 'of values that overflow without a shift',
    inputs: { x: exactly([2, 3], [900, 901, 899, -900, -905, -1000]) },
    program: (i) => tf.softmax(x(i)),
  },
]

/** Rows of elementwise kernels, activations and constants. */
export const elementwiseRows: readonly KernelRow[] = [...unaryRows, ...binaryRows, ...otherRows]
