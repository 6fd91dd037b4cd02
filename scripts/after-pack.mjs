// Runs when electron-builder has put a package together: an Electron from elsewhere may bring an application of its own.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

export default async function afterPack({ appOutDir, electronPlatformName }) {
  if (electronPlatformName === 'darwin') return
  await rm(join(appOutDir, 'resources', 'app'), { recursive: true, force: true })
}
