import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodePng } from '../../../electron/formats/images/write-png.ts'

/** Writes a folder of grey pictures, 16 x 24 pixels: a bright square that moves on by one column with every frame. */
export async function writeMovingSquare(folder: string, frames: number, start: number, row: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const [height, width, edge] = [16, 24, 5]
  for (let frame = 0; frame < frames; frame++) {
    const pixels = new Uint8Array(height * width).fill(20)
    for (let r = row; r < row + edge; r++)
      for (let c = 0; c < edge; c++) pixels[r * width + ((start + frame + c) % width)] = 230
    const name = `frame-${String(frame).padStart(3, '0')}.png`
    await writeFile(join(folder, name), encodePng(pixels, { height, width, channels: 1 }))
  }
}
