import type * as tfl from '@tensorflow/tfjs-layers'
import { defined } from '../../shared/base/assert.ts'
import type { LayersContext } from './layers-model.ts'
import { tf } from './tensorflow-js.ts'

/** The parts of tf.layers 4.22's layers, cells and variables that the adapter reaches into. */
interface Variable {
  readonly val: tf.Variable
  readonly trainable: boolean
  read: () => tf.Tensor
  write: (value: tf.Tensor) => unknown
}
type Call = (inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }) => tf.Tensor
interface Inner {
  readonly weights?: Variable[]
  readonly cell?: Inner
  readonly cells?: Inner[]
  readonly layer?: Inner
  readonly layers?: Inner[]
  readonly forwardLayer?: Inner
  readonly backwardLayer?: Inner
  getClassName(): string
  call: Call
  readonly rate?: number
  readonly stddev?: number
  getNoiseShape?(input: tf.Tensor): number[] | null
  readonly noiseShape?: number[] | null
  stateful?: boolean
  states_?: tf.Tensor[] | null
  resetStates?: (states?: tf.Tensor[]) => void
  readonly scale?: boolean
  readonly center?: boolean
  gamma?: { read(): tf.Tensor }
  beta?: { read(): tf.Tensor }
  readonly movingMean?: { read(): tf.Tensor }
  readonly kernel?: { read(): tf.Tensor }
  readonly bias?: { read(): tf.Tensor } | null
  readonly activation?: { apply(x: tf.Tensor): tf.Tensor } | null
  readonly strides?: number[]
  readonly padding?: string
  readonly dataFormat?: string
  readonly dilationRate?: number[]
  dropout?: number
  recurrentDropout?: number
  dropoutFunc?: (x: tf.Tensor, rate: number) => tf.Tensor
  dropoutMask?: tf.Tensor | tf.Tensor[] | null
  recurrentDropoutMask?: tf.Tensor | tf.Tensor[] | null
}

/** A layer or cell, its place in the model as a name, and the values it holds by name. */
export interface PlacedLayer {
  readonly place: string
  readonly values: ReadonlyMap<string, tf.Tensor>
  /** @internal */
  readonly layer: unknown
}

function children(layer: Inner): [string, Inner][] {
  const named = (['cell', 'layer', 'forwardLayer', 'backwardLayer'] as const).flatMap((key): [string, Inner][] => {
    const child = layer[key]
    return child ? [[key, child]] : []
  })
  const listed = [...(layer.cells ?? []), ...(layer.layers ?? [])].map((child, i): [string, Inner] => [
    String(i),
    child,
  ])
  return [...named, ...listed]
}

function walk(place: string, layer: Inner, found: { place: string; layer: Inner }[]): void {
  for (const [name, child] of children(layer)) {
    const inner = `${place}${place === '' ? '' : '/'}${name}`
    // A layer that is used twice is patched once.
    if (found.some((other) => other.layer === child)) continue
    found.push({ place: inner, layer: child })
    walk(inner, child, found)
  }
}

function places(model: tfl.LayersModel): { place: string; layer: Inner }[] {
  const found: { place: string; layer: Inner }[] = []
  walk('', model as unknown as Inner, found)
  return found
}

const shortName = (variable: Variable): string => variable.val.name.split('/').at(-1)?.replace(/_\d+$/, '') ?? 'value'

/** Variables of the model by name; names come from the order of the weights, not from TF.js's running numbers. */
function variables(model: tfl.LayersModel): { name: string; variable: Variable }[] {
  return (model.weights as unknown as Variable[]).map((variable, i) => ({
    name: `${i}-${shortName(variable)}`,
    variable,
  }))
}

const stateName = (place: string, index: number): string => `${place}/state${index}`

/** The model itself with its variables, and each recurrent layer with the states it keeps. */
export function layersOf(model: tfl.LayersModel): PlacedLayer[] {
  const own = new Map(variables(model).map(({ name, variable }) => [name, variable.val as tf.Tensor]))
  const recurrent = places(model).flatMap(({ place, layer }): PlacedLayer[] => {
    if (layer.stateful !== true || !layer.states_ || !layer.cell) return []
    return [{ place, layer, values: new Map(layer.states_.map((state, i) => [stateName(place, i), state])) }]
  })
  return [{ place: '', layer: model, values: own }, ...recurrent]
}

/** Sets a property and returns what puts the old one back. */
function swap<T extends object, K extends keyof T>(target: T, key: K, value: T[K]): () => void {
  const own = Object.hasOwn(target, key)
  const before = target[key]
  target[key] = value
  return () => {
    if (own) target[key] = before
    else delete target[key]
  }
}

function patchVariables(model: tfl.LayersModel, context: LayersContext): (() => void)[] {
  return variables(model).flatMap(({ name, variable }) => {
    const { shape } = variable.val
    const tensor = variable.trainable ? context.weight(name, shape) : context.state(name, shape)
    return [
      swap(variable, 'read', () => tensor),
      swap(variable, 'write', (value: tf.Tensor) => context.setState(name, tf.keep(tf.clone(value)))),
    ]
  })
}

/** States go in and out through the context instead of staying in the layer. */
function patchStates(place: string, layer: Inner, context: LayersContext): (() => void)[] {
  if (layer.stateful !== true || !layer.states_ || !layer.cell) return []
  const given = layer.states_.map((state, i) => context.state(stateName(place, i), state.shape))
  return [
    swap(layer, 'states_', given),
    swap(layer, 'resetStates', (next?: tf.Tensor[]) =>
      next?.forEach((state, i) => context.setState(stateName(place, i), tf.keep(tf.clone(state)))),
    ),
  ]
}

function trainOnly(change: (input: tf.Tensor) => tf.Tensor): Call {
  return (inputs, kwargs) => {
    const input = defined([inputs].flat()[0], 'the layer has one input')
    return kwargs.training ? tf.tidy(() => change(input)) : input
  }
}

/** The layers that draw random numbers, by class name, as functions of numbers that are fed. */
function noisyCall(place: string, layer: Inner, context: LayersContext): Call | undefined {
  const { rate = 0, stddev = 0 } = layer
  let uses = 0
  // A layer that is applied several times draws anew each time.
  const name = (): string => `${place}/random${uses++}`
  const mask = (shape: readonly number[]): tf.Tensor =>
    context.random({ name: name(), shape, distribution: 'dropout', rate })
  const normal = (shape: readonly number[]): tf.Tensor =>
    context.random({ name: name(), shape, distribution: 'normal' })
  switch (layer.getClassName()) {
    case 'Dropout':
    case 'SpatialDropout1D':
      if (rate === 0) return undefined
      return trainOnly((x) => tf.mul(x, mask(layer.getNoiseShape?.(x) ?? x.shape)))
    case 'GaussianNoise':
      return trainOnly((x) => tf.add(x, tf.mul(normal(x.shape), stddev)))
    case 'GaussianDropout':
      if (rate <= 0 || rate >= 1) return undefined
      return trainOnly((x) => tf.mul(x, tf.add(tf.mul(normal(x.shape), Math.sqrt(rate / (1 - rate))), 1)))
    case 'AlphaDropout': {
      if (rate <= 0 || rate >= 1) return undefined
      // Klambauer et al. 2017: dropped values become -alpha·scale of SELU, then mean and variance are restored.
      const dropped = -1.6732632423543772 * 1.0507009873554805
      const a = ((1 - rate) * (1 + rate * dropped ** 2)) ** -0.5
      return trainOnly((x) => {
        const kept = tf.mul(mask(layer.noiseShape ?? x.shape), 1 - rate)
        const mixed = tf.add(tf.mul(x, kept), tf.mul(tf.sub(kept, 1), dropped))
        return tf.add(tf.mul(mixed, a), -a * dropped * rate)
      })
    }
    default:
      return undefined
  }
}

function patchRandomness(place: string, layer: Inner, context: LayersContext): (() => void)[] {
  const call = noisyCall(place, layer, context)
  if (call) return [swap(layer, 'call', call)]
  if (!layer.dropout && !layer.recurrentDropout) return []
  // A recurrent cell draws one mask per gate and keeps them for all time steps.
  if (!('dropoutFunc' in layer)) return []
  let uses = 0
  return [
    swap(layer, 'dropoutFunc', (ones: tf.Tensor, rate: number) =>
      context.random({ name: `${place}/random${uses++}`, shape: ones.shape, distribution: 'dropout', rate }),
    ),
    swap(layer, 'dropoutMask', null),
    swap(layer, 'recurrentDropoutMask', null),
  ]
}

/** TF.js 4.22 cannot train batch normalisation without scale or centre; a scale of one and a centre of zero are the same. */
function patchNormalisation(layer: Inner): (() => void)[] {
  if (layer.getClassName() !== 'BatchNormalization') return []
  const mean = defined(layer.movingMean, 'batch normalisation keeps a mean')
  const undo: (() => void)[] = []
  if (layer.scale === false) undo.push(swap(layer, 'gamma', { read: () => tf.onesLike(mean.read()) }))
  if (layer.center === false) undo.push(swap(layer, 'beta', { read: () => tf.zerosLike(mean.read()) }))
  return undo
}

/** TF.js 4.22 refuses the gradient of its fused convolution when it is dilated; the plain one has one here. */
function patchDilation(layer: Inner): (() => void)[] {
  const { dilationRate, kernel, bias, activation, strides, padding, dataFormat } = layer
  if (layer.getClassName() !== 'Conv2D' || !dilationRate?.some((d) => d > 1) || dataFormat === 'channelsFirst')
    return []
  const call: Call = (inputs) => {
    const x = defined([inputs].flat()[0], 'the layer has one input') as tf.Tensor4D
    const filter = defined(kernel, 'a convolution that is applied is built').read() as tf.Tensor4D
    const y = tf.conv2d(
      x,
      filter,
      strides as [number, number],
      padding as 'same',
      'NHWC',
      dilationRate as [number, number],
    )
    const shifted = bias ? tf.add(y, bias.read()) : y
    return activation ? activation.apply(shifted) : shifted
  }
  return [swap(layer, 'call', call)]
}

/** Makes a model use a context's tensors; the returned function makes it its own again. */
export function patchLayers(model: tfl.LayersModel, context: LayersContext): () => void {
  const undo = patchVariables(model, context)
  for (const { place, layer } of places(model)) {
    undo.push(...patchStates(place, layer, context), ...patchRandomness(place, layer, context))
    undo.push(...patchNormalisation(layer), ...patchDilation(layer))
  }
  return () => undo.reverse().forEach((restore) => restore())
}
