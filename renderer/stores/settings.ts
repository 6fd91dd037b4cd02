import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Settings } from '../../shared/contracts/settings.ts'
import { useConnectionStore } from './connection.ts'
import { useNoticesStore } from './notices.ts'

/** Languages the page speaks. */
export type Language = 'en' | 'zh-CN'

/** What a person has set for all projects; kept by the core. */
export const useSettingsStore = defineStore('settings', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const settings = ref<Settings>({ language: 'system', theme: 'system', device: null })
  const systemLanguage = ref<Language>('en')

  const language = computed<Language>(() =>
    settings.value.language === 'system' ? systemLanguage.value : settings.value.language,
  )

  const systemTheme = ref<'light' | 'dark'>('dark')
  const theme = computed<'light' | 'dark'>(() =>
    settings.value.theme === 'system' ? systemTheme.value : settings.value.theme,
  )

  async function load(): Promise<void> {
    const loaded = await notices.guard(() => connection.core().settings.get())
    if (loaded) settings.value = loaded
  }

  /** Changes at once on the page, and keeps the change in the core. */
  async function change(part: Partial<Settings>): Promise<void> {
    settings.value = { ...settings.value, ...part }
    await notices.guard(() => connection.core().settings.change(part))
  }

  return { settings, systemLanguage, systemTheme, language, theme, load, change }
})
