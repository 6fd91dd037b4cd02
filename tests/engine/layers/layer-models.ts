import * as tfl from '@tensorflow/tfjs-layers'
import { tf } from '../../../electron/engine/tensorflow-js.ts'

const { layers } = tfl

/** A small tf.layers model and the shape of its input, batch first. */
export interface LayerModel {
  readonly title: string
  readonly input: readonly number[]
  readonly make: () => tfl.layers.Layer[]
  /** Whole numbers up to this one go in, for embeddings. */
  readonly vocabulary?: number
}

const sequence = [2, 5, 3] as const
const image = [2, 7, 6, 3] as const
const frames = [2, 3, 6, 5, 2] as const
const recurrent = { lstm: layers.lstm, gru: layers.gru, simpleRNN: layers.simpleRNN } as const

const recurrentModels: LayerModel[] = [
  ...(['lstm', 'gru', 'simpleRNN'] as const).flatMap((kind): LayerModel[] => {
    const layer = recurrent[kind] as typeof layers.lstm
    return [
      { title: kind, input: sequence, make: () => [layer({ units: 4 })] },
      {
        title: `${kind}, sequences, backwards`,
        input: sequence,
        make: () => [layer({ units: 4, returnSequences: true, goBackwards: true })],
      },
      {
        title: `${kind}, two in a stack`,
        input: sequence,
        make: () => [layer({ units: 4, returnSequences: true }), layer({ units: 3 })],
      },
      {
        title: `${kind}, without bias, hard sigmoid`,
        input: sequence,
        make: () => [layer({ units: 3, useBias: false, recurrentActivation: 'hardSigmoid' } as never)],
      },
      {
        title: `${kind}, dropout of inputs and states`,
        input: sequence,
        make: () => [layer({ units: 4, dropout: 0.3, recurrentDropout: 0.25 })],
      },
    ]
  }),
  ...(['concat', 'sum', 'mul', 'ave'] as const).map((mergeMode) => ({
    title: `bidirectional gru, ${mergeMode}`,
    input: sequence,
    make: () => [layers.bidirectional({ layer: layers.gru({ units: 3, returnSequences: true }) as never, mergeMode })],
  })),
  {
    title: 'bidirectional lstm, last states',
    input: sequence,
    make: () => [layers.bidirectional({ layer: layers.lstm({ units: 3 }) as never, mergeMode: 'concat' })],
  },
  {
    title: 'stacked cells',
    input: sequence,
    make: () => [
      layers.rnn({
        cell: [layers.lstmCell({ units: 4 }), layers.gruCell({ units: 3 })] as never,
        returnSequences: true,
      }),
    ],
  },
  {
    title: 'dense over time',
    input: sequence,
    make: () => [layers.timeDistributed({ layer: layers.dense({ units: 4, activation: 'relu' }) })],
  },
  {
    title: 'convolutions over time, then lstm',
    input: frames,
    make: () => [
      layers.timeDistributed({ layer: layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }) }),
      layers.timeDistributed({ layer: layers.globalAveragePooling2d({}) }),
      layers.lstm({ units: 3 }),
    ],
  },
  ...(
    [
      ['same padding', { padding: 'same' }],
      ['sequences, backwards', { padding: 'same', returnSequences: true, goBackwards: true }],
      ['stride 2', { padding: 'valid', strides: 2 }],
      ['dilation 2', { padding: 'same', dilationRate: 2 }],
      ['dropout', { padding: 'same', dropout: 0.3, recurrentDropout: 0.2 }],
    ] as const
  ).map(([title, options]) => ({
    title: `convLstm2d, ${title}`,
    input: frames,
    make: () => [layers.convLstm2d({ filters: 3, kernelSize: 3, ...options } as never)],
  })),
  {
    title: 'masked steps through lstm',
    input: sequence,
    make: () => [layers.masking({ maskValue: 0 }), layers.lstm({ units: 4 })],
  },
  {
    title: 'embedding, zero masked, lstm',
    input: [3, 6],
    vocabulary: 7,
    make: () => [layers.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), layers.lstm({ units: 3 })],
  },
  { title: 'embedding', input: [3, 6], vocabulary: 7, make: () => [layers.embedding({ inputDim: 8, outputDim: 4 })] },
]

const convolutionModels: LayerModel[] = [
  {
    title: 'conv1d, stride 2',
    input: [2, 9, 3],
    make: () => [layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' })],
  },
  {
    title: 'conv1d, dilation 2',
    input: [2, 9, 3],
    make: () => [layers.conv1d({ filters: 4, kernelSize: 3, dilationRate: 2 })],
  },
  {
    title: 'conv2d, stride 2',
    input: image,
    make: () => [layers.conv2d({ filters: 4, kernelSize: [3, 2], strides: 2, padding: 'same', activation: 'relu' })],
  },
  {
    title: 'conv2d, dilation 2',
    input: image,
    make: () => [layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2 })],
  },
  {
    title: 'conv2d, channels first',
    input: [2, 3, 7, 6],
    make: () => [layers.conv2d({ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst' })],
  },
  {
    title: 'conv3d',
    input: [2, 4, 6, 5, 2],
    make: () => [layers.conv3d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'tanh' })],
  },
  {
    title: 'conv3d, stride 2',
    input: [2, 4, 6, 5, 2],
    make: () => [layers.conv3d({ filters: 3, kernelSize: 2, strides: 2 })],
  },
  {
    title: 'separableConv2d',
    input: image,
    make: () => [layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, padding: 'same' })],
  },
  {
    title: 'depthwiseConv2d',
    input: image,
    make: () => [layers.depthwiseConv2d({ kernelSize: [2, 3], depthMultiplier: 2, padding: 'same' })],
  },
  {
    title: 'conv2dTranspose',
    input: [2, 4, 3, 3],
    make: () => [layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' })],
  },
  {
    title: 'conv3dTranspose',
    input: [1, 3, 3, 2, 2],
    make: () => [layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2, padding: 'valid' })],
  },
  {
    title: 'maxPooling1d',
    input: [2, 9, 3],
    make: () => [layers.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' })],
  },
  { title: 'averagePooling1d', input: [2, 9, 3], make: () => [layers.averagePooling1d({ poolSize: 3 })] },
  {
    title: 'maxPooling2d, overlapping',
    input: image,
    make: () => [layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  },
  { title: 'averagePooling2d', input: image, make: () => [layers.averagePooling2d({ poolSize: 2 })] },
  { title: 'maxPooling3d', input: [2, 4, 6, 5, 2], make: () => [layers.maxPooling3d({ poolSize: 2 })] },
  { title: 'averagePooling3d', input: [2, 4, 6, 5, 2], make: () => [layers.averagePooling3d({ poolSize: 2 })] },
  { title: 'globalMaxPooling2d', input: image, make: () => [layers.globalMaxPooling2d({})] },
  { title: 'globalAveragePooling1d', input: [2, 9, 3], make: () => [layers.globalAveragePooling1d({})] },
  // One image: TF.js's own gradient is right for the first image of a batch only.
  { title: 'upSampling2d', input: [1, 4, 3, 3], make: () => [layers.upSampling2d({ size: [2, 3] })] },
  {
    title: 'zeroPadding2d and cropping2D',
    input: image,
    make: () => [
      layers.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      layers.cropping2D({
        cropping: [
          [2, 1],
          [1, 0],
        ],
      }),
    ],
  },
]

const otherModels: LayerModel[] = [
  ...(
    [
      'relu',
      'elu',
      'selu',
      'relu6',
      'sigmoid',
      'hardSigmoid',
      'tanh',
      'softplus',
      'softsign',
      'softmax',
      'logSoftmax',
      'swish',
      'mish',
      'gelu',
      'linear',
    ] as const
  ).map((activation) => ({
    title: `dense, ${activation}`,
    input: [3, 4],
    make: () => [layers.dense({ units: 5, activation: activation as never })],
  })),
  {
    title: 'leakyReLU, prelu, elu, thresholdedReLU',
    input: [3, 4],
    make: () => [
      layers.dense({ units: 5 }),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.prelu({ alphaInitializer: 'randomUniform' }),
      layers.elu({}),
      layers.thresholdedReLU({ theta: 0.05 }),
    ],
  },
  {
    title: 'batchNormalization of images',
    input: image,
    make: () => [layers.conv2d({ filters: 4, kernelSize: 3 }), layers.batchNormalization({ momentum: 0.8 })],
  },
  {
    title: 'batchNormalization without scale and centre',
    input: [6, 4],
    make: () => [layers.dense({ units: 3 }), layers.batchNormalization({ scale: false, center: false })],
  },
  { title: 'batchNormalization of sequences', input: sequence, make: () => [layers.batchNormalization({})] },
  { title: 'layerNormalization', input: sequence, make: () => [layers.layerNormalization({})] },
  {
    title: 'dropout',
    input: [4, 5],
    make: () => [layers.dense({ units: 6 }), layers.dropout({ rate: 0.4 }), layers.dense({ units: 2 })],
  },
  {
    title: 'dropout with a noise shape',
    input: sequence,
    make: () => [layers.dropout({ rate: 0.4, noiseShape: [2, 1, 3] })],
  },
  { title: 'spatialDropout1d', input: sequence, make: () => [layers.spatialDropout1d({ rate: 0.4 })] },
  {
    title: 'gaussianNoise',
    input: [4, 5],
    make: () => [layers.gaussianNoise({ stddev: 0.3 }), layers.dense({ units: 2 })],
  },
  {
    title: 'gaussianDropout',
    input: [4, 5],
    make: () => [layers.gaussianDropout({ rate: 0.3 }), layers.dense({ units: 2 })],
  },
  {
    title: 'alphaDropout',
    input: [4, 5],
    make: () => [layers.alphaDropout({ rate: 0.3 }), layers.dense({ units: 2 })],
  },
  {
    title: 'permute, repeatVector, reshape, flatten',
    input: [2, 3, 4],
    make: () => [
      layers.permute({ dims: [2, 1] }),
      layers.flatten(),
      layers.repeatVector({ n: 2 }),
      layers.reshape({ targetShape: [4, 6] }),
    ],
  },
]

/** Models of one or a few layers, one or more for every layer of tf.layers that can be trained. */
export const layerModels: readonly LayerModel[] = [...recurrentModels, ...convolutionModels, ...otherModels]

/** Attention over the steps of a recurrent layer, from matrix product and softmax: scores, weights, context. */
export function attentionModel(): tfl.LayersModel {
  const input = tfl.input({ shape: [5, 3] })
  const states = layers.lstm({ units: 4, returnSequences: true }).apply(input) as tfl.SymbolicTensor
  const scores = layers.dense({ units: 1, activation: 'tanh' }).apply(states) as tfl.SymbolicTensor // [batch, 5, 1]
  const weights = layers.softmax().apply(layers.flatten().apply(scores)) as tfl.SymbolicTensor // [batch, 5]
  const context = layers.dot({ axes: 1 }).apply([weights, states]) as tfl.SymbolicTensor // [batch, 4]
  return tfl.model({ inputs: input, outputs: layers.dense({ units: 2 }).apply(context) as tfl.SymbolicTensor })
}

/** Losses by name, of targets and predictions [batch, 4], both inside (0, 1). */
export const losses: { readonly [name: string]: (y: tf.Tensor, p: tf.Tensor) => tf.Tensor } = {
  'softmax cross entropy': (y, p) => tf.losses.softmaxCrossEntropy(y, p),
  'softmax cross entropy, label smoothing': (y, p) => tf.losses.softmaxCrossEntropy(y, p, undefined, 0.1),
  'sigmoid cross entropy': (y, p) => tf.losses.sigmoidCrossEntropy(y, p),
  'mean squared error': (y, p) => tf.losses.meanSquaredError(y, p),
  'absolute difference': (y, p) => tf.losses.absoluteDifference(y, p),
  huber: (y, p) => tf.losses.huberLoss(y, p, undefined, 0.3),
  hinge: (y, p) => tf.losses.hingeLoss(tf.round(y), p),
  log: (y, p) => tf.losses.logLoss(y, p),
  'cosine distance': (y, p) => tf.losses.cosineDistance(y, p, 1),
  'categorical cross entropy': (y, p) => tfl.metrics.categoricalCrossentropy(y, p),
  'binary cross entropy': (y, p) => tfl.metrics.binaryCrossentropy(y, p),
  'mean absolute error': (y, p) => tfl.metrics.meanAbsoluteError(y, p),
  'mean absolute percentage error': (y, p) => tfl.metrics.meanAbsolutePercentageError(y, p),
  'kullback-leibler': (y, p) =>
    tf.sum(tf.mul(y, tf.log(tf.div(tf.clipByValue(y, 1e-7, 1), tf.clipByValue(p, 1e-7, 1)))), -1),
}
