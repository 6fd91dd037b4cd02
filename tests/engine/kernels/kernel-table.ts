import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OnnxSession } from '../../../electron/engine/executors/onnxruntime-executor.ts'
import type { Graph, GraphNode, TensorData } from '../../../electron/engine/graph.ts'
import { sizeOf } from '../../../electron/engine/graph.ts'
import { lowerGraph } from '../../../electron/engine/lower/lower-graph.ts'
import { encodeOnnx } from '../../../electron/engine/onnx/onnx-model.ts'
import { kernelRows } from './kernel-rows.ts'
import { constantKernels } from './kernel-row.ts'
import { prepareRow, traceRow } from './run-row.ts'

/** One kernel call alone, as a graph. */
function alone(graph: Graph, node: GraphNode): Graph {
  const values = [...new Set(node.inputs.map((i) => i.value))].filter((value) => !graph.constants.has(value))
  return {
    ...graph,
    nodes: [node],
    inputs: values.map((value) => ({ name: `in${value}`, value })),
    outputs: node.outputs.map((value, i) => ({ name: `out${i}`, value })),
  }
}

/** For each kernel that has a node of its own, one call of it, taken from the first row that contains it. */
export function sampleCalls(): ReadonlyMap<string, Graph> {
  const found = new Map<string, Graph>()
  for (const row of kernelRows) {
    const wanted = [row.kernel, ...(row.covers ?? [])].filter((k) => !found.has(k) && !constantKernels.has(k))
    if (wanted.length === 0) continue
    const graph = traceRow(prepareRow(row, 'plain'))
    for (const kernel of wanted) {
      const node = graph.nodes.find((each) => each.kernel === kernel)
      if (node) found.set(kernel, alone(graph, node))
    }
  }
  return found
}

/** The ONNX operators a call becomes; transpositions that only change the layout are left out. */
export function onnxOperators(kernel: string, call: Graph): string[] {
  const types = lowerGraph(call).nodes.map((node) => node.type)
  const outputs = call.outputs.length
  const own = types.slice(0, types.length - outputs).filter((type) => type !== 'Transpose' || kernel === 'Transpose')
  return [...new Set(own)].sort()
}

/** Kernels with a row whose gradient is compared. */
export function differentiatedKernels(): ReadonlySet<string> {
  const rows = kernelRows.filter((row) => {
    if (row.gradient === false) return false
    const { differentiated, feeds } = prepareRow(row, 'plain')
    return differentiated.length > 0 && Object.keys(feeds).some((name) => name.startsWith('weight'))
  })
  return new Set(rows.map((row) => row.kernel))
}

interface ProfileEvent {
  readonly cat: string
  readonly args?: { readonly op_name?: string; readonly provider?: string }
}

/** Operators of a call that ONNX Runtime runs on the processor although WebGPU was asked for, by its own profile. */
export async function operatorsLeftToProcessor(call: Graph): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chronolens-profile-'))
  try {
    const bytes = encodeOnnx(lowerGraph(call, { forWebGpu: true }))
    const session = await OnnxSession.load(bytes, 'webgpu', { threads: 1, profilePrefix: join(folder, 'p') })
    await session.run(Object.fromEntries(call.inputs.map(({ name, value }) => [name, zeros(call, value)])))
    session.endProfiling()
    await session.dispose()
    const file = readdirSync(folder)[0] as string
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[]
    const left = events
      .filter((event) => event.cat === 'Node' && event.args?.provider === 'CPUExecutionProvider')
      .map((event) => event.args?.op_name ?? '')
    return [...new Set(left)].filter((name) => !name.startsWith('Memcpy')).sort()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function zeros(graph: Graph, value: number): TensorData {
  const { shape, dtype } = graph.values[value] ?? { shape: [], dtype: 'float32' }
  const length = sizeOf(shape)
  const values =
    dtype === 'float32' ? new Float32Array(length) : dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length)
  return { shape, dtype, values }
}
