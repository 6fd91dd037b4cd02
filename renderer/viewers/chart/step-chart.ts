import { chartTooltip, type ChartTheme } from './use-chart.ts'

/** A measure at each predicted step, of the model and of showing the last known frame again. */
export interface StepCurves {
  readonly own: readonly number[]
  readonly copy: readonly number[]
  readonly names: { readonly own: string; readonly copy: string; readonly step: string }
  readonly show: (value: number) => string
  /** Step that is looked at, from 0. */
  readonly now?: number | null
}

/** The chart of a measure by step; the first step is 1. */
export function stepChart(theme: ChartTheme, { own, copy, names, show, now = null }: StepCurves) {
  const axisLabel = { color: theme.faint, fontSize: 11 }
  const points = (values: readonly number[]): [number, number][] => values.map((value, step) => [step + 1, value])
  const line = (name: string, values: readonly number[], colour: string | undefined, isDashed: boolean) => ({
    type: 'line',
    name,
    data: points(values),
    showSymbol: values.length < 3,
    symbolSize: 5,
    color: colour,
    lineStyle: { width: 1.8, type: isDashed ? 'dashed' : 'solid' },
  })
  return {
    grid: { left: 54, right: 14, top: 28, bottom: 40 },
    legend: {
      top: 0,
      right: 4,
      itemWidth: 14,
      itemHeight: 2,
      icon: 'rect',
      textStyle: { color: theme.text, fontSize: 11 },
    },
    tooltip: {
      ...chartTooltip(theme),
      trigger: 'axis',
      valueFormatter: (value: unknown) => (typeof value === 'number' ? show(value) : '–'),
    },
    xAxis: {
      type: 'value',
      min: 1,
      max: Math.max(own.length, 2),
      minInterval: 1,
      name: names.step,
      nameLocation: 'middle',
      nameGap: 24,
      nameTextStyle: axisLabel,
      axisLabel,
      splitLine: { show: false },
      axisLine: { lineStyle: { color: theme.line } },
    },
    yAxis: {
      type: 'value',
      scale: true,
      axisLabel: { ...axisLabel, formatter: show },
      splitLine: { lineStyle: { color: theme.line } },
      splitNumber: 4,
    },
    series: [
      {
        ...line(names.own, own, theme.series[0], false),
        markLine:
          now === null
            ? undefined
            : {
                silent: true,
                symbol: 'none',
                lineStyle: { color: theme.accent },
                label: { show: false },
                data: [{ xAxis: now + 1 }],
              },
      },
      ...(copy.length > 0 ? [line(names.copy, copy, theme.series[1], true)] : []),
    ],
  }
}
