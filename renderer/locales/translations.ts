import { createI18n } from 'vue-i18n'
import { en } from './en.ts'
import { enFollow } from './en-follow.ts'
import { enLabels } from './en-labels.ts'
import { enMaps } from './en-maps.ts'
import { enResults } from './en-results.ts'
import { enShell } from './en-shell.ts'
import { enTasks } from './en-tasks.ts'
import { enMedical } from './en-medical.ts'
import { enVideo } from './en-video.ts'
import { enWork } from './en-work.ts'
import { zhCn } from './zh-cn.ts'
import { zhCnFollow } from './zh-cn-follow.ts'
import { zhCnLabels } from './zh-cn-labels.ts'
import { zhCnMaps } from './zh-cn-maps.ts'
import { zhCnResults } from './zh-cn-results.ts'
import { zhCnShell } from './zh-cn-shell.ts'
import { zhCnTasks } from './zh-cn-tasks.ts'
import { zhCnMedical } from './zh-cn-medical.ts'
import { zhCnVideo } from './zh-cn-video.ts'
import { zhCnWork } from './zh-cn-work.ts'

/** All texts of the page by language; both have the same keys (a test sees to it). */
export const messages = {
  en: {
    ...en,
    ...enWork,
    ...enResults,
    ...enShell,
    ...enMaps,
    ...enLabels,
    ...enMedical,
    ...enVideo,
    ...enFollow,
    ...enTasks,
  },
  'zh-CN': {
    ...zhCn,
    ...zhCnWork,
    ...zhCnResults,
    ...zhCnShell,
    ...zhCnMaps,
    ...zhCnLabels,
    ...zhCnMedical,
    ...zhCnVideo,
    ...zhCnFollow,
    ...zhCnTasks,
  },
}

/** Makes the translations; the settings choose the language. */
export function createTranslations() {
  return createI18n({
    legacy: false,
    locale: 'en',
    fallbackLocale: 'en',
    messages: messages as unknown as Record<string, never>,
    missingWarn: true,
  })
}
