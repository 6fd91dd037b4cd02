import { expect, test, vi } from 'vitest'

// Only the template is looked at; making a menu of it needs a running Electron.
vi.mock('electron', () => ({ Menu: {} }))
const { menuTemplate } = await import('../../../electron/main/menu.ts')

function roles(options: Parameters<typeof menuTemplate>[0]): unknown[] {
  return menuTemplate(options).flatMap((entry) =>
    Array.isArray(entry.submenu) ? entry.submenu.map((item) => item.role) : [entry.role],
  )
}

test('offers developer tools only while developing', () => {
  expect(roles({ locale: 'en-GB', platform: 'linux', hasDevTools: true })).toContain('toggleDevTools')
  expect(roles({ locale: 'en-GB', platform: 'linux', hasDevTools: false })).not.toContain('toggleDevTools')
})

test('never offers reloading, which would lose what the page shows', () => {
  expect(roles({ locale: 'en', platform: 'darwin', hasDevTools: true })).not.toContain('reload')
})

test('speaks Chinese on a Chinese system and English on any other', () => {
  const labels = (locale: string): unknown[] =>
    menuTemplate({ locale, platform: 'win32', hasDevTools: false }).map((entry) => entry.label)
  expect(labels('zh-CN')).toEqual(['编辑', '视图', '窗口'])
  expect(labels('fr')).toEqual(['Edit', 'View', 'Window'])
})

test("begins with the program's own menu on macOS", () => {
  expect(menuTemplate({ locale: 'en', platform: 'darwin', hasDevTools: false })[0]).toEqual({ role: 'appMenu' })
})
