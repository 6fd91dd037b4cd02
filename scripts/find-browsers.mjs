// Where an Electron to run lies, if there is one: the npm package comes without its binary, because no dependency runs code
// at install. `ELECTRON_OVERRIDE_DIST_PATH` is the package's own variable for a binary from elsewhere.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }

/** @returns {string | null} */
export function electronBinary(environment = process.env, platform = process.platform) {
  const packaged = fileURLToPath(new URL('../node_modules/electron/dist', import.meta.url))
  const folder = environment.ELECTRON_OVERRIDE_DIST_PATH || packaged
  const path = join(folder, names[platform] ?? 'electron')
  return existsSync(path) ? path : null
}

/**
 * Why no window can be opened here, as half a sentence; null when one can.
 * @returns {string | null}
 */
export function whyNoWindow(environment = process.env, platform = process.platform) {
  if (electronBinary(environment, platform) === null)
    return 'there is no Electron binary ("node node_modules/electron/install.js" fetches it)'
  if (platform === 'linux' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) return 'there is no display'
  if (process.getuid?.() === 0 && environment.CHRONOLENS_TEST_NO_SANDBOX !== '1') return 'Electron does not run as root'
  return null
}

/**
 * A Chromium or Chrome of the system.
 * @returns {string | null}
 */
export function chromiumBinary(environment = process.env) {
  const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  const candidates = environment.CHRONOLENS_CHROMIUM ? [environment.CHRONOLENS_CHROMIUM] : usual
  return candidates.find((path) => existsSync(path)) ?? null
}
