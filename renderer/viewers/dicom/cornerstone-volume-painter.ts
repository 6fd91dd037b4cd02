import { cache, Enums, volumeLoader, type Types, type VolumeViewport } from '@cornerstonejs/core'
import { cameraOf, cornerstoneColours, cornerstoneEngine } from './cornerstone-painter.ts'
import type { SliceImage, SlicePainter } from './painter.ts'
import type { SliceLook } from './paint-slice.ts'
import type { ViewPlane } from './view-plane.ts'
import type { Volume } from './volume.ts'

let nextId = 1
/** How many painters draw a volume; Cornerstone lets go of it after the last one. */
const users = new Map<string, number>()

/** Draws planes through a volume with the graphics card, through a Cornerstone volume viewport. */
export class CornerstoneVolumePainter implements SlicePainter {
  private readonly engine = cornerstoneEngine()
  private readonly id = `chronolens-plane-${nextId++}`
  private readonly element: HTMLDivElement
  private readonly viewport: VolumeViewport
  private readonly volumeId: string
  private readonly ready: Promise<void>
  private isReady = false
  private isDisposed = false
  private last: readonly [SliceImage, SliceLook, ViewPlane] | null = null
  private size = ''
  private side = ''

  constructor(element: HTMLElement, volume: Volume) {
    this.element = document.createElement('div')
    this.element.className = 'slice'
    element.append(this.element)
    this.engine.enableElement({ viewportId: this.id, element: this.element, type: Enums.ViewportType.ORTHOGRAPHIC })
    this.viewport = this.engine.getViewport(this.id) as VolumeViewport
    this.volumeId = `chronolens-volume-${volume.key}`
    users.set(this.volumeId, (users.get(this.volumeId) ?? 0) + 1)
    this.ready = this.prepare(volume)
  }

  private async prepare(volume: Volume): Promise<void> {
    const { values, size, origin, axes, spacing } = volume
    if (!cache.getVolume(this.volumeId))
      volumeLoader.createLocalVolume(this.volumeId, {
        scalarData: values,
        dimensions: [...size],
        spacing: [...spacing],
        origin: [...origin],
        direction: axes.flat() as unknown as Types.Mat3,
        metadata: {
          BitsAllocated: 32,
          BitsStored: 32,
          SamplesPerPixel: 1,
          HighBit: 31,
          PhotometricInterpretation: 'MONOCHROME2',
          PixelRepresentation: 1,
          Modality: 'OT',
          ImageOrientationPatient: [...axes[0], ...axes[1]],
          PixelSpacing: [spacing[1], spacing[0]],
          FrameOfReferenceUID: 'chronolens',
          Columns: size[0],
          Rows: size[1],
          voiLut: [],
          VOILUTFunction: Enums.VOILUTFunctionType.LINEAR_EXACT,
          SeriesInstanceUID: 'chronolens',
        },
      })
    await this.viewport.setVolumes([{ volumeId: this.volumeId }])
    this.isReady = true
    if (this.last && !this.isDisposed) this.paint(...this.last)
  }

  paint(image: SliceImage, look: SliceLook, view: ViewPlane): void {
    this.last = [image, look, view]
    if (!this.isReady) return
    const size = `${view.width}x${view.height}x${window.devicePixelRatio}`
    if (size !== this.size) {
      this.engine.resize(true, true)
      this.size = size
    }
    this.viewport.setProperties({
      voiRange: { lower: look.range.low, upper: look.range.high },
      interpolationType: look.isSmooth ? Enums.InterpolationType.LINEAR : Enums.InterpolationType.NEAREST,
      colormap: { name: cornerstoneColours(look.colourMap, look.isInverted) },
    })
    const camera = cameraOf(view)
    const { viewPlaneNormal, viewUp } = camera
    const side = `${String(viewPlaneNormal)} ${String(viewUp)}`
    // A camera alone does not move the planes between which the viewport cuts.
    if (side !== this.side && viewPlaneNormal && viewUp) this.viewport.setOrientation({ viewPlaneNormal, viewUp })
    this.side = side
    this.viewport.setCamera(camera)
    this.viewport.render()
  }

  clear(): void {
    this.last = null
  }

  dispose(): void {
    this.isDisposed = true
    void this.ready.finally(() => {
      this.engine.disableElement(this.id)
      this.element.remove()
      const left = (users.get(this.volumeId) ?? 1) - 1
      users.set(this.volumeId, left)
      if (left === 0) cache.removeVolumeLoadObject(this.volumeId)
    })
  }
}
