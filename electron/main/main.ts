import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, ipcMain, session } from 'electron'
import { askBeforeClosing } from './ask-before-closing.ts'
import { startCoreProcess } from './core-process.ts'
import { givenPaths } from './given-paths.ts'
import { guardNavigation, guardSession } from './guard-contents.ts'
import { setMenu } from './menu.ts'
import { answerPage } from './page-calls.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { pickPaths } from './pick-paths.ts'
import { builtPageFolder, openWindow } from './window.ts'

// The entry of Electron's main process: windows, dialogs, the page's protocol; it starts the core and stands aside.
// No await at the top level: Electron waits for this module before it becomes ready.

// Chromium's own switch, for tests as root, contradicts it; windows ask for their sandbox all the same.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
registerPageScheme()
guardNavigation(app)

if (!app.requestSingleInstanceLock()) app.quit()
else void app.whenReady().then(begin)

function begin(): void {
  guardSession(session.defaultSession)
  servePage(session.defaultSession.protocol, builtPageFolder())
  setMenu({ locale: app.getLocale(), platform: process.platform, hasDevTools: !app.isPackaged })

  const core = startCoreProcess({
    start: {
      type: 'start',
      version: app.getVersion(),
      settingsFolder: app.getPath('userData'),
      projectsFolder: join(app.getPath('documents'), 'Chronolens'),
      samplesFolder: app.isPackaged
        ? join(process.resourcesPath, 'samples')
        : fileURLToPath(new URL('../../../resources/samples', import.meta.url)),
    },
    pick: pickPaths,
    onDidBecomeIdle: quitWithoutWindows,
    onDidCrash: (exitCode, log) =>
      console.error(`The core ended with exit code ${exitCode} and is started again. ${log.trim().slice(-2000)}`),
  })
  answerPage(ipcMain, () => BrowserWindow.getAllWindows(), core)
  core.give(givenPaths(process.argv, process.cwd(), app.getAppPath()))
  const open = (): BrowserWindow => {
    const window = openWindow()
    askBeforeClosing(window, core, app.getLocale())
    return window
  }
  open()

  app.on('second-instance', (_event, argv, workingFolder) => {
    core.give(givenPaths(argv, workingFolder, app.getAppPath()))
    const window = BrowserWindow.getAllWindows()[0] ?? open()
    if (window.isMinimized()) window.restore()
    window.focus()
  })
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open()
  })
  app.on('window-all-closed', () => {
    // Jobs belong to the core: the program stays until they are done, and a second start shows the window again.
    if (core.runningJobs === 0) quitWithoutWindows()
  })
  let isClosed = false
  app.on('before-quit', (event) => {
    if (isClosed) return
    event.preventDefault()
    void core.close().then(() => {
      isClosed = true
      app.quit()
    })
  })
}

/** On macOS programs stay in the dock; elsewhere one that shows nothing and does nothing ends. */
function quitWithoutWindows(): void {
  if (process.platform !== 'darwin' && BrowserWindow.getAllWindows().length === 0) app.quit()
}
