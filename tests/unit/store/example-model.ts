import type { TrainedModel } from '../../../electron/store/model-folder.ts'

/** A small, complete model for tests of the store; its graph is not a real one. */
export function exampleModel(): TrainedModel {
  const scores = { overallAccuracy: 0.75, macroF1: 0.7, kappa: 0.6 }
  return {
    description: {
      task: 'land-use',
      model: { name: 'lstm', options: { units: [3] } },
      labels: ['crop', 'forest'],
      contract: {
        frames: 23,
        step: { value: 16, unit: 'day' },
        seasonStart: '09-01',
        bands: ['red', 'nir'],
        size: [1, 1],
        normalisation: { mean: [0.1, 0.3], deviation: [0.05, 0.1] },
        spacingMm: null,
      },
      report: {
        task: 'land-use',
        model: 'lstm',
        device: 'cpu',
        seed: 5,
        parameters: 11,
        epochs: 1,
        seconds: 1.5,
        stepMs: 2.5,
        samples: { train: 10, validation: 3, test: 4 },
        split: 'blocks of 6 pixels',
        metrics: scores,
        baseline: { name: 'majority class', overallAccuracy: 0.5 },
        history: [{ epoch: 1, loss: 0.9, validationLoss: 0.8, seconds: 1.2 }],
        warnings: [],
        remarks: [],
        extra: {},
      },
      provenance: {
        data: [{ name: 'fields', sha256: 'ab'.repeat(32), files: 2, bytes: 300 }],
        seed: 5,
        device: 'cpu',
        versions: { chronolens: '0.1.0' },
        pipeline: [{ step: 'gap-fill', options: { method: 'linear' } }],
        split: { method: 'block', text: 'blocks of 6 pixels', seed: 5, blockSize: 6 },
        trainedAt: '2024-02-29T12:00:00.000Z',
      },
    },
    onnx: Uint8Array.from({ length: 101 }, (_, i) => (i * 37) % 256),
    tensors: {
      parameters: { 'lstm/kernel': { shape: [2, 3], dtype: 'float32', values: new Float32Array([1, 2, 3, 4, 5, 6]) } },
      optimiser: { step: { shape: [], dtype: 'int32', values: new Int32Array([17]) } },
    },
  }
}
