import { useI18n } from 'vue-i18n'
import type { AppError } from '../../shared/base/app-error.ts'

/** Sentences of the core in the person's language where the page knows them, else as the core wrote them. */
export function useCoreText() {
  const texts = useI18n()
  const t = (key: string, values: Record<string, string> = {}): string => texts.t(key, values)
  const te = (key: string): boolean => texts.te(key)

  const known = (key: string): string | null => (te(key) ? t(key) : null)

  /** What went wrong, in one sentence. */
  const errorText = (error: Pick<AppError, 'code' | 'message'>): string =>
    known(`error.${error.code.replace('/', '.')}`) ?? error.message

  /** What a job is doing now. */
  const stageText = (stage: string): string => {
    const fold = /^Training fold (\d+) of (\d+)$/.exec(stage)
    if (fold) return t('stage.fold', { n: fold[1] ?? '', of: fold[2] ?? '' })
    return (
      known(
        `stage.${stage
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^-|-$/g, '')}`,
      ) ?? stage
    )
  }

  return { errorText, stageText }
}
