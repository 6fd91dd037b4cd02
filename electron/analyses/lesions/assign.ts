/**
 * Pairs rows with columns so that the sum of the costs is smallest; a pair whose cost is not finite is never made.
 * Takes time with the cube of the larger side.
 * @param costs  [row][column], all rows of one length
 * @returns for each row its column, or -1
 * Source: Kuhn, Naval Research Logistics Quarterly 2 (1955) 83; with shortest augmenting paths, Jonker and Volgenant,
 *   Computing 38 (1987) 325.
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length
  const columns = costs[0]?.length ?? 0
  if (rows === 0 || columns === 0) return costs.map(() => -1)
  const size = Math.max(rows, columns)
  const finite = costs.flat().filter(Number.isFinite)
  // Dearer than any set of allowed pairs, so that as many of these as possible are made.
  const forbidden = (1 + finite.reduce((sum, cost) => sum + Math.abs(cost), 0)) * 2
  const costOf = (row: number, column: number): number => {
    if (row >= rows || column >= columns) return forbidden
    const cost = costs[row]?.[column] ?? Infinity
    return Number.isFinite(cost) ? cost : forbidden
  }
  const rowPrice = new Float64Array(size + 1)
  const columnPrice = new Float64Array(size + 1)
  /** Row of each column, from 1; 0 is free. */
  const rowOf = new Int32Array(size + 1)
  for (let row = 1; row <= size; row++) {
    const way = new Int32Array(size + 1)
    const least = new Float64Array(size + 1).fill(Infinity)
    const used = new Uint8Array(size + 1)
    rowOf[0] = row
    let column = 0
    do {
      used[column] = 1
      const own = rowOf[column] ?? 0
      let [delta, next] = [Infinity, 0]
      for (let j = 1; j <= size; j++) {
        if (used[j]) continue
        const reduced = costOf(own - 1, j - 1) - (rowPrice[own] ?? 0) - (columnPrice[j] ?? 0)
        if (reduced < (least[j] ?? Infinity)) [least[j], way[j]] = [reduced, column]
        if ((least[j] ?? Infinity) < delta) [delta, next] = [least[j] ?? Infinity, j]
      }
      for (let j = 0; j <= size; j++) {
        if (used[j]) {
          const i = rowOf[j] ?? 0
          rowPrice[i] = (rowPrice[i] ?? 0) + delta
          columnPrice[j] = (columnPrice[j] ?? 0) - delta
        } else least[j] = (least[j] ?? Infinity) - delta
      }
      column = next
    } while (rowOf[column] !== 0)
    while (column !== 0) {
      const before = way[column] ?? 0
      rowOf[column] = rowOf[before] ?? 0
      column = before
    }
  }
  const result = new Array<number>(rows).fill(-1)
  for (let j = 1; j <= columns; j++) {
    const row = (rowOf[j] ?? 0) - 1
    if (row >= 0 && row < rows && Number.isFinite(costs[row]?.[j - 1] ?? Infinity)) result[row] = j - 1
  }
  return result
}
