import { OnnxSession } from '../../electron/engine/executors/onnxruntime-executor.ts'
import { encodeOnnx } from '../../electron/engine/onnx/onnx-model.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import type { BenchCase } from './bench-case.ts'
import { randomFloats } from './random-floats.ts'

/** One matrix product through ONNX Runtime on its CPU provider: the rate that shares of the peak refer to. */
export const matmulCase: BenchCase = {
  name: 'matmul',
  async prepare({ batch: rows, length: inner, width: columns }, { threads }) {
    const value = (name: string, shape: readonly number[]) => ({ name, dtype: 'float32' as const, shape })
    const model = encodeOnnx({
      opset: 17,
      nodes: [{ type: 'MatMul', inputs: ['a', 'b'], outputs: ['c'], attributes: {} }],
      constants: [],
      inputs: [value('a', [rows, inner]), value('b', [inner, columns])],
      outputs: [value('c', [rows, columns])],
      metadata: {},
    })
    const session = await OnnxSession.load(model, 'cpu', { threads })
    const random = new SeededRandom(7)
    const feeds = { a: randomFloats([rows, inner], random), b: randomFloats([inner, columns], random) }
    return {
      step: async () => void (await session.run(feeds)),
      close: () => session.dispose(),
    }
  },
}
