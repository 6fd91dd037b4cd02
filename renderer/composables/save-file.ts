/** Long enough for a person to choose a folder in the desktop's dialog; the bytes are needed until then. */
const keptForMs = 10 * 60_000

/** Hands a file to the person: the browser's download, or the desktop's save dialog. */
export function saveFile(fileName: string, mediaType: string, content: string | Uint8Array | Blob): void {
  const blob = content instanceof Blob ? content : new Blob([content as BlobPart], { type: mediaType })
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), keptForMs)
}
