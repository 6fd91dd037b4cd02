import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { z } from 'zod'
import { sliceStack, type SliceStack } from '../../shared/domain/label-through.ts'
import { keepInProject } from './keep-state.ts'
import { useLabelsStore } from './labels.ts'
import { useLookStore } from './look.ts'
import { useProjectStore } from './project.ts'
import type { FillSeed } from '../viewers/labels/shown-values.ts'

/** What a click on the imagery does. */
export type LabelTool = 'select' | 'point' | 'box' | 'polygon' | 'brush' | 'eraser' | 'fill'

const largestBrush = 200

const keptSchema = z.object({
  brushSize: z.number().int().min(1).max(largestBrush),
  tolerance: z.number().min(0).max(1),
  opacity: z.number().min(0).max(1),
  isContour: z.boolean(),
  isThrough: z.boolean().default(false),
  reachMm: z.number().min(1).max(200).default(20),
})
type Kept = z.infer<typeof keptSchema>

const atFirst: Kept = { brushSize: 5, tolerance: 0.05, opacity: 0.5, isContour: false, isThrough: false, reachMm: 20 }

/** Which tool is in the hand, and how it is set; the same for every kind of sequence. */
export const useLabelToolsStore = defineStore('label-tools', () => {
  const look = useLookStore()
  const labels = useLabelsStore()
  const project = useProjectStore()
  const tool = ref<LabelTool>('select')
  const brushSize = ref(atFirst.brushSize)
  /** Part of the shown range within which pixels are taken for alike. */
  const tolerance = ref(atFirst.tolerance)
  /** Where a region grows from just now. */
  const seed = shallowRef<FillSeed | null>(null)
  const opacity = ref(atFirst.opacity)
  const isContour = ref(false)
  /** Whether brush, eraser and fill work through the slices of a series. */
  const wantsThrough = ref(atFirst.isThrough)
  /** How far a region may grow from where it began, in mm. */
  const reachMm = ref(atFirst.reachMm)
  /** Middle of the pixel, [column, row], on which the keyboard's crosshair stands; null while it is not in use. */
  const crosshair = shallowRef<readonly [number, number] | null>(null)
  /** First frame of an interval under way. */
  const inFrame = ref<number | null>(null)

  keepInProject('labelTools', keptSchema, {
    read: (): Kept => ({
      brushSize: brushSize.value,
      tolerance: tolerance.value,
      opacity: opacity.value,
      isContour: isContour.value,
      isThrough: wantsThrough.value,
      reachMm: reachMm.value,
    }),
    write: (kept) => {
      const next = kept ?? atFirst
      brushSize.value = next.brushSize
      tolerance.value = next.tolerance
      opacity.value = next.opacity
      isContour.value = next.isContour
      wantsThrough.value = next.isThrough
      reachMm.value = next.reachMm
    },
  })

  const isMap = computed(() => look.kind === 'geotiff' || look.kind === null)
  const tools = computed<readonly LabelTool[]>(() =>
    isMap.value
      ? ['select', 'point', 'polygon', 'brush', 'eraser', 'fill']
      : ['select', 'box', 'polygon', 'point', 'brush', 'eraser', 'fill'],
  )
  /** Where the slices lie; null for anything that is no stack of slices of one time. */
  const stack = computed<SliceStack | null>(() => {
    const { sequence, info } = look
    const isSeries = info !== null && (info.kind === 'dicom' || info.kind === 'nifti') && info.timePoints === null
    return isSeries && info.bands.length === 1 ? sliceStack(sequence?.medical?.geometry) : null
  })
  const isThrough = computed({
    get: () => wantsThrough.value && stack.value !== null,
    set: (value) => (wantsThrough.value = value),
  })
  const isPainting = computed(() => ['brush', 'eraser', 'fill'].includes(tool.value))
  const canDraw = computed(() => !project.isReadOnly && labels.isLoaded)

  function use(next: LabelTool): void {
    if (next !== 'select' && !canDraw.value) return
    tool.value = tools.value.includes(next) ? next : 'select'
  }

  /** Makes the brush larger or smaller, in steps that grow with it. */
  function resize(by: 1 | -1): void {
    const step = Math.max(1, Math.round(brushSize.value / 8))
    brushSize.value = Math.min(largestBrush, Math.max(1, brushSize.value + by * step))
  }

  return {
    tool,
    tools,
    brushSize,
    tolerance,
    seed,
    opacity,
    isContour,
    isThrough,
    reachMm,
    stack,
    inFrame,
    crosshair,
    isMap,
    isPainting,
    canDraw,
    use,
    resize,
  }
})
