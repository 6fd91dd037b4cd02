/** English: labels of every kind of sequence. */
export const enLabels = {
  labels: {
    merged: '{n} labels that another window changed were taken over.',
    overwrote:
      '{n} labels were changed in another window too. Yours have taken their place; undo brings back your earlier ones.',
  },
}
