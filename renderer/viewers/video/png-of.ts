/** Bytes of a PNG file. @param pixels RGBA [height, width, 4] */
export async function pngOf(pixels: Uint8Array, height: number, width: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height)
  const image = new ImageData(width, height)
  image.data.set(pixels)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  const blob = await canvas.convertToBlob({ type: 'image/png' })
  return new Uint8Array(await blob.arrayBuffer())
}
