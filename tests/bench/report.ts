import { caseTitle, type CaseName } from './bench-case.ts'
import type { CaseResult, SideResult } from './compare-case.ts'
import type { ScaledSide, ScalingPoint } from './scale-case.ts'

/** Where and with what a run was made. */
export interface Machine {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly node: string
  readonly onnxruntime: string
  readonly torch: string | undefined
  readonly device: string
  readonly threads: number
  /** Programs wanting a core, the minute before the run (0 on Windows). Above a fifth of the cores the ratios mean
   *  little: PyTorch's threads wait for each other actively and lose far more than ours when they must share. */
  readonly loadBefore: number
}

/** Why the run's ratios should not be trusted; undefined when the machine was quiet. */
export function loadWarning({ loadBefore, cores }: Machine): string | undefined {
  if (loadBefore <= cores / 5) return undefined
  return `Other programs kept the machine busy (load ${loadBefore.toFixed(1)} on ${cores} cores): these ratios are not comparable.`
}

/** Everything one run of the bench found; what `--out` writes. */
export interface BenchReport {
  readonly machine: Machine
  readonly cases: readonly CaseResult[]
  readonly scaling: readonly ScalingPoint[]
}

const milliseconds = (value: number): string =>
  value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 100 ? 1 : 0)} ms`
const percent = (share: number | undefined): string => (share === undefined ? '-' : `${Math.round(share * 100)} %`)

const isMeasured = (side: SideResult | { readonly error: string } | undefined): side is SideResult =>
  side !== undefined && 'stepMs' in side

function timeOf(side: SideResult | { readonly error: string } | undefined): string {
  if (!side) return '-'
  return isMeasured(side) ? `${milliseconds(side.stepMs.median)} (${milliseconds(side.stepMs.min)})` : side.error
}

const memoryOf = (side: SideResult | { readonly error: string } | undefined): string =>
  isMeasured(side) ? `${Math.round(side.peakMb)}` : '-'

function ratioText({ ratio, ratioOfMinima }: CaseResult): string {
  if (!ratio) return '-'
  const range = `${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}`
  return `${ratio.median.toFixed(2)} (${range}; of minima ${ratioOfMinima?.toFixed(2) ?? '-'})`
}

/** One line about a case for the terminal. */
export function caseLine(result: CaseResult): string {
  const ratio = result.ratio
  const parts = [
    `ours ${timeOf(result.ours)}`,
    ...(result.peer ? [`PyTorch ${timeOf(result.peer)}`] : []),
    ...(ratio ? [`ratio ${ratioText(result)}`] : []),
    `share of matmul peak ${percent(result.shareOfPeak?.ours)}`,
    `peak memory ${memoryOf(result.ours)} MiB`,
  ]
  return `${result.name}: ${parts.join(', ')}`
}

/** One line about a cell of the scaling table for the terminal. */
export function scalingLine(point: ScalingPoint): string {
  const { batch, length, width } = point.size
  const peer = point.peer ? `, PyTorch ${cell(point.peer)}` : ''
  return `${point.name} ${batch} x ${length} x ${width}: ours ${cell(point.ours)}${peer}`
}

function caseTable(cases: readonly CaseResult[]): string[] {
  const rows = cases.map((result) => {
    const { ours, peer, shareOfPeak, matmulGflops } = result
    return [
      caseTitle[result.name],
      timeOf(ours),
      timeOf(peer),
      ratioText(result),
      `${percent(shareOfPeak?.ours)} / ${percent(shareOfPeak?.peer)}`,
      `${memoryOf(ours)} / ${memoryOf(peer)}`,
      `${Math.round(matmulGflops.best)}`,
    ]
  })
  return table(
    [
      'case',
      'ours, median (min)',
      'PyTorch, median (min)',
      'ratio, median of pairs (range; fastest by fastest)',
      'share of matmul peak, ours / PyTorch',
      'peak memory MiB, ours / PyTorch',
      'matmul peak GFLOP/s',
    ],
    rows,
  )
}

function cell(side: ScaledSide): string {
  return 'error' in side ? side.error : `${milliseconds(side.stepMs)}, ${Math.round(side.peakMb)} MiB`
}

function scalingTable(name: CaseName, points: readonly ScalingPoint[]): string[] {
  const rows = points.map((point) => {
    const { batch, length, width } = point.size
    return [
      `${point.axis} x${point.factor}`,
      `${batch} x ${length} x ${width}`,
      `${point.workFactor.toFixed(1)}`,
      cell(point.ours),
      ...(point.peer ? [cell(point.peer)] : []),
    ]
  })
  const peer = points.some((point) => point.peer) ? ['PyTorch'] : []
  return [`### ${name}`, '', ...table(['axis', 'batch x length x width', 'work', 'ours', ...peer], rows), '']
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)]
}

/** The report as Markdown for docs/performance.md. */
export function toMarkdown({ machine, cases, scaling }: BenchReport): string {
  const { date, processor, cores, node, onnxruntime, torch, device, threads } = machine
  const scaled = [...new Set(scaling.map((point) => point.name))]
  return [
    `Measured ${date} on ${processor}, ${cores} cores, ${threads} threads each side; device \`${device}\`, ` +
      `Node ${node}, onnxruntime-node ${onnxruntime}, PyTorch ${torch ?? 'not found'}. ` +
      'Both sides run by turns in one run; a ratio below 1 means ours is faster.',
    ...(loadWarning(machine) === undefined ? [] : ['', `**${loadWarning(machine)}**`]),
    '',
    ...caseTable(cases),
    '',
    ...scaled.flatMap((name) =>
      scalingTable(
        name,
        scaling.filter((point) => point.name === name),
      ),
    ),
  ].join('\n')
}
