import { unreachable } from '../base/assert.ts'
import type { MaskChoiceRule } from '../domain/quality-mask.ts'
import { maskRule } from './mask-rule.ts'

/** Whether a value of the quality band masks its pixel; a missing value does, except where a threshold is asked for. */
export function maskTest(rule: MaskChoiceRule): (value: number) => boolean {
  switch (rule.kind) {
    case 'landsat-bqa':
    case 'landsat-qa-pixel': {
      const { kind, reject, confidence } = rule
      return maskRule({ kind, reject, confidence, band: '', grow: 0, keepQuality: false })
    }
    case 'sentinel2-scl':
      return maskRule({ ...rule, band: '', grow: 0, keepQuality: false })
    case 'values': {
      const rejected = new Set(rule.values)
      return (value) => Number.isNaN(value) || rejected.has(value)
    }
    case 'above': {
      // Values are float32, in which 0.4 is a little more than the number 0.4.
      const threshold = Math.fround(rule.threshold)
      return (value) => value > threshold
    }
    case 'below': {
      const threshold = Math.fround(rule.threshold)
      return (value) => value < threshold
    }
    default:
      return unreachable(rule)
  }
}

/** Names of bands that say something about quality, and the rule that fits them, the most telling first. */
const known: readonly { readonly pattern: RegExp; readonly rule: MaskChoiceRule }[] = [
  {
    pattern: /^qa_pixel$/i,
    rule: {
      kind: 'landsat-qa-pixel',
      reject: ['fill', 'cloud', 'dilated-cloud', 'cirrus', 'cloud-shadow'],
      confidence: 'high',
    },
  },
  {
    pattern: /^bqa$/i,
    rule: { kind: 'landsat-bqa', reject: ['fill', 'cloud', 'cirrus', 'cloud-shadow'], confidence: 'high' },
  },
  {
    pattern: /^scl$/i,
    rule: { kind: 'sentinel2-scl', reject: ['fill', 'saturation', 'cloud', 'cirrus', 'cloud-shadow'] },
  },
  { pattern: /^clm$|^cloud_?mask$|^is_cloud$/i, rule: { kind: 'values', values: [1] } },
  { pattern: /^clm_/i, rule: { kind: 'values', values: [1] } },
  { pattern: /^is_(valid|data|cloudless)$|^valid(_?mask)?$/i, rule: { kind: 'values', values: [0] } },
  { pattern: /^clp|cloud_?prob/i, rule: { kind: 'above', threshold: 0.4 } },
]

/** What is known about a band before its frames are seen. */
export interface MaskBand {
  readonly band: string
  readonly minimum: number | null
  readonly maximum: number | null
}

/** Masks that the bands of a sequence allow by their names, the most telling first; none where no name is known. */
export function suggestMasks(bands: readonly MaskBand[]): { readonly band: number; readonly rule: MaskChoiceRule }[] {
  return known.flatMap(({ pattern }) =>
    bands.flatMap((one, band) => (pattern.test(one.band) ? [{ band, rule: firstRule(one) }] : [])),
  )
}

/** The rule to begin with for a band: the one its name suggests, else a threshold in the middle of its values. */
export function firstRule({ band, minimum, maximum }: MaskBand): MaskChoiceRule {
  const rule = known.find(({ pattern }) => pattern.test(band))?.rule
  if (!rule) return { kind: 'above', threshold: ((minimum ?? 0) + (maximum ?? 1)) / 2 }
  // Probabilities come as 0-1, 0-100 (Sen2Cor) or 0-255 (s2cloudless, where 0.4 is 102).
  const scale = (maximum ?? 1) <= 1 ? 1 : (maximum ?? 1) <= 100 ? 100 : 255
  return rule.kind === 'above' ? { ...rule, threshold: rule.threshold * scale } : rule
}
