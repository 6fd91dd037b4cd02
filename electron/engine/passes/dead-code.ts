import type { Graph } from '../graph.ts'
import { inputValues } from '../graph.ts'

/** Leaves out nodes whose results nobody reads. */
export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.value))
  const kept = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((value) => needed.has(value))) return false
    for (const value of inputValues(node)) needed.add(value)
    return true
  })
  return { ...graph, nodes: kept.reverse() }
}
