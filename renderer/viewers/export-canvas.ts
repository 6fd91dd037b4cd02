/** A canvas to draw something on that is then saved: its pixels are read back. */
export function exportContext(size: { readonly width: number; readonly height: number }): CanvasRenderingContext2D {
  const { width, height } = size
  const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d', {
    willReadFrequently: true,
  })
  if (!context) throw new Error('This browser cannot draw a picture of that size.')
  return context
}

/** What is drawn, as a PNG file. */
export async function toPng({ canvas }: CanvasRenderingContext2D): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))), 'image/png'),
  )
}
