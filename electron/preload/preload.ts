import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { desktopBridgeName, DesktopBridge, PortsMessage } from '../../shared/contracts/desktop-bridge.ts'
import type { Grant } from '../../shared/contracts/files.ts'

// Runs in the sandbox beside the page, before it. Nothing of Electron reaches the page but these functions; what they
// send is checked by main (sender, nonce, paths).

const bridge: DesktopBridge = {
  connect: (nonce) => ipcRenderer.send('chronolens:connect', String(nonce)),
  grantDroppedFiles: async (files) => {
    // Paths are found out here and go to main; the page only learns the grants' ids.
    const paths = Array.from(files, (file) => webUtils.getPathForFile(file))
    return (await ipcRenderer.invoke('chronolens:grant-dropped', paths)) as readonly Grant[]
  },
  printReport: async (html) => (await ipcRenderer.invoke('chronolens:print-report', String(html))) as Uint8Array,
}

ipcRenderer.on('chronolens:ports', (event, nonce: string) => {
  const message: PortsMessage = { type: 'chronolens:ports', nonce }
  window.postMessage(message, window.location.origin, [...event.ports])
})

const name: typeof desktopBridgeName = 'chronolens'
contextBridge.exposeInMainWorld(name, bridge)
