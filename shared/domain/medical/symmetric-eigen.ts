/** An eigenvalue with its unit vector. */
export interface EigenPair {
  readonly value: number
  readonly vector: readonly number[]
}

/**
 * Eigenvalues of a small symmetric matrix, the largest first, by Jacobi rotations.
 * @param source  rows; not changed
 */
export function symmetricEigen(source: readonly (readonly number[])[]): EigenPair[] {
  const size = source.length
  const m = source.map((row) => [...row])
  const v = source.map((_, i) => source.map((__, j) => (i === j ? 1 : 0)))
  const at = (matrix: number[][], i: number, j: number): number => matrix[i]?.[j] ?? 0
  const set = (matrix: number[][], i: number, j: number, value: number): void => {
    const row = matrix[i]
    if (row) row[j] = value
  }
  const scale = Math.max(...m.flat().map(Math.abs), Number.MIN_VALUE)
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < size - 1; p++)
      for (let q = p + 1; q < size; q++) {
        const apq = at(m, p, q)
        off += Math.abs(apq)
        if (apq === 0) continue
        const theta = (at(m, q, q) - at(m, p, p)) / (2 * apq)
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < size; k++) {
          const [kp, kq] = [at(m, k, p), at(m, k, q)]
          set(m, k, p, c * kp - s * kq)
          set(m, k, q, s * kp + c * kq)
        }
        for (let k = 0; k < size; k++) {
          const [pk, qk] = [at(m, p, k), at(m, q, k)]
          set(m, p, k, c * pk - s * qk)
          set(m, q, k, s * pk + c * qk)
          const [vp, vq] = [at(v, k, p), at(v, k, q)]
          set(v, k, p, c * vp - s * vq)
          set(v, k, q, s * vp + c * vq)
        }
      }
    if (off < 1e-16 * scale) break
  }
  return m
    .map((_, i) => ({ value: at(m, i, i), vector: v.map((row) => row[i] ?? 0) }))
    .sort((a, b) => b.value - a.value)
}
