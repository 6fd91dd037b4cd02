import { useI18n } from 'vue-i18n'

/** What a device is called, in the person's language; a device that is not known keeps the name the core gives it. */
export function useDeviceText(): (id: string, name?: string) => string {
  const i18n = useI18n()
  return (id, name = id) => (i18n.te(`device.${id}`) ? i18n.t(`device.${id}`) : name)
}
