import { Clapperboard, HeartPulse, Images, Satellite } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import type { SequenceInfo, SequenceKind } from '../../shared/domain/sequence.ts'
import { timecode } from '../viewers/time/timecode.ts'
import { useFormat } from './use-format.ts'

/** The sign of each kind. */
export const kindIcons: Readonly<Record<SequenceKind, typeof Satellite>> = {
  geotiff: Satellite,
  dicom: HeartPulse,
  nifti: HeartPulse,
  video: Clapperboard,
  images: Images,
}

/** What a list says about a sequence, in the words of its kind. */
export function useSequenceText() {
  const { t } = useI18n()
  const format = useFormat()

  /** `69 dates`, `80 slices`, `120 frames`, `1 image`. */
  const countText = ({ kind, frames, times }: SequenceInfo): string => {
    if (kind === 'geotiff') return t(times ? 'sequence.dates' : 'sequence.images', { n: format.count(frames) }, frames)
    if (kind === 'images') return t('sequence.images', { n: format.count(frames) }, frames)
    if (kind === 'video') return t('sequence.frames', { n: format.count(frames) }, frames)
    return t('sequence.slices', { n: format.count(frames) }, frames)
  }

  /** Its period, day or length; empty when nothing is known. */
  const timeText = ({ times, durationSeconds }: SequenceInfo): string => {
    if (durationSeconds !== null)
      return durationSeconds < 60
        ? t('sequence.seconds', { n: format.number(durationSeconds, 1) })
        : timecode(durationSeconds)
    const [first, last] = [times?.[0], times?.at(-1)]
    if (!first || !last) return ''
    const [from, to] = [format.day(first), format.day(last)]
    return from === to ? from : `${from} – ${to}`
  }

  const sizeText = ({ width, height }: SequenceInfo): string => `${width} × ${height}`

  return { countText, timeText, sizeText }
}
