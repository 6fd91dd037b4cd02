import { toContext } from 'ol/render.js'
import type { FeatureLike } from 'ol/Feature.js'
import type { Geometry } from 'ol/geom.js'
import type { StyleFunction } from 'ol/style/Style.js'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { drawPicture } from './draw-picture.ts'
import type { FrameCache } from './frame-cache.ts'
import { type FrameLayerState, paintPicture, planesOf, readsOf } from './frame-picture.ts'
import type { ScaleBar } from './ground-scale.ts'
import { drawLegend, fillBox, type LegendSpec } from './legend.ts'
import { type Extent, type ViewGrid, viewWindow } from './view-window.ts'

/** Imagery in a view: the same states as on the screen. */
export interface SceneLayer {
  readonly state: FrameLayerState
  readonly resampling: 'nearest' | 'average'
  readonly opacity: number
  /** Part of the width, 0-1. */
  readonly from: number
  readonly to: number
}

/** One view with what lies on it; CSS pixels. */
export interface ScenePane {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly layers: readonly SceneLayer[]
  readonly features: readonly { readonly features: readonly FeatureLike[]; readonly style: StyleFunction | undefined }[]
  /** The date, and for a curtain that of its right side. */
  readonly dates: readonly string[]
  readonly note: string | null
  readonly legend: LegendSpec | null
  /** Where the curtain hangs, 0-1; null without one. */
  readonly curtain: number | null
}

/** All that is on the screen, so that it can be drawn again as a picture: larger, or at another time. */
export interface Scene {
  readonly width: number
  /** Without the line below. */
  readonly height: number
  readonly panes: readonly ScenePane[]
  readonly grid: ViewGrid
  readonly centre: readonly [number, number]
  /** Map units in one CSS pixel. */
  readonly resolution: number
  readonly ground: string
  readonly line: string
  readonly family: string
  readonly scale: ScaleBar | null
  /** Degrees clockwise from up; null where there is no north. */
  readonly north: number | null
  /** What the images are, and what drew them. */
  readonly attribution: string
}

/** Height of the line below the views: scale, north and attribution. */
export const footerHeight = 28

/**
 * Draws a scene onto a canvas of (width · scale) × ((height + 28) · scale) pixels, with the numbers read at that detail.
 * @throws the data plane's codes, `AbortError`
 */
export async function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  cache: FrameCache,
  scale: number,
  signal?: AbortSignal,
): Promise<void> {
  // All is read before anything is drawn, so that a canvas never shows a half-drawn picture.
  const read = await Promise.all(scene.panes.map((pane) => readPane(scene, pane, cache, scale)))
  throwIfAborted(signal)
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.fillStyle = scene.line
  context.fillRect(0, 0, scene.width * scale, (scene.height + footerHeight) * scale)
  for (const [i, pane] of scene.panes.entries()) {
    context.save()
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.beginPath()
    context.rect(pane.left * scale, pane.top * scale, pane.width * scale, pane.height * scale)
    context.clip()
    context.fillStyle = scene.ground
    context.fill()
    context.translate(pane.left * scale, pane.top * scale)
    for (const draw of read[i] ?? []) draw(context)
    context.setTransform(1, 0, 0, 1, 0, 0)
    drawFeatures(context, scene, pane, scale)
    context.setTransform(scale, 0, 0, scale, pane.left * scale, pane.top * scale)
    drawTexts(context, scene, pane)
    context.restore()
  }
  context.setTransform(scale, 0, 0, scale, 0, scene.height * scale)
  drawFooter(context, scene)
  context.setTransform(1, 0, 0, 1, 0, 0)
}

function extentOf(scene: Scene, pane: ScenePane): Extent {
  const [x, y] = scene.centre
  const [dx, dy] = [(pane.width / 2) * scene.resolution, (pane.height / 2) * scene.resolution]
  return [x - dx, y - dy, x + dx, y + dy]
}

async function readPane(
  scene: Scene,
  pane: ScenePane,
  cache: FrameCache,
  scale: number,
): Promise<((context: CanvasRenderingContext2D) => void)[]> {
  const view = { extent: extentOf(scene, pane), resolution: scene.resolution / scale }
  const part = viewWindow(scene.grid, view.extent, view.resolution)
  if (!part) return []
  return Promise.all(
    pane.layers.map(async ({ state, resampling, opacity, from, to }) => {
      const reads = readsOf(state, part, resampling)
      const found = await Promise.all(reads.map((read) => cache.read(state.handle, read)))
      const picture = paintPicture(state, part, planesOf(state, found))
      const place = { width: pane.width * scale, height: pane.height * scale, clip: { from, to } }
      return (context: CanvasRenderingContext2D): void => {
        context.globalAlpha = opacity
        drawPicture(context, picture, scene.grid, view, place)
        context.globalAlpha = 1
      }
    }),
  )
}

function drawFeatures(context: CanvasRenderingContext2D, scene: Scene, pane: ScenePane, scale: number): void {
  const [minX, , , maxY] = extentOf(scene, pane)
  const vector = toContext(context, { pixelRatio: scale })
  // `toContext` multiplies by the scale itself.
  const toPixels = (from: number[], to: number[] = from, stride = 2): number[] => {
    for (let i = 0; i < from.length; i += stride) {
      to[i] = pane.left + ((from[i] ?? 0) - minX) / scene.resolution
      to[i + 1] = pane.top + (maxY - (from[i + 1] ?? 0)) / scene.resolution
    }
    return to
  }
  for (const { features, style } of pane.features)
    for (const feature of features) {
      const own = 'getStyleFunction' in feature ? (feature.getStyleFunction() ?? style) : style
      const styles = own?.(feature, scene.resolution)
      const geometry = (feature.getGeometry() as Geometry | undefined)?.clone()
      if (!styles || !geometry) continue
      geometry.applyTransform(toPixels)
      for (const one of Array.isArray(styles) ? styles : [styles]) {
        vector.setStyle(one)
        vector.drawGeometry(geometry)
      }
    }
}

function drawTexts(context: CanvasRenderingContext2D, scene: Scene, pane: ScenePane): void {
  const { family } = scene
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  const label = (text: string, x: number, side: 'left' | 'right' = 'left'): void => {
    context.font = `600 13px ${family}`
    const width = context.measureText(text).width + 16
    const left = side === 'left' ? x : x - width
    fillBox(context, left, 8, width, 24)
    context.fillStyle = '#f2f2f4'
    context.fillText(text, left + 8, 20)
  }
  const [first, second] = pane.dates
  if (pane.curtain !== null && second !== undefined) {
    const x = pane.curtain * pane.width
    context.fillStyle = '#ffffff'
    context.fillRect(x - 1, 0, 2, pane.height)
    label(first ?? '', x - 8, 'right')
    label(second, x + 8)
  } else if (first !== undefined) label(first, 8)
  if (pane.legend) {
    const isLarge = pane.width > 420
    const place = { right: pane.width - 8, y: 8, anchor: 'top', width: isLarge ? 176 : 146 } as const
    drawLegend(context, pane.legend, place, family)
  }
  if (pane.note !== null) {
    context.font = `12px ${family}`
    const width = Math.min(pane.width - 16, context.measureText(pane.note).width + 16)
    fillBox(context, (pane.width - width) / 2, pane.height - 32, width, 24)
    context.fillStyle = '#ffd38a'
    context.textAlign = 'center'
    context.fillText(pane.note, pane.width / 2, pane.height - 20, width - 12)
  }
}

function drawFooter(context: CanvasRenderingContext2D, scene: Scene): void {
  context.fillStyle = '#16171a'
  context.fillRect(0, 0, scene.width, footerHeight)
  context.textBaseline = 'middle'
  context.font = `11px ${scene.family}`
  let x = 10
  if (scene.north !== null) {
    context.save()
    context.translate(x + 6, footerHeight / 2)
    context.rotate((scene.north * Math.PI) / 180)
    context.fillStyle = '#f2f2f4'
    context.beginPath()
    context.moveTo(0, -8)
    context.lineTo(5, 7)
    context.lineTo(0, 4)
    context.lineTo(-5, 7)
    context.closePath()
    context.fill()
    context.restore()
    x += 22
  }
  if (scene.scale) {
    const { pixels, label } = scene.scale
    context.strokeStyle = '#f2f2f4'
    context.lineWidth = 1.5
    context.beginPath()
    context.moveTo(x, 8)
    context.lineTo(x, 20)
    context.lineTo(x + pixels, 20)
    context.lineTo(x + pixels, 8)
    context.stroke()
    context.fillStyle = '#f2f2f4'
    context.textAlign = 'center'
    context.fillText(label, x + pixels / 2, 12)
    x += pixels + 16
  }
  context.textAlign = 'right'
  context.fillStyle = '#b9bbc4'
  context.fillText(scene.attribution, scene.width - 10, footerHeight / 2, Math.max(40, scene.width - x - 20))
  context.textAlign = 'left'
}
