import { tf } from '../tensorflow-js.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { assert, defined } from '../../../shared/base/assert.ts'
import type {
  Attribute,
  DataType,
  Graph,
  GraphNode,
  NamedValue,
  TensorData,
  TensorValues,
  ValueType,
} from '../graph.ts'
import { sizeOf } from '../graph.ts'

/** Collects the graph of one trace. */
export class GraphRecorder {
  readonly values: ValueType[] = []
  readonly constants = new Map<number, TensorData>()
  readonly nodes: GraphNode[] = []
  readonly inputs: NamedValue[] = []
  /** Which value each TF.js tensor stands for; keyed by the tensor's data id. */
  private readonly valueOfData = new WeakMap<object, number>()

  addValue(type: ValueType): number {
    this.values.push(type)
    return this.values.length - 1
  }

  addConstant(data: TensorData): number {
    const value = this.addValue({ shape: data.shape, dtype: data.dtype })
    this.constants.set(value, data)
    return value
  }

  bind(dataId: object, value: number): void {
    this.valueOfData.set(dataId, value)
  }

  valueFor(dataId: object): number | undefined {
    return this.valueOfData.get(dataId)
  }
}

/** Takes what TF.js hands over and refuses sample types that programs do not have. */
export function toDataType(dtype: string, where: string): DataType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new AppError(
    'engine/data-type',
    `${where} uses sample type ${dtype}; compiled programs have float32, int32 and bool.`,
    {
      dtype,
    },
  )
}

/** Copies values of any array type into the one that belongs to the sample type. */
export function toTensorValues(values: ArrayLike<number | boolean>, dtype: DataType): TensorValues {
  const numbers = values as ArrayLike<number>
  if (dtype === 'float32') return Float32Array.from(numbers)
  return dtype === 'int32' ? Int32Array.from(numbers, Math.trunc) : Uint8Array.from(numbers, Number)
}

/**
 * The TF.js backend that computes nothing: each kernel call becomes a node of a graph, and the tensors it returns
 * are names of values. Only one trace runs at a time (TF.js has one engine per process); a trace is synchronous.
 */
export class TraceBackend extends tf.KernelBackend {
  private recorder: GraphRecorder | undefined
  private lastKernel = 'nothing yet'

  /** Runs `body` while kernel calls are recorded. */
  record<T>(recorder: GraphRecorder, body: () => T): T {
    assert(this.recorder === undefined, 'a trace is synchronous, so no other one can be under way')
    this.recorder = recorder
    try {
      return body()
    } finally {
      this.recorder = undefined
    }
  }

  get current(): GraphRecorder {
    return defined(this.recorder, 'kernels of the trace backend are called only inside compile()')
  }

  /** The value a TF.js tensor stands for; a tensor that another backend holds becomes a constant. */
  valueFor(info: tf.TensorInfo): number {
    const known = this.current.valueFor(info.dataId)
    if (known !== undefined) return known
    const holder = tf.engine().state.tensorInfo.get(info.dataId as object)
    const backend = defined(holder, 'the engine tracks every tensor it made').backend
    assert(backend !== this, 'a symbolic tensor never outlives its trace')
    const dtype = toDataType(info.dtype, 'A tensor made outside the program')
    const values = toTensorValues(backend.readSync(info.dataId as object) as ArrayLike<number>, dtype)
    const value = this.current.addConstant({ shape: info.shape, dtype, values })
    this.current.bind(info.dataId, value)
    return value
  }

  /** Appends a kernel call and returns the symbolic tensors it yields. */
  call(
    kernel: string,
    inputs: NamedValue[],
    attrs: { [name: string]: Attribute },
    types: readonly ValueType[],
  ): tf.TensorInfo[] {
    this.lastKernel = kernel
    const outputs = types.map((type) => this.current.addValue(type))
    this.current.nodes.push({ kernel, inputs, attrs, outputs })
    return types.map((type, index) => this.symbol(defined(outputs[index], 'one value per type'), type))
  }

  /** A TF.js tensor description that stands for a value. */
  symbol(value: number, type: ValueType): tf.TensorInfo {
    const dataId = {}
    this.current.bind(dataId, value)
    return { dataId, shape: [...type.shape], dtype: type.dtype }
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const type = toDataType(dtype, 'A constant')
    const dataId = {}
    const data =
      values === null
        ? toTensorValues(new Float32Array(sizeOf(shape)), type)
        : toTensorValues(values as ArrayLike<number>, type)
    this.current.bind(dataId, this.current.addConstant({ shape, dtype: type, values: data }))
    return dataId
  }

  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    const type = toDataType(dtype, 'A constant')
    const data = toTensorValues(values as ArrayLike<number>, type)
    this.current.bind(dataId, this.current.addConstant({ shape, dtype: type, values: data }))
  }

  override readSync(dataId: object): tf.BackendValues {
    const value = this.current.valueFor(dataId)
    const constant = value === undefined ? undefined : this.current.constants.get(value)
    if (constant) return constant.values
    throw new AppError(
      'engine/data-dependent',
      `The program reads a value while it is being compiled (the last operation was ${this.lastKernel}); ` +
        'what it computes must not decide which operations run. Use tf.where or masks instead.',
      { lastKernel: this.lastKernel },
    )
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId))
  }

  override disposeData(): boolean {
    return true
  }
  override numDataIds(): number {
    return 0
  }
  override refCount(): number {
    return 1
  }
  override incRef(): void {
    // Symbolic tensors own no memory.
  }
  override floatPrecision(): 16 | 32 {
    return 32
  }
  override epsilon(): number {
    return 1e-7
  }
  override timerAvailable(): boolean {
    return false
  }
  override dispose(): void {
    // Nothing is held between traces.
  }
}

/** The graph recorded so far, with the given values as outputs. */
export function finishGraph(recorder: GraphRecorder, outputs: readonly NamedValue[]): Graph {
  const { values, constants, nodes, inputs } = recorder
  return { values, constants, nodes, inputs, outputs }
}
