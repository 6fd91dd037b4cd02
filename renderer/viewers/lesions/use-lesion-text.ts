import { useI18n } from 'vue-i18n'
import type { Correction } from '../../../shared/domain/medical/lesion-corrections.ts'
import type { LesionTrack } from '../../../shared/domain/medical/lesion-tracking.ts'
import { useCoreText } from '../../composables/use-core-text.ts'
import { useFormat } from '../../composables/use-format.ts'
import { useFollowStore } from '../../stores/follow.ts'

/** Words and numbers of followed lesions in the person's language. */
export function useLesionText() {
  const { t } = useI18n()
  const format = useFormat()
  const follow = useFollowStore()
  const { noteText } = useCoreText()

  const dateOf = (study: number): string => {
    const date = follow.report?.studies[study]?.date
    return date ? format.day(date) : t('follow.study', { n: study + 1 })
  }
  /** A change with its sign: `+12.3 %`. */
  const change = (percent: number | null | undefined): string =>
    percent === null || percent === undefined
      ? '–'
      : `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${format.percent(Math.abs(percent) / 100)}`
  /** What became of a lesion at a study, where that is to be said. */
  const eventOf = (track: LesionTrack, study: number): string => {
    const event = track.events[study] ?? 'absent'
    if (event === 'baseline' || event === 'followed' || event === 'absent') return ''
    return t(`follow.event.${event}`, { n: (event === 'merged' ? track.mergedInto : track.splitFrom) ?? '' })
  }
  /** Role in the response; lesions that came later are new. */
  const roleOf = (track: LesionTrack): 'target' | 'non-target' | 'normal' | 'new' | 'part' =>
    follow.roles.get(track.number)?.role ?? (track.splitFrom !== null ? 'part' : 'new')
  /** Change of the diameter that counts against the baseline, in percent. */
  const changeOf = (track: LesionTrack, study: number): number | null => {
    const [first, now] = [follow.at(track, 0), follow.at(track, study)]
    if (!first || !now || study === 0) return null
    const from = follow.diameterOf(first)
    return from > 0 ? (100 * (follow.diameterOf(now) - from)) / from : null
  }
  /** A remark of the tracking; `Study 2: ...` is said with its date. */
  const noteOf = (text: string): string => {
    const match = /^Study (\d+): (.*)$/su.exec(text)
    return match ? `${dateOf(Number(match[1]) - 1)}: ${noteText(match[2] ?? '')}` : noteText(text)
  }
  /** A correction in words: which date, which lesion, what. */
  const stepText = (step: Correction): string => {
    if (step.kind === 'progression') return `${dateOf(step.study)}: ${t('follow.progression')}`
    const id = step.kind === 'dismiss' ? (step.lesions[0] ?? '') : step.lesion
    const number = follow.byId.get(id)?.track
    const study = Number(/^s(\d+)-/.exec(id)?.[1] ?? 1) - 1
    return `${dateOf(study)}, ${number === undefined ? id : t('follow.lesionN', { n: number })}: ${t(`follow.marks.steps.${step.kind}`)}`
  }
  return { stepText, noteOf, dateOf, change, changeOf, eventOf, roleOf }
}
