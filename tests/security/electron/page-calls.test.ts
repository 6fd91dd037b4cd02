import type { BrowserWindow } from 'electron'
import { expect, test, vi } from 'vitest'

// Frames and windows are plain objects here; real ones are tried by the window tests.
vi.mock('electron', () => ({ protocol: {} }))
const { isOurPage } = await import('../../../electron/main/page-calls.ts')

const mainFrame = { url: 'app://bundle/index.html#/map' }
const subFrame = { url: 'app://bundle/index.html' }
const contents = { mainFrame }
const window = { webContents: contents } as unknown as BrowserWindow
const caller = (sender: unknown, senderFrame: unknown): Parameters<typeof isOurPage>[0] =>
  ({ sender, senderFrame }) as Parameters<typeof isOurPage>[0]

test('knows the main frame of its own window', () => {
  expect(isOurPage(caller(contents, mainFrame), [window])).toBe(true)
})

test('refuses a frame inside the page, a frame that is gone, and foreign contents', () => {
  expect(isOurPage(caller(contents, subFrame), [window])).toBe(false)
  expect(isOurPage(caller(contents, null), [window])).toBe(false)
  expect(isOurPage(caller({ mainFrame }, mainFrame), [window])).toBe(false)
  expect(isOurPage(caller(contents, mainFrame), [])).toBe(false)
})

test.each(['https://example.org/', 'file:///index.html', 'app://bundle.example.org/', 'app://other/', 'about:blank'])(
  'refuses its own window when it shows %s',
  (url) => {
    const frame = { url }
    const shown = { mainFrame: frame }
    const strange = { webContents: shown } as unknown as BrowserWindow
    expect(isOurPage(caller(shown, frame), [strange])).toBe(false)
  },
)
