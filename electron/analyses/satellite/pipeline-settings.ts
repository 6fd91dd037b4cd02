import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { parsePipeline, type SatellitePipeline } from './pipeline.ts'

/** The keys of `--set` that describe a satellite pipeline. */
export const pipelineSettingKeys = [
  'mask',
  'regularise',
  'index',
  'sensor',
  'reflectance',
  'composite',
  'gapFill',
  'bands',
] as const
/** A key of `--set` that describes a satellite pipeline. */
export type PipelineSettingKey = (typeof pipelineSettingKeys)[number]

/**
 * Turns short settings into a pipeline; steps come in the order mask, regularise, index, composite, gapFill.
 *
 * - `mask=bqa`, `qa-pixel`, `scl`, `modis`, `vi-quality`, `CLP>0.4` or any formula; options behind colons:
 *   `bqa:cloud+snow+cirrus:medium:grow=2`; several masks with `;`
 * - `regularise=auto`, or parts with commas: `epsg:32618`, a size of pixel, `finest`, `coarsest`, `union`, `intersection`,
 *   `nearest`, `bilinear`, `average`, `keep-scenes`
 * - `bands=B4,B5,B6` are the bands that regularise takes
 * - `index=ndvi,evi,ratio:(nir/red)`, `sensor=landsat8`, `reflectance=0.0001` or `0.00002,-0.1` (scale, offset)
 * - `composite=median:16d`, `mean:1m`, `max-ndvi:16d:2018-01-01` (anchor), also `:count=red`
 * - `gapFill=linear`, `linear:64d`, `seasonal:harmonics=3`, `seasonal:trend`, `whittaker:lambda=5`, `:keep-edges`
 * @throws `satellite/setting` that names the key and what is allowed
 */
export function pipelineFromSettings(
  settings: Readonly<Partial<Record<PipelineSettingKey, string>>>,
): SatellitePipeline {
  const steps: unknown[] = []
  if (settings.mask !== undefined)
    for (const text of settings.mask.split(';')) steps.push({ step: 'mask', options: maskOf(text.trim()) })
  if (settings.regularise !== undefined || settings.bands !== undefined)
    steps.push({ step: 'regularise', options: regulariseOf(settings.regularise ?? 'auto', settings.bands) })
  if (settings.index !== undefined) steps.push({ step: 'index', options: indexOf(settings) })
  else if (settings.sensor !== undefined || settings.reflectance !== undefined)
    throw bad(
      'sensor',
      settings.sensor ?? settings.reflectance ?? '',
      'sensor and reflectance only matter beside index=',
    )
  if (settings.composite !== undefined) steps.push({ step: 'composite', options: compositeOf(settings.composite) })
  if (settings.gapFill !== undefined) steps.push({ step: 'gapFill', options: gapFillOf(settings.gapFill) })
  return parsePipeline({ version: 1, steps })
}

const maskKinds: Readonly<Record<string, string>> = {
  bqa: 'landsat-bqa',
  'qa-pixel': 'landsat-qa-pixel',
  scl: 'sentinel2-scl',
  modis: 'modis-reliability',
  'vi-quality': 'modis-vi-quality',
}

function maskOf(text: string): Record<string, unknown> {
  const [head = '', ...parts] = text.split(':').map((part) => part.trim())
  const kind = maskKinds[head.toLowerCase()]
  if (kind === undefined) {
    const probability = /^([A-Za-z_][\w.]*)\s*>\s*([0-9.eE+-]+)$/.exec(head)
    const growth = partsOf(parts, 'mask', text, ['grow', 'keepQuality'])
    if (probability && Number.isFinite(Number(probability[2])))
      return { kind: 'probability', band: probability[1], threshold: Number(probability[2]), ...growth }
    if (/[<>=!]/.test(head)) return { kind: 'formula', reject: head, ...growth }
    throw bad(
      'mask',
      text,
      `use ${Object.keys(maskKinds).join(', ')}, a threshold like CLP>0.4, or a comparison over bands`,
    )
  }
  const options: Record<string, unknown> = { kind }
  for (const part of parts) {
    if (/^(low|medium|high)$/.test(part)) options.confidence = part
    else if (part.includes('='))
      Object.assign(options, partsOf([part], 'mask', text, ['grow', 'keepQuality', 'band', 'worstUsefulness']))
    else if (part === 'keep-quality') options.keepQuality = true
    else options[kind === 'modis-reliability' ? 'keep' : 'reject'] = part.split('+')
  }
  return options
}

function regulariseOf(text: string, bands: string | undefined): Record<string, unknown> {
  const options: Record<string, unknown> = bands === undefined ? {} : { bands: listOf(bands) }
  for (const part of listOf(text)) {
    const lower = part.toLowerCase()
    if (lower === 'auto') continue
    else if (/^epsg:\d+$/.test(lower)) options.crs = lower.toUpperCase()
    else if (part.startsWith('+proj=')) options.crs = part
    else if (lower === 'finest' || lower === 'coarsest') options.resolution = lower
    else if (lower === 'union' || lower === 'intersection') options.extent = lower
    else if (/^(nearest|bilinear|average)$/.test(lower)) options.method = lower
    else if (lower === 'keep-scenes') options.sameDay = 'keep'
    else if (Number(part) > 0) options.resolution = Number(part)
    else
      throw bad(
        'regularise',
        part,
        'use auto, EPSG:n, a size of pixel, finest, coarsest, union, intersection, nearest, bilinear, average or keep-scenes',
      )
  }
  return options
}

function indexOf(settings: Readonly<Partial<Record<PipelineSettingKey, string>>>): Record<string, unknown> {
  const indices = splitOutsideParentheses(settings.index ?? '').map((part) => {
    const colon = part.indexOf(':')
    return colon < 0 ? part : { name: part.slice(0, colon).trim(), formula: part.slice(colon + 1).trim() }
  })
  const options: Record<string, unknown> = { indices }
  if (settings.sensor !== undefined) options.sensor = settings.sensor
  if (settings.reflectance !== undefined) {
    const [scale = NaN, offset = 0] = listOf(settings.reflectance).map(Number)
    if (!Number.isFinite(scale) || !Number.isFinite(offset))
      throw bad('reflectance', settings.reflectance, 'give a scale, or scale,offset')
    options.reflectance = { scale, offset }
  }
  return options
}

function compositeOf(text: string): Record<string, unknown> {
  const [method = '', step = '', ...parts] = text.split(':').map((part) => part.trim())
  const match = /^(\d+)\s*(d|day|days|m|month|months)$/.exec(step)
  if (!match) throw bad('composite', text, 'use method:step, such as median:16d or mean:1m')
  const options: Record<string, unknown> = {
    method,
    step: { value: Number(match[1]), unit: match[2]?.startsWith('m') === true ? 'month' : 'day' },
  }
  for (const part of parts)
    if (part.startsWith('count=')) options.countOf = part.slice('count='.length)
    else options.anchor = part
  return options
}

function gapFillOf(text: string): Record<string, unknown> {
  const [method = '', ...parts] = text.split(':').map((part) => part.trim())
  const options: Record<string, unknown> = { method }
  for (const part of parts) {
    const days = /^(\d+(?:\.\d+)?)d$/.exec(part)
    if (days) options.maxGapDays = Number(days[1])
    else if (part === 'keep-edges') options.edges = 'keep'
    else if (part === 'extend-edges') options.edges = 'extend'
    else if (part === 'trend') options.trend = true
    else
      Object.assign(
        options,
        partsOf([part], 'gapFill', text, ['harmonics', 'seasonWindowDays', 'lambda', 'maxGapDays']),
      )
  }
  return options
}

const plainValueSchema = z.string().transform((text) => {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
})

/** `name=value` parts, of the names allowed. */
function partsOf(
  parts: readonly string[],
  key: PipelineSettingKey,
  text: string,
  allowed: readonly string[],
): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const part of parts) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(0, equals))
    if (!allowed.includes(name))
      throw bad(key, text, `"${part}" is not one of ${allowed.map((item) => `${item}=...`).join(', ')}`)
    options[name] = plainValueSchema.parse(part.slice(equals + 1))
  }
  return options
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = []
  let [depth, start] = [0, 0]
  for (let i = 0; i <= text.length; i++) {
    const sign = text[i]
    if (sign === '(') depth++
    else if (sign === ')') depth--
    else if (i === text.length || (sign === ',' && depth <= 0)) {
      const part = text.slice(start, i).trim()
      if (part !== '') parts.push(part)
      start = i + 1
    }
  }
  return parts
}

function bad(key: string, value: string, remedy: string): AppError {
  return new AppError('satellite/setting', `The setting ${key}=${value} cannot be read: ${remedy}.`, { key, value })
}
