import type { SeededRandom } from '../../shared/base/seeded-random.ts'
import { sizeOf, type TensorData } from './graph.ts'
import type { ParameterSpec } from './scope.ts'
import { tf } from './tensorflow-js.ts'

/** Where each weight lies in the one vector that holds them all. */
export interface ParameterSlice {
  readonly name: string
  readonly shape: readonly number[]
  readonly offset: number
  readonly size: number
}

/** All weights of a model in one vector: an update, a clip or a checkpoint is then one operation. */
export class ParameterVector {
  readonly slices: readonly ParameterSlice[]
  readonly size: number
  private readonly specs: readonly ParameterSpec[]

  constructor(specs: readonly ParameterSpec[]) {
    let offset = 0
    this.specs = specs
    this.slices = specs.map(({ name, shape }) => {
      const size = sizeOf(shape)
      offset += size
      return { name, shape, offset: offset - size, size }
    })
    this.size = offset
  }

  /** First values of all weights; each weight draws from a stream of its own, so adding one changes no other. */
  initialise(random: SeededRandom): Float32Array {
    const vector = new Float32Array(this.size)
    this.specs.forEach((spec, i) =>
      vector.set(spec.initialiser(spec.shape, random.fork(spec.name)), this.slices[i]?.offset),
    )
    return vector
  }

  /** 1 where weight decay applies, else 0, [weights]. */
  decays(): Float32Array {
    const vector = new Float32Array(this.size)
    this.specs.forEach((spec, i) => {
      const slice = this.slices[i]
      if (slice && spec.decays) vector.fill(1, slice.offset, slice.offset + slice.size)
    })
    return vector
  }

  /** The weights as tensors of their own shapes, inside a trace. */
  split(vector: tf.Tensor1D): tf.Tensor[] {
    if (this.slices.length === 1) return [tf.reshape(vector, [...(this.slices[0]?.shape ?? [])])]
    const pieces = tf.split(
      vector,
      this.slices.map((slice) => slice.size),
    )
    return pieces.map((piece, i) => tf.reshape(piece, [...(this.slices[i]?.shape ?? [])]))
  }

  /** The weights by name, as views on the vector. */
  toNamed(vector: Float32Array): Map<string, TensorData> {
    return new Map(
      this.slices.map(({ name, shape, offset, size }) => [
        name,
        { shape, dtype: 'float32' as const, values: vector.subarray(offset, offset + size) },
      ]),
    )
  }

  /** The vector made of weights by name; undefined where the names or sizes are not this model's. */
  fromNamed(named: ReadonlyMap<string, TensorData>): Float32Array | undefined {
    const vector = new Float32Array(this.size)
    for (const { name, offset, size } of this.slices) {
      const data = named.get(name)
      if (data?.values.length !== size) return undefined
      vector.set(data.values, offset)
    }
    return named.size === this.slices.length ? vector : undefined
  }
}
