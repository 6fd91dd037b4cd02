import { BrowserWindow, dialog, type OpenDialogOptions } from 'electron'
import type { PickPurpose } from './core-protocol.ts'

/** What each kind of choice looks for. A dialog shows either files or folders on most systems, never both. */
const purposes = {
  data: { properties: ['openDirectory', 'multiSelections'] },
  'data-files': { properties: ['openFile', 'multiSelections'] },
  project: { properties: ['openDirectory', 'createDirectory'] },
  'label-file': {
    properties: ['openFile'],
    filters: [{ name: 'CSV, GeoJSON, GeoTIFF', extensions: ['csv', 'geojson', 'json', 'tif', 'tiff'] }],
  },
  model: { properties: ['openDirectory'] },
  network: { properties: ['openFile'], filters: [{ name: 'ONNX', extensions: ['onnx'] }] },
} as const satisfies Record<PickPurpose, unknown>

/** Lets the user choose with the system's dialog, over the window in front. @returns absolute paths; none when closed */
export async function pickPaths(purpose: PickPurpose): Promise<readonly string[]> {
  const { properties, ...rest } = purposes[purpose]
  const options: OpenDialogOptions = {
    properties: [...properties],
    ...('filters' in rest
      ? { filters: rest.filters.map((f) => ({ name: f.name, extensions: [...f.extensions] })) }
      : {}),
  }
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0]
  const chosen = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options))
  return chosen.canceled ? [] : chosen.filePaths
}
