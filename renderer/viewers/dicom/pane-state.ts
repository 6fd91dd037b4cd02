import { shallowReactive } from 'vue'
import { z } from 'zod'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import { colourMapNames, type ColourMapName } from '../../../shared/imaging/colour-maps.ts'
import type { StretchRange } from '../../../shared/imaging/paint-frame.ts'
import type { SliceImage } from './painter.ts'
import { planeNames, type PlaneName } from './plane-names.ts'
import type { SliceLook } from './paint-slice.ts'
import type { ViewPlane } from './view-plane.ts'

/** One pane: which series and slice it shows, and how. Big things in it are never made reactive. */
export interface PaneState {
  readonly id: number
  series: OpenSequence | null
  /** Key of the series within the project. */
  key: string | null
  /** A series is being opened for this pane. */
  isOpening: boolean
  frame: number
  /** Null until the first slice is there. */
  range: StretchRange | null
  colourMap: ColourMapName
  isInverted: boolean
  isSmooth: boolean
  /** Null until something is shown. */
  view: ViewPlane | null
  /** The slice on the screen. */
  image: SliceImage | null
}

/** Panes from this number on are planes cut through the series of the first pane. */
export const planePaneId = 10

/** The plane that a pane shows; undefined for panes of acquired slices. */
export function cutOf({ id }: Pick<PaneState, 'id'>): PlaneName | undefined {
  return planeNames[id - planePaneId]
}

/** A pane with nothing in it. */
export function createPane(id: number): PaneState {
  return shallowReactive({
    id,
    series: null,
    key: null,
    isOpening: false,
    frame: 0,
    range: null,
    colourMap: 'grey',
    isInverted: false,
    isSmooth: true,
    view: null,
    image: null,
  })
}

const colourNames = colourMapNames as [ColourMapName, ...ColourMapName[]]

/** How a series was looked at; kept with the project. */
export const sliceLookSchema = z.object({
  range: z.object({ low: z.number(), high: z.number() }),
  colourMap: z.enum(colourNames),
  isInverted: z.boolean(),
  isSmooth: z.boolean(),
})

/** How the pane shows its slice; null until a window is known. */
export function lookOf({ range, colourMap, isInverted, isSmooth }: PaneState): SliceLook | null {
  return range && { range, colourMap, isInverted, isSmooth }
}

/** Puts a slice and the view of it into a pane. */
export function showIn(pane: PaneState, image: SliceImage, view: ViewPlane): void {
  pane.image = image
  pane.view = view
}

/** Shows a pane's slices as another one shows its own. */
export function copyLook(pane: PaneState, { range, colourMap, isInverted, isSmooth }: PaneState): void {
  Object.assign(pane, { range, colourMap, isInverted, isSmooth })
}
