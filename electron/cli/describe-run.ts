import type { RunReport } from '../../shared/domain/run.ts'
import { formatTable } from './format-table.ts'
import { formatSeconds } from './progress-display.ts'

/** The figures of a run for people: the model beside the baseline, per class where there are classes. */
export function describeRun(report: RunReport): string {
  const { samples, baseline, metrics } = report
  const figures = Object.entries(metrics).filter(([, value]) => typeof value === 'number')
  const rows = [
    ['', report.model, baseline.name],
    ...figures.map(([name, value]) => [name, formatFigure(value), formatFigure(baseline[name])]),
  ]
  const head = [
    `${report.task} with ${report.model} on ${report.device}: ${report.parameters} parameters, ${report.epochs} epochs, ` +
      `${formatSeconds(report.seconds)}, seed ${report.seed}`,
    `samples: ${samples.train} to train, ${samples.validation} to validate, ${samples.test} to test; ${report.split}`,
  ]
  const classes = describeClasses(metrics.perClass)
  return [...head, '', formatTable(rows), ...classes, ...report.warnings.map((text) => `warning: ${text}`)].join('\n')
}

function describeClasses(perClass: unknown): string[] {
  if (typeof perClass !== 'object' || perClass === null) return []
  const columns = ['precision', 'recall', 'f1', 'support']
  const rows = Object.entries(perClass).map(([label, figures]: [string, unknown]) => {
    const values: Readonly<Record<string, unknown>> = { ...(figures as object) }
    return [label, ...columns.map((name) => formatFigure(values[name]))]
  })
  return rows.length === 0 ? [] : ['', formatTable([['class', ...columns], ...rows])]
}

function formatFigure(value: unknown): string {
  if (typeof value !== 'number') return '-'
  return Number.isInteger(value) && Math.abs(value) > 1 ? String(value) : value.toFixed(4)
}
