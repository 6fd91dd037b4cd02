import type { FrameLabel, FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import type { SlicePixels } from '../../../shared/domain/label-through.ts'
import { brushPixels, noPixels, type PixelSet, unitePixels } from '../../../shared/domain/label-pixels.ts'
import type { LabelTool } from '../../stores/label-tools.ts'
import { type FramePlace, insideFrame, toFrame, toStage } from './frame-place.ts'
import {
  boxBetween,
  type FrameShape,
  isShape,
  movedShape,
  shapeHandles,
  shapePath,
  type ShapeHandle,
} from './frame-shapes.ts'
import { paintedOf } from './mask-picture.ts'
import { fillRegion, type FillSeed } from './shown-values.ts'

/** What drawing on frames asks and tells. */
export interface FrameDrawingHost {
  readonly tool: () => LabelTool
  readonly size: () => number
  readonly tolerance: () => number
  readonly place: () => FramePlace | null
  /** Labels of the frame that can be seen, the topmost last. */
  readonly labels: () => readonly FrameLabel[]
  readonly selected: () => FrameLabel | null
  readonly hidden: () => ReadonlySet<string>
  readonly seed: (column: number, row: number) => Promise<FillSeed | null>
  readonly onSeed: (seed: FillSeed | null) => void
  readonly onTolerance: (tolerance: number) => void
  readonly onSelect: (id: string | null) => void
  readonly onShape: (shape: Pick<FrameLabelOf<'point'>, 'kind' | 'position'> | Pick<FrameLabelOf<'box'>, 'kind' | 'box'> | Pick<FrameLabelOf<'polygon'>, 'kind' | 'polygons'>) => void // prettier-ignore
  readonly onChanged: (label: FrameLabel) => void
  /** `slices` are what is painted on all slices, where a region grew through them. */
  readonly onPainted: (set: PixelSet, isErased: boolean, slices?: readonly SlicePixels[]) => void
  readonly onCutOff: () => void
  /** Something is to be drawn anew. */
  readonly onDraft: () => void
}

/** What is drawn just now and not a label yet. */
export interface FrameDraft {
  readonly box: FrameLabelOf<'box'>['box'] | null
  readonly corners: readonly (readonly [number, number])[]
  readonly pixels: PixelSet | null
  readonly shape: FrameShape | null
}

const handleReach = 9
const closeReach = 10
const dragForAll = 400

/** The pointer's work on a frame: shapes, strokes, regions, and moving what is there. Positions are pixels of the frame. */
export class FrameDrawing {
  private readonly host: FrameDrawingHost
  private readonly measuring = document.createElement('canvas').getContext('2d')
  private corners: [number, number][] = []
  private boxFrom: [number, number] | null = null
  private stroke: PixelSet | null = null
  private region: PixelSet | null = null
  private seed: FillSeed | null = null
  private handle: ShapeHandle | null = null
  private grabbed: { readonly shape: FrameShape; readonly at: [number, number] } | null = null
  private moved: FrameShape | null = null
  private downX = 0
  private downTolerance = 0
  private isDown = false
  private turn = 0
  /** Where the pointer is; null when it is not on the stage. */
  pointer: [number, number] | null = null

  constructor(host: FrameDrawingHost) {
    this.host = host
  }

  get draft(): FrameDraft {
    return {
      box: this.boxFrom && this.pointer ? boxBetween(this.boxFrom, this.pointer) : null,
      corners: this.corners.length > 0 && this.pointer ? [...this.corners, this.pointer] : this.corners,
      pixels: this.stroke ?? this.region,
      shape: this.moved,
    }
  }

  /** The first button went down. @returns whether it was taken, so that the stage must not act on it */
  down(stage: [number, number], isAlt: boolean): boolean {
    const place = this.host.place()
    if (!place) return false
    const tool = this.host.tool()
    const at = insideFrame(place, toFrame(place, stage))
    this.pointer = at
    if (tool === 'select') return this.grab(stage, at, place, isAlt)
    this.isDown = true
    if (tool === 'point') this.host.onShape({ kind: 'point', position: at })
    else if (tool === 'box') this.boxFrom = at
    else if (tool === 'polygon') this.corner(at, stage, place)
    else if (tool === 'fill') void this.begin(stage, at, place)
    else {
      this.stroke = noPixels
      this.extend(toFrame(place, stage), toFrame(place, stage), place)
    }
    this.host.onDraft()
    return true
  }

  move(stage: [number, number]): void {
    const place = this.host.place()
    if (!place) return
    const exact = toFrame(place, stage)
    const before = this.pointer
    this.pointer = insideFrame(place, exact)
    if (this.handle) this.moved = this.handle.moveTo(this.pointer)
    else if (this.grabbed) {
      const [column, row] = this.grabbed.at
      this.moved = movedShape(this.grabbed.shape, [this.pointer[0] - column, this.pointer[1] - row])
    } else if (this.stroke) this.extend(before ?? this.pointer, this.pointer, place)
    else if (this.isDown && this.host.tool() === 'fill') {
      const moved = (stage[0] - this.downX) / dragForAll
      this.host.onTolerance(Math.min(1, Math.max(0, this.downTolerance + moved / 4 + moved * Math.abs(moved))))
      this.refreshRegion()
    }
    this.host.onDraft()
  }

  up(): void {
    const { stroke, boxFrom, moved, seed, pointer } = this
    const tool = this.host.tool()
    if (stroke) this.host.onPainted(stroke, tool === 'eraser')
    else if (boxFrom && pointer) {
      const box = boxBetween(boxFrom, pointer)
      if (Math.hypot(pointer[0] - boxFrom[0], pointer[1] - boxFrom[1]) > 1) this.host.onShape({ kind: 'box', box })
    } else if (moved) this.host.onChanged(moved)
    else if (seed) this.finishRegion(seed)
    this.isDown = false
    this.stroke = null
    this.boxFrom = null
    this.handle = null
    this.grabbed = null
    this.moved = null
    this.host.onDraft()
  }

  /** A click without dragging, with the tool that chooses. */
  click(stage: [number, number]): void {
    const place = this.host.place()
    if (place) this.host.onSelect(this.labelAt(stage, place))
  }

  /** Closes the polygon under way. */
  close(): void {
    // The second click of a double click has set the same corner again.
    const ring = this.corners.filter((corner, i) => {
      const before = this.corners[i - 1]
      return !before || Math.hypot(corner[0] - before[0], corner[1] - before[1]) > 0.01
    })
    this.corners = []
    if (ring.length >= 3) this.host.onShape({ kind: 'polygon', polygons: [[ring]] })
    this.host.onDraft()
  }

  undoCorner(): void {
    this.corners = this.corners.slice(0, -1)
    this.host.onDraft()
  }

  /** Gives up what is under way; false when there was nothing. */
  abort(): boolean {
    const isBusy = this.corners.length > 0 || this.isDown || this.handle !== null || this.grabbed !== null
    this.turn++
    this.corners = []
    this.boxFrom = null
    this.stroke = null
    this.region = null
    this.seed = null
    this.handle = null
    this.grabbed = null
    this.moved = null
    this.isDown = false
    this.host.onSeed(null)
    this.host.onDraft()
    return isBusy
  }

  /** The region again, after the tolerance has changed. */
  refreshRegion(): void {
    if (!this.seed) return
    this.region = fillRegion(this.seed, this.host.tolerance()).pixels
    this.host.onDraft()
  }

  /** The pixels the brush covers at the pointer. */
  cursor(): PixelSet | null {
    const place = this.host.place()
    const tool = this.host.tool()
    if (!place || !this.pointer || !['brush', 'eraser', 'fill'].includes(tool)) return null
    return brushPixels(place, this.pointer, this.pointer, tool === 'fill' ? 1 : this.host.size())
  }

  /** The topmost label at a position of the stage. */
  labelAt(stage: [number, number], place: FramePlace): string | null {
    const context = this.measuring
    const [column, row] = toFrame(place, stage)
    for (const label of [...this.host.labels()].reverse()) {
      if (label.kind === 'mask') {
        const painted = paintedOf(label)
        const isInside = column >= 0 && row >= 0 && column < painted.width && row < painted.height
        const value = isInside ? painted.pixels[Math.floor(row) * painted.width + Math.floor(column)] : 0
        const name = painted.classes[(value ?? 0) - 1]
        if (name !== undefined && !this.host.hidden().has(name)) return label.id
      } else if (isShape(label)) {
        const path = shapePath(label, place, handleReach)
        if (context?.isPointInPath(path, ...stage, 'evenodd')) return label.id
      }
    }
    return null
  }

  private grab(stage: [number, number], at: [number, number], place: FramePlace, isAlt: boolean): boolean {
    const selected = this.host.selected()
    if (!selected || !isShape(selected) || !this.host.labels().includes(selected)) return false
    const near = shapeHandles(selected).find(({ position }) => {
      const [x, y] = toStage(place, position)
      return Math.hypot(x - stage[0], y - stage[1]) <= handleReach
    })
    if (near && isAlt && near.without) {
      this.host.onChanged(near.without)
      return true
    }
    if (near) this.handle = near
    else if (this.measuring?.isPointInPath(shapePath(selected, place), ...stage, 'evenodd'))
      this.grabbed = { shape: selected, at }
    return near !== undefined || this.grabbed !== null
  }

  private corner(at: [number, number], stage: [number, number], place: FramePlace): void {
    const [first] = this.corners
    if (first && this.corners.length >= 3) {
      const [x, y] = toStage(place, first)
      if (Math.hypot(x - stage[0], y - stage[1]) <= closeReach) {
        this.close()
        return
      }
    }
    this.corners = [...this.corners, at]
  }

  private extend(from: [number, number], to: [number, number], place: FramePlace): void {
    this.stroke = unitePixels(this.stroke ?? noPixels, brushPixels(place, from, to, this.host.size()))
  }

  private async begin(stage: [number, number], at: [number, number], place: FramePlace): Promise<void> {
    const turn = ++this.turn
    this.downX = stage[0]
    this.downTolerance = this.host.tolerance()
    const column = Math.min(place.width - 1, Math.floor(at[0]))
    const row = Math.min(place.height - 1, Math.floor(at[1]))
    const seed = await this.host.seed(column, row)
    if (turn !== this.turn || !seed) return
    if (!this.isDown) {
      this.finishRegion(seed)
      return
    }
    this.seed = seed
    this.host.onSeed(seed)
    this.refreshRegion()
  }

  private finishRegion(seed: FillSeed): void {
    const { pixels, isCutOff, slices } = fillRegion(seed, this.host.tolerance())
    this.turn++
    this.seed = null
    this.region = null
    this.host.onSeed(null)
    if (isCutOff) this.host.onCutOff()
    if (pixels.bits.includes(1)) this.host.onPainted(pixels, false, slices)
  }
}
