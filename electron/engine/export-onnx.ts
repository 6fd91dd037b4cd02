import { AppError } from '../../shared/base/app-error.ts'
import { assert } from '../../shared/base/assert.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import { traceTrained, type TrainedNumbers } from './apply-program.ts'
import { OnnxSession, onnxRuntimeExecutor } from './executors/onnxruntime-executor.ts'
import { sizeOf, type Graph, type TensorData } from './graph.ts'
import { lowerGraph } from './lower/lower-graph.ts'
import type { FeatureSpecs, ModelFunction } from './model-function.ts'
import { encodeOnnx } from './onnx/onnx-model.ts'
import { optimise } from './passes/optimise.ts'

/** Two batch sizes that no layer has as its width: what differs between the two traces depends on the batch. */
const batches = [53, 59] as const
/** Batch sizes the finished file is tried with. */
const triedBatches = [1, 6] as const
const tolerance = 1e-5

function sameStructure(a: Graph, b: Graph): boolean {
  return (
    a.nodes.length === b.nodes.length &&
    a.nodes.every((node, i) => node.kernel === b.nodes[i]?.kernel && node.outputs.join() === b.nodes[i].outputs.join())
  )
}

/**
 * A trained model as an ONNX file that takes any batch size (dimension `batch`), with its numbers built in and standard
 * operators only. Before it is returned it is run by ONNX Runtime at two other batch sizes and compared with the
 * program compiled for that size.
 * @throws `engine/export-differs` when they disagree by more than 1e-5
 */
export async function exportOnnx(
  model: ModelFunction,
  features: FeatureSpecs,
  numbers: TrainedNumbers,
  metadata: { readonly [key: string]: string } = {},
): Promise<Uint8Array> {
  const [graph, otherBatch] = batches.map((batch) => optimise(traceTrained(model, features, batch, numbers))) as [
    Graph,
    Graph,
  ]
  assert(sameStructure(graph, otherBatch), 'the same program has the same operations at every batch size')
  const bytes = encodeOnnx(lowerGraph(graph, { otherBatch, metadata }))
  await verify(bytes, model, features, numbers)
  return bytes
}

async function verify(
  bytes: Uint8Array,
  model: ModelFunction,
  features: FeatureSpecs,
  numbers: TrainedNumbers,
): Promise<void> {
  const session = await OnnxSession.load(bytes, 'cpu')
  const random = new SeededRandom(1)
  try {
    for (const batch of triedBatches) {
      const feeds = Object.fromEntries(
        Object.entries(features).map(([name, { shape, dtype }]): [string, TensorData] => {
          const full = [batch, ...shape]
          return [
            name,
            { shape: full, dtype, values: Float32Array.from({ length: sizeOf(full) }, () => random.normal()) },
          ]
        }),
      )
      const compiled = await onnxRuntimeExecutor('cpu').prepare(traceTrained(model, features, batch, numbers))
      const [expected, actual] = [await compiled.run(feeds), await session.run(feeds)]
      await compiled.dispose()
      for (const [name, { values }] of Object.entries(expected)) {
        const difference = largestDifference(values, actual[name]?.values)
        if (!(difference <= tolerance))
          throw new AppError(
            'engine/export-differs',
            `The exported model gives other numbers for "${name}" than the trained one (difference ${difference} at batch size ${batch}); please report this with the model.`,
            { output: name, difference, batch },
          )
      }
    }
  } finally {
    await session.dispose()
  }
}

/** Largest difference between two arrays, relative where the expected value is above 1; NaN when one is not there. */
function largestDifference(expected: ArrayLike<number>, actual: ArrayLike<number> | undefined): number {
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? NaN
    const difference = Math.abs(value - (actual?.[i] ?? NaN)) / Math.max(1, Math.abs(value))
    if (!(difference <= worst)) worst = difference
  }
  return worst
}
