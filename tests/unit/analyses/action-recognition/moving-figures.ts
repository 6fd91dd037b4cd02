import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodePng } from '../../../../electron/formats/images/write-png.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'

/** Edge of a frame in pixels. */
export const figureEdge = 24
const frames = 8
const actions = ['circle', 'walk', 'wave'] as const

/**
 * Writes clips of a figure (a square with an arm) that walks, waves or circles before a background of its own, one folder of
 * pictures each: `walk/clip-01/frame-00.png`. What an action does not move is held at a random value out of all those that a moving
 * one passes through, so that a single frame does not give the action away.
 */
export async function writeMovingFigures(folder: string, clipsPerClass: number, seed: number): Promise<void> {
  const random = new SeededRandom(seed)
  for (const action of actions)
    for (let clip = 1; clip <= clipsPerClass; clip++) {
      const dice = random.fork(`${action} ${clip}`)
      const place = join(folder, action, `clip-${String(clip).padStart(2, '0')}`)
      await mkdir(place, { recursive: true })
      const ground = background(dice)
      const postures = posturesOf(action, dice)
      for (const [frame, posture] of postures.entries())
        await writeFile(join(place, `frame-${String(frame).padStart(2, '0')}.png`), draw(ground, posture, dice))
    }
}

interface Posture {
  readonly x: number
  readonly y: number
  /** Angle of the arm. */
  readonly arm: number
}

function posturesOf(action: (typeof actions)[number], dice: SeededRandom): Posture[] {
  const [low, high] = [6, figureEdge - 7]
  const held = {
    x: low + dice.next() * (high - low),
    y: low + dice.next() * (high - low),
    arm: dice.next() * 2 * Math.PI,
  }
  const way = dice.next() < 0.5 ? -1 : 1
  const [phase, centre] = [dice.next() * 2 * Math.PI, { x: 9 + dice.next() * 5, y: 9 + dice.next() * 5 }]
  return Array.from({ length: frames }, (_, t) => {
    if (action === 'walk') {
      // There and back within the frame.
      const along = ((held.x - low + way * 1.8 * t + 20 * (high - low)) % (2 * (high - low))) / (high - low)
      return { ...held, x: low + (1 - Math.abs(along - 1)) * (high - low) }
    }
    if (action === 'wave') return { ...held, arm: held.arm + way * 0.8 * t }
    const angle = phase + way * 0.8 * t
    return { ...held, x: centre.x + 4 * Math.cos(angle), y: centre.y + 4 * Math.sin(angle) }
  })
}

function background(dice: SeededRandom): Float32Array {
  const [level, fx, fy, turn] = [60 + dice.next() * 60, dice.next() * 0.6, dice.next() * 0.6, dice.next() * 6]
  return Float32Array.from({ length: figureEdge * figureEdge }, (_, i) => {
    const [row, column] = [Math.floor(i / figureEdge), i % figureEdge]
    return level + 30 * Math.sin(fx * column + fy * row + turn)
  })
}

function draw(ground: Float32Array, { x, y, arm }: Posture, dice: SeededRandom): Buffer {
  const pixels = Uint8Array.from(ground, (value, i) => {
    const [row, column] = [Math.floor(i / figureEdge), i % figureEdge]
    const isBody = Math.max(Math.abs(column - x), Math.abs(row - y)) < 2.2
    const along = Math.min(6, Math.max(0, (column - x) * Math.cos(arm) + (row - y) * Math.sin(arm)))
    const isArm = Math.hypot(column - x - along * Math.cos(arm), row - y - along * Math.sin(arm)) < 0.9
    return Math.min(255, Math.max(0, (isBody || isArm ? 230 : value) + 3 * dice.normal()))
  })
  return encodePng(pixels, { height: figureEdge, width: figureEdge, channels: 1 })
}
