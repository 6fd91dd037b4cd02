import View from 'ol/View.js'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import type { Projector } from '../../../shared/domain/geo-grid.ts'
import { mapProjection } from './map-projection.ts'
import { pixelTransform, type Extent, type ViewGrid } from './view-window.ts'

/** Which part of the ground is looked at; several maps share one, so that they move together. */
export class SharedView {
  readonly view: View
  readonly grid: ViewGrid
  readonly projector: Projector | null
  /** Whether the whole image is to stay in view when the window changes its size. */
  isFitted = true
  private readonly extent: Extent

  constructor(sequence: OpenSequence) {
    const { info } = sequence
    this.grid = { width: info.width, height: info.height, geoTransform: info.geoTransform ?? pixelTransform }
    this.extent = sequence.extent ?? [0, -info.height, info.width, 0]
    const { projection, projector } = mapProjection(sequence)
    this.projector = projector
    const pixel = Math.hypot(this.grid.geoTransform[1], this.grid.geoTransform[4])
    this.view = new View({
      projection,
      showFullExtent: true,
      enableRotation: false,
      minResolution: pixel / 64,
      maxResolution: (pixel * Math.max(info.width, info.height)) / 64,
      constrainResolution: false,
    })
  }

  /** Shows the whole sequence in maps of this size (CSS pixels). */
  fit(size: readonly number[] | undefined): void {
    this.isFitted = true
    const [width = 800, height = 600] = size ?? []
    if (width < 60 || height < 60) return
    // Room for the bar above and the scale below.
    const padding = Math.min(width, height) > 300 ? [44, 24, 40, 24] : [30, 10, 26, 10]
    this.view.fit([...this.extent], { size: [width, height], padding })
  }

  /** Brings back a place that was looked at before. */
  moveTo(centre: readonly [number, number], resolution: number): void {
    this.isFitted = false
    this.view.setCenter([...centre])
    this.view.setResolution(resolution)
  }

  zoomBy(steps: number): void {
    this.isFitted = false
    this.view.animate({ zoom: (this.view.getZoom() ?? 0) + steps, duration: 140 })
  }

  /**
   * Where north is in the middle of the view: degrees clockwise from up. Grids of far-reaching projections are turned against
   * it; null where the images lie nowhere on Earth.
   */
  northAngle(): number | null {
    const [x, y] = this.view.getCenter() ?? []
    if (!this.projector || x === undefined || y === undefined) return null
    const [longitude, latitude] = this.projector.toLonLat(x, y)
    const [northX, northY] = this.projector.toMap(longitude, Math.min(90, latitude + 0.01))
    const angle = (Math.atan2(northX - x, northY - y) * 180) / Math.PI
    return Number.isFinite(angle) ? angle : null
  }
}
