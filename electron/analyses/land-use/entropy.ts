/**
 * Uncertainty of each prediction: Shannon entropy of its class probabilities, divided by log(classes), so that 0 means
 * one class is certain and 1 means all are equally likely. Natural or binary logarithm makes no difference after the
 * division. NaN where a probability is NaN; 0 with a single class.
 * @param probabilities  [samples, classes], each row adding up to 1
 * @returns              new Float32Array [samples]
 * Source: Shannon 1948.
 */
export function normalisedEntropy(probabilities: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(probabilities.length / classes)
  if (classes === 1) return result
  for (let i = 0; i < result.length; i++) {
    let entropy = 0
    for (let c = 0; c < classes; c++) {
      const p = probabilities[i * classes + c] ?? NaN
      if (p !== 0) entropy -= p * Math.log(p)
    }
    // Rounding of the probabilities may carry the sum a little beyond its bounds.
    result[i] = Math.min(1, Math.max(0, entropy / Math.log(classes)))
  }
  return result
}
