import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { operationsOf, referenceSize, type BenchSize, type CaseName } from './bench-case.ts'
import type { StepReply } from './line-protocol.ts'
import { SideProcess } from './side-process.ts'
import { median, spreadOf, type Spread } from './statistics.ts'
import type { TorchPython } from './find-torch.ts'

/** How a comparison is run. */
export interface CompareOptions {
  readonly device: string
  readonly threads: number
  /** Turns of each side. */
  readonly pairs: number
  /** How long one turn lasts at least, in milliseconds; short steps are repeated to fill it. */
  readonly turnMs: number
  readonly torch: TorchPython | undefined
  /** Settings of PyTorch's side; its fastest eager ones by default. */
  readonly variant?: Readonly<Record<string, unknown>>
}

/** What one side took. */
export interface SideResult {
  readonly stepMs: Spread
  /** High-water mark of the process's resident memory in MiB, and the same before anything was loaded. */
  readonly peakMb: number
  readonly idleMb: number
  readonly variant?: Readonly<Record<string, unknown>>
}

/** One case, both sides. */
export interface CaseResult {
  readonly name: CaseName
  readonly size: BenchSize
  readonly ours: SideResult | { readonly error: string }
  /** Absent when PyTorch was not found or not asked. */
  readonly peer?: SideResult | { readonly error: string }
  /** Our time divided by PyTorch's, of each pair of turns. */
  readonly ratio?: Spread
  /** Our fastest step divided by PyTorch's fastest: the least disturbed by other programs. */
  readonly ratioOfMinima?: number
  readonly operations: number
  /** Rate of the 1024³ product in the same run in GFLOP/s: the fastest, and the middle one. */
  readonly matmulGflops: { readonly best: number; readonly median: number }
  /** Share of the fastest product rate that the middle step reaches. */
  readonly shareOfPeak?: { readonly ours?: number; readonly peer?: number }
}

/** Pause between turns, so that one side's waiting threads have gone to sleep when the other's turn comes. */
const REST_MS = 50
const MATMULS_PER_PAIR = 5

/** A process of our own side. */
export function startOurs({ device, threads }: Pick<CompareOptions, 'device' | 'threads'>): SideProcess {
  const script = fileURLToPath(new URL('./our-side.js', import.meta.url))
  return new SideProcess(process.execPath, [script, device, String(threads)])
}

/** A process of PyTorch's side. */
export function startPeer(torch: TorchPython): SideProcess {
  // The compiled harness lies in dist/tests/bench; the Python program is not copied there.
  const script = fileURLToPath(new URL('../../../tests/bench/torch_peer.py', import.meta.url))
  return new SideProcess(torch.command, [script])
}

/** One side's turns so far. A side that failed once keeps its error and is not asked again. */
class Turns {
  readonly turnMedians: number[] = []
  private readonly stepMs: number[] = []
  private last: StepReply | undefined
  error: string | undefined
  private readonly side: SideProcess
  private readonly name: CaseName
  private readonly variant: Readonly<Record<string, unknown>> | undefined

  constructor(side: SideProcess, name: CaseName, variant?: Readonly<Record<string, unknown>>) {
    this.side = side
    this.name = name
    this.variant = variant
  }

  /** Runs some steps and keeps their times; returns the middle one, or undefined when the side failed. */
  async take(iterations: number, keep = true): Promise<number | undefined> {
    if (this.error !== undefined) return undefined
    // A whole raster needs no warm-up but the one untimed pass.
    const warmup = this.name === 'predict-lstm' ? { warmup: 0 } : {}
    const variant = this.variant ? { variant: this.variant } : {}
    try {
      this.last = await this.side.ask({ case: this.name, iterations, ...warmup, ...variant })
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error)
      return undefined
    }
    const middle = median(this.last.ms)
    if (keep) {
      this.stepMs.push(...this.last.ms)
      this.turnMedians.push(middle)
    }
    await pause(REST_MS)
    return middle
  }

  result(): SideResult | { readonly error: string } {
    if (this.error !== undefined || !this.last) return { error: this.error ?? 'was not run' }
    const { peakMb, idleMb, variant } = this.last
    return { stepMs: spreadOf(this.stepMs), peakMb, idleMb, ...(variant ? { variant } : {}) }
  }
}

/** Runs a case at its reference size, our side and PyTorch's by turns, with matrix products in between. */
export async function compareCase(name: CaseName, options: CompareOptions): Promise<CaseResult> {
  await using ourProcess = startOurs(options)
  await using matmulProcess = startOurs({ ...options, device: 'cpu' })
  await using peerProcess = options.torch ? startPeer(options.torch) : undefined
  const ours = new Turns(ourProcess, name)
  const peer = peerProcess && new Turns(peerProcess, name, options.variant)
  const first = await ours.take(1, false)
  const firstOfPeer = await peer?.take(1, false)
  const steps = (ms: number | undefined): number =>
    ms === undefined ? 1 : Math.max(1, Math.min(50, Math.round(options.turnMs / ms)))
  const pairs = name === 'predict-lstm' ? Math.min(options.pairs, 3) : options.pairs
  const matmulMs: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    await ours.take(steps(first))
    await peer?.take(steps(firstOfPeer))
    const product = await matmulProcess.ask({ case: 'matmul', iterations: MATMULS_PER_PAIR })
    matmulMs.push(...product.ms)
    await pause(REST_MS)
  }
  const size = referenceSize[name]
  const operations = operationsOf(name, size)
  const gflops = (ms: number, count = operations): number => count / ms / 1e6
  const matmul = operationsOf('matmul', referenceSize.matmul)
  const best = gflops(Math.min(...matmulMs), matmul)
  const [ourResult, peerResult] = [ours.result(), peer?.result()]
  const share = (result: SideResult | { readonly error: string } | undefined): number | undefined =>
    result && 'stepMs' in result ? gflops(result.stepMs.median) / best : undefined
  const ratios = ours.turnMedians.flatMap((ms, pair) => {
    const other = peer?.turnMedians[pair]
    return other === undefined ? [] : [ms / other]
  })
  return {
    name,
    size,
    ours: ourResult,
    ...(peerResult ? { peer: peerResult } : {}),
    ...(ratios.length > 0 ? { ratio: spreadOf(ratios) } : {}),
    ...('stepMs' in ourResult && peerResult && 'stepMs' in peerResult
      ? { ratioOfMinima: ourResult.stepMs.min / peerResult.stepMs.min }
      : {}),
    operations,
    matmulGflops: { best, median: gflops(median(matmulMs), matmul) },
    shareOfPeak: { ours: share(ourResult), peer: share(peerResult) },
  }
}
