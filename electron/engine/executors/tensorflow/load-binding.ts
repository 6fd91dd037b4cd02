import { createRequire } from 'node:module'
import { join } from 'node:path'
import nodeUtil from 'node:util'
import { explainLoadFailure, notInstalled } from './load-failure.ts'
import type { TensorFlowDescription } from './messages.ts'
import type { TensorFlowJs } from './run-kernel-graph.ts'

/** The binding, loaded and chosen as the backend of its own copy of TF.js; or the sentence that says why not. */
export type LoadedBinding =
  { readonly tf: TensorFlowJs; readonly description: TensorFlowDescription } | { readonly reason: string }

/** The part of the tfjs-node packages that is used beyond tfjs-core. */
interface BindingModule extends TensorFlowJs {
  readonly version: { readonly [name: string]: string }
  readonly getKernelsForBackend: (backend: string) => readonly { readonly kernelName: string }[]
  readonly backend: () => { readonly isUsingGpuDevice?: boolean }
  readonly enableProdMode: () => void
}

/** In order of preference: the GPU package runs on the CPU where no GPU can be used. */
const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

/**
 * Gives `node:util` the functions that tfjs-node 4.22 calls and Node 23 removed. The object is the one that
 * `require('util')` yields, shared by the whole process: call it only in the TensorFlow process.
 */
export function supplyRemovedUtilFunctions(util: object = nodeUtil): void {
  const removed = {
    isArray: (value: unknown) => Array.isArray(value),
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isNull: (value: unknown) => value === null,
    isUndefined: (value: unknown) => value === undefined,
    isString: (value: unknown) => typeof value === 'string',
    isNumber: (value: unknown) => typeof value === 'number',
    isBoolean: (value: unknown) => typeof value === 'boolean',
    isFunction: (value: unknown) => typeof value === 'function',
    isObject: (value: unknown) => value !== null && typeof value === 'object',
  }
  for (const [name, test] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: test, configurable: true, writable: true })
  }
}

/**
 * Loads the binding into this process. It cannot be unloaded, and a broken one may end the process: call it only in
 * the TensorFlow process.
 * @param directory the folder whose `node_modules` holds it
 */
export function loadBinding(directory: string): LoadedBinding {
  supplyRemovedUtilFunctions()
  const require = createRequire(join(directory, 'resolve-from-here.js'))
  const packageName = packageNames.find((name) => canResolve(require, `${name}/package.json`))
  if (!packageName) return { reason: notInstalled(directory) }
  try {
    const tf = require(packageName) as BindingModule
    tf.enableProdMode()
    const problem = checkArithmetic(tf)
    if (problem) return { reason: problem }
    return { tf, description: describe(tf, packageName) }
  } catch (error) {
    return { reason: explainLoadFailure(packageName, error) }
  }
}

function canResolve(require: NodeJS.Require, specifier: string): boolean {
  try {
    require.resolve(specifier)
    return true
  } catch {
    // Absent is an answer here, not a failure.
    return false
  }
}

/** A wrong answer to a small product means a library that does not fit; better no device than a wrong one. */
function checkArithmetic(tf: BindingModule): string | undefined {
  const product = tf.tidy(() => {
    const a = tf.tensor([1, 2, 3, 4, 5, 6], [2, 3], 'float32')
    const b = tf.tensor([1, -1, 0.5, 2, 0, 3], [3, 2], 'float32')
    const attrs = { transposeA: false, transposeB: false }
    return Array.from(tf.engine().runKernel<typeof a>('BatchMatMul', { a, b }, attrs).dataSync())
  })
  const expected = [2, 12, 6.5, 24]
  if (product.length === 4 && expected.every((value, index) => Math.abs(value - (product[index] ?? NaN)) < 1e-3))
    return undefined
  return `TensorFlow multiplies two small matrices to [${product.join(', ')}] instead of [${expected.join(', ')}]; its library does not fit. Run "npm run setup:tensorflow" again.`
}

function describe(tf: BindingModule, packageName: string): TensorFlowDescription {
  return {
    packageName,
    version: tf.version['tfjs-node'] ?? tf.version['tfjs'] ?? 'unknown',
    gpu: tf.backend().isUsingGpuDevice === true,
    kernels: tf
      .getKernelsForBackend('tensorflow')
      .map((kernel) => kernel.kernelName)
      .sort(),
  }
}
