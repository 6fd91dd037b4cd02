/** One report of how far a long job has come. */
export interface Progress {
  /** What is being done now, in a few words the user understands. */
  readonly stage: string
  /** Work done so far and in all, in the stage's own unit; `total` is 0 while it is unknown. */
  readonly done: number
  readonly total: number
  /** Figures to show beside it (loss, step time in ms). */
  readonly values?: Readonly<Record<string, number>>
  /** A remark for the log (a decision taken, a warning). */
  readonly note?: string
}

/** Receives progress; must return quickly and must not throw. */
export type ReportProgress = (progress: Progress) => void

/** A receiver that ignores everything, for callers that do not show progress. */
export const ignoreProgress: ReportProgress = () => undefined
