import type { Graph } from '../graph.ts'
import { removeDeadCode } from './dead-code.ts'
import { poolFirst } from './pool-first.ts'
import { simplify } from './simplify.ts'

/** All passes in the order in which they help each other. The result computes the same outputs. */
export function optimise(graph: Graph): Graph {
  return removeDeadCode(poolFirst(simplify(removeDeadCode(graph))))
}
