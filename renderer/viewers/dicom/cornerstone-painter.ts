import {
  Enums,
  getConfiguration,
  init,
  metaData,
  RenderingEngine,
  utilities,
  type StackViewport,
  type Types,
} from '@cornerstonejs/core'
import { colourTable, type ColourMapName } from '../../../shared/imaging/colour-maps.ts'
import type { SliceImage, SlicePainter } from './painter.ts'
import type { SliceLook } from './paint-slice.ts'
import { normalOf, type FramePlane } from './patient-space.ts'
import { combine } from './patient-space.ts'
import { towardsViewer, type ViewPlane } from './view-plane.ts'

const scheme = 'chronolens'
/** Where the images lie, for those that Cornerstone holds at present. */
const planes = new Map<string, { readonly plane: FramePlane; readonly bands: 1 | 3 }>()
let engine: RenderingEngine | null = null
let nextId = 1

/**
 * The one engine of all panes, started when it is first asked for. It draws with a single WebGL context: browsers allow about 16 in
 * all, and each engine would otherwise take seven.
 */
function cornerstoneEngine(): RenderingEngine {
  if (engine) return engine
  const { rendering, ...others } = getConfiguration()
  init({ ...others, rendering: { ...rendering, webGlContextCount: 1 } })
  metaData.addProvider(describeImage, 10_000)
  engine = new RenderingEngine(scheme)
  return engine
}

/** A colour map under the name Cornerstone knows it by. */
function cornerstoneColours(name: ColourMapName, isInverted: boolean): string {
  const known = `${scheme}-${name}${isInverted ? '-inverted' : ''}`
  if (!utilities.colormap.getColormap(known)) {
    const table = colourTable(name)
    const points = Array.from({ length: 256 }, (_, step) => {
      const at = (isInverted ? 255 - step : step) * 3
      return [step / 255, (table[at] ?? 0) / 255, (table[at + 1] ?? 0) / 255, (table[at + 2] ?? 0) / 255]
    })
    utilities.colormap.registerColormap({ ColorSpace: 'RGB', Name: known, RGBPoints: points.flat() })
  }
  return known
}

/** The camera of a view: far enough in front of the plane, without perspective. */
function cameraOf(view: ViewPlane): Types.ICamera {
  const normal = towardsViewer(view)
  return {
    focalPoint: [...view.centre],
    position: [...combine([1, view.centre], [1000, normal])],
    viewUp: [...view.up],
    viewPlaneNormal: [...normal],
    parallelProjection: true,
    parallelScale: view.height / 2 / view.scale,
  }
}

/** Draws single frames with the graphics card, through a Cornerstone stack viewport. */
export class CornerstonePainter implements SlicePainter {
  private readonly engine = cornerstoneEngine()
  private readonly id = `${scheme}-stack-${nextId++}`
  private readonly element: HTMLDivElement
  private readonly viewport: StackViewport
  private shown = ''
  private size = ''

  constructor(element: HTMLElement) {
    this.element = document.createElement('div')
    this.element.className = 'slice'
    element.append(this.element)
    this.engine.enableElement({ viewportId: this.id, element: this.element, type: Enums.ViewportType.STACK })
    this.viewport = this.engine.getViewport(this.id) as StackViewport
  }

  paint(image: SliceImage, look: SliceLook, view: ViewPlane): void {
    const size = `${view.width}x${view.height}x${window.devicePixelRatio}`
    if (size !== this.size) {
      this.engine.resize(true, true)
      this.size = size
    }
    const imageId = `${scheme}:${image.key}`
    if (imageId !== this.shown) {
      planes.delete(this.shown)
      planes.set(imageId, { plane: image.plane, bands: image.bands })
      this.viewport.renderImageObject(makeImage(imageId, image))
      this.shown = imageId
    }
    this.viewport.setProperties({
      voiRange: { lower: look.range.low, upper: look.range.high },
      interpolationType: look.isSmooth ? Enums.InterpolationType.LINEAR : Enums.InterpolationType.NEAREST,
      ...(image.bands === 1
        ? { colormap: { name: cornerstoneColours(look.colourMap, look.isInverted) } }
        : { invert: look.isInverted }),
    })
    this.viewport.setCamera(cameraOf(view))
    this.element.style.visibility = 'visible'
    this.viewport.render()
  }

  clear(): void {
    this.element.style.visibility = 'hidden'
  }

  dispose(): void {
    planes.delete(this.shown)
    this.engine.disableElement(this.id)
    this.element.remove()
  }
}

function makeImage(imageId: string, { values, bands, plane }: SliceImage): Types.IImage {
  const { height, width, spacing } = plane
  const pixels = height * width
  const scalarData = bands === 3 ? new Uint8Array(pixels * 3) : new Float32Array(pixels)
  let [smallest, largest] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < smallest) smallest = value
    if (value > largest) largest = value
  }
  for (let i = 0; i < pixels; i++)
    if (bands === 3) for (let band = 0; band < 3; band++) scalarData[i * 3 + band] = values[band * pixels + i] ?? 0
    else scalarData[i] = Number.isNaN(values[i]) ? smallest : (values[i] ?? 0)
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData,
    width,
    height,
    numberOfComponents: bands,
  })
  return {
    imageId,
    minPixelValue: smallest,
    maxPixelValue: largest,
    slope: 1,
    intercept: 0,
    windowCenter: (smallest + largest) / 2,
    windowWidth: Math.max(1e-6, largest - smallest),
    voiLUTFunction: Enums.VOILUTFunctionType.LINEAR_EXACT,
    getPixelData: () => voxelManager.getScalarData(),
    getCanvas: () => document.createElement('canvas'),
    rows: height,
    columns: width,
    height,
    width,
    color: bands === 3,
    rgba: false,
    numberOfComponents: bands,
    columnPixelSpacing: spacing[1],
    rowPixelSpacing: spacing[0],
    invert: false,
    sizeInBytes: scalarData.byteLength,
    dataType: bands === 3 ? 'Uint8Array' : 'Float32Array',
    voxelManager: voxelManager as Types.IVoxelManager<number>,
  }
}

const { IMAGE_PLANE, IMAGE_PIXEL, GENERAL_SERIES }: Record<string, string> = Enums.MetadataModules

function describeImage(type: string, imageId: unknown): unknown {
  const known = typeof imageId === 'string' ? planes.get(imageId) : undefined
  if (!known) return undefined
  const { plane, bands } = known
  const { right, down, origin, spacing, height, width } = plane
  if (type === IMAGE_PLANE)
    return {
      frameOfReferenceUID: scheme,
      rows: height,
      columns: width,
      imageOrientationPatient: [...right, ...down],
      rowCosines: [...right],
      columnCosines: [...down],
      imagePositionPatient: [...origin],
      pixelSpacing: [...spacing],
      rowPixelSpacing: spacing[0],
      columnPixelSpacing: spacing[1],
      sliceThickness: 1,
      normal: [...normalOf(plane)],
      usingDefaultValues: false,
    }
  if (type === IMAGE_PIXEL)
    return {
      samplesPerPixel: bands,
      photometricInterpretation: bands === 3 ? 'RGB' : 'MONOCHROME2',
      bitsAllocated: bands === 3 ? 8 : 32,
      bitsStored: bands === 3 ? 8 : 32,
      highBit: bands === 3 ? 7 : 31,
      pixelRepresentation: 0,
    }
  if (type === GENERAL_SERIES) return { modality: 'OT', seriesInstanceUID: scheme }
  return undefined
}
