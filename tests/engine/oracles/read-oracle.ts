import { readFileSync } from 'node:fs'

/** Flat row-major values beside their shape, as make-oracles.py writes them. */
export interface OracleArray {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Arrays by name, in the order in which Keras lists them (kernel, recurrent_kernel, bias). */
export type OracleArrays = Readonly<Record<string, OracleArray>>

/** One layer or loss: what goes in, what comes out, and the gradients of `sum(outputs · lossWeights)`. */
export interface OracleCase {
  readonly name: string
  readonly config: {
    /** The TF.js layer factory's name, such as `lstm`. */
    readonly layer?: string
    /** The options in TF.js's spelling. */
    readonly options?: Readonly<Record<string, unknown>>
    readonly [key: string]: unknown
  }
  readonly inputs: OracleArrays
  readonly weights: OracleArrays
  readonly outputs: OracleArrays
  readonly lossWeights: OracleArrays
  readonly loss: number
  /** By name of the input or weight. */
  readonly gradients: OracleArrays
}

/** One optimiser followed for some steps on the same batch; gradients are those before clipping. */
export interface OptimizerCase {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inputs: OracleArrays
  readonly weights: OracleArrays
  readonly steps: readonly {
    readonly loss: number
    readonly learningRate: number
    readonly globalNorm: number
    readonly gradients: OracleArrays
    readonly clippedGradients?: OracleArrays
    readonly weightsAfter: OracleArrays
  }[]
}

/** Reads all cases of one kind, such as `lstm`; `optimizers` holds OptimizerCase, every other file OracleCase. */
export function readOracle<Case extends OracleCase | OptimizerCase = OracleCase>(kind: string): readonly Case[] {
  const file = new URL(`./${kind}.json`, import.meta.url)
  // Written by our own script beside it, so the shape is known.
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }).cases
}
