import { AppError } from '../../../shared/base/app-error.ts'
import type { DataType, ValueType } from '../graph.ts'
import {
  attr,
  broadcastShapes,
  input,
  listInputs,
  resolveAxes,
  upcast,
  type InferTypes,
  type KernelCall,
} from './infer.ts'

const sameType: InferTypes = (call) => input(call, 'x')
const asFloat: InferTypes = (call) => ({ shape: input(call, 'x').shape, dtype: 'float32' })
const asBool: InferTypes = (call) => ({ shape: input(call, 'x').shape, dtype: 'bool' })

/** Two operands of one sample type, which is the result's; TF.js casts before it calls the kernel. */
const arithmetic: InferTypes = (call) => {
  const [a, b] = [input(call, 'a'), input(call, 'b')]
  const dtype = upcast(a.dtype, b.dtype)
  if (dtype === 'bool') {
    throw new AppError(
      'engine/data-type',
      `${call.kernel} of two booleans is not compiled; cast them to int32 or float32 first.`,
      { kernel: call.kernel },
    )
  }
  return { shape: broadcastShapes(a.shape, b.shape), dtype }
}
const comparison: InferTypes = (call) => ({
  shape: broadcastShapes(input(call, 'a').shape, input(call, 'b').shape),
  dtype: 'bool',
})
/** The axes a reduction call removes; Max names its attribute differently from the others. */
export function reductionAxes(call: KernelCall): number[] {
  const { shape } = input(call, 'x')
  const axis = call.kernel === 'Max' ? 'reductionIndices' : 'axis'
  return resolveAxes(attr<number | number[] | null>(call, axis), shape.length)
}
/** Reductions: `axis` (all when absent) and `keepDims`; the kind says which type comes out. */
const reduction =
  (dtypeOf: (dtype: DataType) => DataType): InferTypes =>
  (call) => {
    const { shape, dtype } = input(call, 'x')
    const axes = reductionAxes(call)
    const keep = attr<boolean>(call, 'keepDims')
    const reduced = keep ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i))
    return { shape: reduced, dtype: dtypeOf(dtype) }
  }
const argument: InferTypes = (call) => {
  const { shape } = input(call, 'x')
  const axes = resolveAxes(attr<number | number[] | null>(call, 'axis') ?? 0, shape.length)
  return { shape: shape.filter((_, i) => !axes.includes(i)), dtype: 'int32' }
}

const all = (kernels: readonly string[], infer: InferTypes): [string, InferTypes][] => kernels.map((k) => [k, infer])

/** Shape rules of elementwise kernels and reductions. */
export const elementwiseTypes: ReadonlyMap<string, InferTypes> = new Map<string, InferTypes>([
  ...all(
    [
      'Abs',
      'Ceil',
      'ClipByValue',
      'Floor',
      'Identity',
      'Neg',
      'OnesLike',
      'Relu',
      'Relu6',
      'Round',
      'Sign',
      'Square',
      'Step',
      'ZerosLike',
      'LogicalNot',
      'Reverse',
      'Cumsum',
    ],
    sameType,
  ),
  ...all(
    [
      'Acos',
      'Acosh',
      'Asin',
      'Asinh',
      'Atan',
      'Atanh',
      'Cos',
      'Cosh',
      'Elu',
      'Erf',
      'Exp',
      'Expm1',
      'LeakyRelu',
      'Log',
      'Log1p',
      'Prelu',
      'Reciprocal',
      'Rsqrt',
      'Selu',
      'Sigmoid',
      'Sin',
      'Sinh',
      'Softplus',
      'Sqrt',
      'Tan',
      'Tanh',
    ],
    asFloat,
  ),
  ...all(['IsFinite', 'IsInf', 'IsNan'], asBool),
  ...all(
    ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Mod', 'Pow', 'SquaredDifference', 'Atan2'],
    arithmetic,
  ),
  ['FloorDiv', (call) => ({ ...(arithmetic(call) as ValueType), dtype: 'int32' })], // Whatever it divides, as in TF.js.
  ...all(['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'], comparison),
  ...all(
    ['Max', 'Min'],
    reduction((dtype) => dtype),
  ),
  ...all(
    ['Sum', 'Prod'],
    reduction((dtype) => (dtype === 'bool' ? 'int32' : dtype)),
  ),
  ...all(
    ['Mean'],
    reduction(() => 'float32'),
  ),
  ...all(
    ['All', 'Any'],
    reduction(() => 'bool'),
  ),
  ...all(['ArgMax', 'ArgMin'], argument),
  ['AddN', (call) => listInputs(call)[0] ?? { shape: [], dtype: 'float32' }],
  ['Cast', (call) => ({ shape: input(call, 'x').shape, dtype: attr<DataType>(call, 'dtype') })],
  ['EluGrad', (call) => input(call, 'dy')],
  ['Softmax', (call) => input(call, 'logits')],
  [
    'Select',
    (call) => ({ shape: input(call, 't').shape, dtype: upcast(input(call, 't').dtype, input(call, 'e').dtype) }),
  ],
])
