import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'

/** The form that frames of any kind are brought into before a network sees them. */
export const frameFormSchema = z.object({
  /** `grey` is the luminance of colours, or the only band; else band names. */
  bands: z.array(z.string()).min(1),
  /** Height and width in pixels. */
  size: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  /** `crop` keeps the shape of things and loses the margins; `stretch` keeps everything and loses the shape. */
  fit: z.enum(['crop', 'stretch']),
  /** Value that means "nothing was measured here"; null where there is none. */
  nodata: z.number().nullable(),
  /** Value, per band, that becomes 0, and how far above it the value lies that becomes 1. */
  low: z.array(z.number()),
  range: z.array(z.number().positive()),
})
/** The form that frames of any kind are brought into before a network sees them. */
export type FrameForm = z.infer<typeof frameFormSchema>

const colours = ['red', 'green', 'blue'] as const

/** Bands that the frames of these sequences have in common, unless they are named: `grey` for colours, too. */
export function commonBands(infos: readonly SequenceInfo[], isColour: boolean): string[] {
  if (isColour && infos.every(isColoured)) return [...colours]
  if (infos.every((info) => isColoured(info) || info.bands.length === 1 || isGreyWithAlpha(info))) return ['grey']
  const [first, ...others] = infos
  return (first?.bands ?? []).filter((band) => others.every(({ bands }) => bands.includes(band)))
}

function isColoured({ bands }: SequenceInfo): boolean {
  return colours.every((colour) => bands.includes(colour))
}

function isGreyWithAlpha({ bands }: SequenceInfo): boolean {
  return bands.length === 2 && bands[1] === 'alpha'
}

/**
 * Where a sequence holds the bands of a form: for each, indices into its bands with the weights to add them by.
 * @throws `contract/bands` that names what is missing
 */
export function bandSources(bands: readonly string[], info: SequenceInfo): { index: number; weight: number }[][] {
  const names = info.bands.map((name) => name.toLowerCase())
  return bands.map((band) => {
    if (band === 'grey' && isColoured(info))
      // Luminance by ITU-R BT.601, as grey pictures of colours are made nearly everywhere.
      return [0.299, 0.587, 0.114].map((weight, i) => ({ index: names.indexOf(colours[i] ?? ''), weight }))
    if (band === 'grey' && (names.length === 1 || isGreyWithAlpha(info))) return [{ index: 0, weight: 1 }]
    const index = names.indexOf(band.toLowerCase())
    if (index >= 0) return [{ index, weight: 1 }]
    throw new AppError(
      'contract/bands',
      `"${info.name}" has no band "${band}"; the model needs ${bands.join(', ')}, the data have ${info.bands.join(', ')}.`,
      { term: 'bands', expected: [...bands], found: info.bands, missing: [band] },
    )
  })
}

/** Whether values lie in 0 to 255 by their type. */
export function isEightBit(info: SequenceInfo): boolean {
  return info.kind === 'video' || info.dtype === 'uint8'
}

/** A size setting, `64` or `48x64` (height x width). @throws `usage/bad-setting` */
export function parseSize(text: string): [number, number] {
  const match = /^(\d+)(?:x(\d+))?$/.exec(text.trim())
  const [height, width] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [0, 0]
  const isEdge = (edge: number): boolean => edge >= leastEdge && edge <= largestEdge
  if (isEdge(height) && isEdge(width)) return [height, width]
  throw new AppError(
    'usage/bad-setting',
    `The setting size=${text} cannot be used: a height and width of ${leastEdge} to ${largestEdge} pixels are expected, such as 64 or 48x64.`,
    { key: 'size', value: text },
  )
}

const [leastEdge, largestEdge] = [8, 1024]
