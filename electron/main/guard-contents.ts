import type { App, Session } from 'electron'
import { pageOrigin } from './page-protocol.ts'

/** Keeps every page, present and future, where it is: no navigation, no windows, no embedded pages. */
export function guardNavigation(app: App): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

/** Refuses whatever a page could ask the system for (Electron would say yes), and every request that leaves the program. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.on('select-serial-port', (event, _ports, _contents, answer) => {
    event.preventDefault()
    answer('')
  })
  session.on('select-hid-device', (event, _details, answer) => {
    event.preventDefault()
    answer(null)
  })
  session.on('select-usb-device', (event, _details, answer) => {
    event.preventDefault()
    answer()
  })
  // Pages are served from `app:`; the developer tools bring their own scheme.
  session.webRequest.onBeforeRequest((request, answer) =>
    answer({ cancel: !/^(app:\/\/bundle\/|blob:|data:|devtools:)/.test(request.url) }),
  )
  // What the page has made itself may be saved; Electron asks the user where.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${pageOrigin}/`)) event.preventDefault()
  })
}
