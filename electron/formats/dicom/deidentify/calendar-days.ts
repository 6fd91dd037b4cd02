const dayMs = 86_400_000

/** Days from one ISO date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs)
}

/** An ISO date some days later; null when it is no date. */
export function addDays(date: string, days: number): string | null {
  const start = Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(start) ? null : new Date(start + days * dayMs).toISOString().slice(0, 10)
}
