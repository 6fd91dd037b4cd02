import { BarChart, HeatmapChart, LineChart, SankeyChart } from 'echarts/charts'
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components'
import { init, use, type ECharts, type EChartsCoreOption } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'
import { useSettingsStore } from '../../stores/settings.ts'

use([
  BarChart,
  HeatmapChart,
  LineChart,
  SankeyChart,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
])

/** The colours of the page, for charts: they are drawn on a canvas, which knows no CSS variables. */
export interface ChartTheme {
  readonly text: string
  readonly faint: string
  readonly line: string
  readonly ground: string
  readonly accent: string
  readonly series: readonly string[]
  readonly font: string
}

/** Reads the colours of the present theme from the page. */
export function chartTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  return {
    text: read('--text-2'),
    faint: read('--text-3'),
    line: read('--line-1'),
    ground: read('--bg-4'),
    accent: read('--accent'),
    series: [1, 2, 3, 4, 5, 6].map((i) => read(`--chart-${i}`)),
    font: read('--font-sans').replaceAll(/\s+/g, ' '),
  }
}

/** Tooltip settings all charts share; rich text, because HTML tooltips need inline styles. */
export function chartTooltip(theme: ChartTheme) {
  return {
    renderMode: 'richText' as const,
    confine: true,
    backgroundColor: theme.ground,
    borderWidth: 0,
    padding: [6, 9],
    textStyle: { color: theme.text, fontSize: 12, fontFamily: theme.font },
  }
}

/** Keeps a chart in an element: drawn anew when its data, the theme or the size change. */
export function useChart(
  element: Ref<HTMLElement | null>,
  option: (theme: ChartTheme) => EChartsCoreOption,
  onReady?: (chart: ECharts) => void,
): void {
  const settings = useSettingsStore()
  let chart: ECharts | null = null
  const resize = new ResizeObserver(() => chart?.resize())
  const draw = (): void => {
    chart?.setOption(
      { animation: false, textStyle: { fontFamily: chartTheme().font }, ...option(chartTheme()) },
      { notMerge: true },
    )
  }
  // A chart names months in the language it was made in, so another language takes another chart.
  const begin = (): void => {
    chart?.dispose()
    if (!element.value) return
    chart = init(element.value, null, { locale: settings.language === 'zh-CN' ? 'ZH' : 'EN' })
    onReady?.(chart)
    draw()
  }
  onMounted(() => {
    if (element.value) resize.observe(element.value)
    begin()
  })
  watch(() => settings.language, begin, { flush: 'post' })
  // The theme's variables change after the attribute does, hence after the flush.
  watch([() => option(chartTheme()), () => settings.theme], draw, { flush: 'post' })
  onBeforeUnmount(() => {
    resize.disconnect()
    chart?.dispose()
  })
}
