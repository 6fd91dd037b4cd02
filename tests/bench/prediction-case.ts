import { traceTrained } from '../../electron/engine/apply-program.ts'
import { onnxRuntimeExecutor, type OnnxDevice } from '../../electron/engine/executors/onnxruntime-executor.ts'
import { lstm } from '../../electron/engine/layers/recurrent.ts'
import { discover, type FeatureSpecs, type ModelFunction } from '../../electron/engine/model-function.ts'
import { ParameterVector } from '../../electron/engine/parameter-vector.ts'
import { tf } from '../../electron/engine/tensorflow-js.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import { BANDS, type BenchCase } from './bench-case.ts'
import { sequenceClassifier } from './recurrent-cases.ts'

/** Pixels of one call; PyTorch's side has its own best size. */
const CHUNK = 1024

/** The class of every pixel of a raster, chunk by chunk, the numbers of the model built in. */
export const predictionCase: BenchCase = {
  name: 'predict-lstm',
  async prepare({ batch: pixels, length, width }, { device, threads }) {
    const classifier = sequenceClassifier(lstm, width)
    const model: ModelFunction = (scope, inputs) => ({
      classes: tf.argMax(classifier(scope, inputs)['logits']!, 1), // [batch]
    })
    const features: FeatureSpecs = { x: { shape: [length, BANDS], dtype: 'float32' } }
    const vector = new ParameterVector(discover(model, features, CHUNK, 'predict').parameters)
    const random = new SeededRandom(7)
    const numbers = { weights: vector.initialise(random), states: {} }
    const graph = traceTrained(model, features, CHUNK, numbers)
    const program = await onnxRuntimeExecutor(device as OnnxDevice, { threads }).prepare(graph)
    const row = length * BANDS
    const raster = new Float32Array(pixels * row)
    for (let i = 0; i < raster.length; i++) raster[i] = random.next()
    const classes = new Uint8Array(pixels)
    return {
      step: async () => {
        for (let start = 0; start < pixels; start += CHUNK) {
          // The last chunk is moved back so that it is full; its pixels are classified twice.
          const from = Math.max(0, Math.min(start, pixels - CHUNK))
          const values = raster.subarray(from * row, (from + CHUNK) * row)
          const found = await program.run({ x: { shape: [CHUNK, length, BANDS], dtype: 'float32', values } })
          classes.set(found['classes']!.values, from)
        }
      },
      close: () => program.dispose(),
    }
  },
}
