import { useI18n } from 'vue-i18n'
import { knownNote } from '../../shared/domain/reader-notes.ts'
import type { Remark } from '../../shared/domain/remark.ts'
import { zhCnErrors } from '../locales/zh-cn-errors.ts'
import { zhCnNotes, zhCnNoteWords } from '../locales/zh-cn-notes.ts'
import type { AppError } from '../../shared/base/app-error.ts'

/** Details in the form placeholders take; what is no text, number or list of them is left out. */
function asTexts(details: Readonly<Record<string, unknown>>): Record<string, string> {
  const isPlain = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'
  return Object.fromEntries(
    Object.entries(details).flatMap(([key, value]) => {
      if (isPlain(value)) return [[key, String(value)]]
      return Array.isArray(value) && value.every(isPlain) ? [[key, value.join(', ')]] : []
    }),
  )
}

/** A sentence with its values; null when there is none, or a value is missing. */
export function fillIn(sentence: string | undefined, details: Readonly<Record<string, unknown>>): string | null {
  const values = asTexts(details)
  if (sentence === undefined) return null
  let isWhole = true
  const text = sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    isWhole &&= values[name] !== undefined
    return values[name] ?? ''
  })
  return isWhole ? text : null
}

/** A reader's sentence in Chinese; as it is where it is none of those that are known. */
export function noteInChinese(sentence: string): string {
  const known = knownNote(sentence)
  if (!known) return sentence
  const details = Object.entries(known.details).map(([name, value]) => [name, zhCnNoteWords[value] ?? value] as const)
  return fillIn(zhCnNotes[known.code], Object.fromEntries(details)) ?? sentence
}

/** Sentences of the core in the person's language where the page knows them, else as the core wrote them. */
export function useCoreText() {
  const texts = useI18n()
  const t = (key: string, values: Record<string, string> = {}): string => texts.t(key, values)
  const te = (key: string): boolean => texts.te(key)

  const known = (key: string): string | null => (te(key) ? t(key) : null)

  /** A text with all its values filled in from the details; null when the text is not there or a value is missing. */
  const filled = (key: string, details: Readonly<Record<string, unknown>>): string | null => {
    if (!te(key)) return null
    const values = asTexts(details)
    const asked = String(texts.tm(key)).matchAll(/\{(\w+)\}/g)
    return [...asked].every(([, name]) => values[name ?? ''] !== undefined) ? t(key, values) : null
  }

  /** What went wrong, in one sentence. */
  const errorText = (error: Pick<AppError, 'code' | 'message'> & { readonly details?: AppError['details'] }): string =>
    known(`error.${error.code.replace('/', '.')}`) ??
    (texts.locale.value === 'zh-CN' ? fillIn(zhCnErrors[error.code], error.details ?? {}) : null) ??
    error.message

  /** What a person should know, in one sentence. */
  const remarkText = ({ code, message, details }: Remark): string =>
    filled(`remark.${code.replace('/', '.')}`, details) ?? errorText({ code, message, details })

  /** What a reader says of a sequence: its order, or a warning. */
  const noteText = (sentence: string): string => (texts.locale.value === 'zh-CN' ? noteInChinese(sentence) : sentence)

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

  return { errorText, remarkText, noteText, stageText }
}
