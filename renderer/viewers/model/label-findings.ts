/** Something about the labels a person should know before training. */
export type LabelFinding =
  | { readonly kind: 'no-labels' | 'one-class' | 'no-time'; readonly blocks: boolean }
  | { readonly kind: 'few'; readonly blocks: false; readonly label: string; readonly count: number }
  | {
      readonly kind: 'imbalance'
      readonly blocks: false
      readonly most: string
      readonly least: string
      readonly ratio: number
    }

/** A class with fewer labels than this can hardly be split into training, validation and test. */
const few = 15
/** From this ratio on the plain accuracy says little about the rare class. */
const uneven = 10

/**
 * What is noteworthy about label counts; findings that `block` make a training impossible.
 * @param counts  labels by class, classes without labels included
 * @param withoutTime  labels that hold at all times
 */
export function labelFindings(counts: ReadonlyMap<string, number>, withoutTime: number): LabelFinding[] {
  const present = [...counts].filter(([, count]) => count > 0).sort((a, b) => a[1] - b[1])
  const [least, most] = [present[0], present.at(-1)]
  if (!least || !most) return [{ kind: 'no-labels', blocks: true }]
  if (present.length === 1) return [{ kind: 'one-class', blocks: true }]
  const findings: LabelFinding[] = present
    .filter(([, count]) => count < few)
    .map(([label, count]) => ({ kind: 'few', blocks: false, label, count }))
  const ratio = most[1] / least[1]
  if (ratio >= uneven) findings.push({ kind: 'imbalance', blocks: false, most: most[0], least: least[0], ratio })
  if (withoutTime > 0) findings.push({ kind: 'no-time', blocks: false })
  return findings
}
