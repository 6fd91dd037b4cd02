// Makes resources/samples/actions: small synthetic clips of a figure that walks, waves or circles, with labels; the same
// pixels every time. Run by hand after a change here (`npm run build && node scripts/make-actions-sample.mjs`); its result is
// committed. Another folder gets a larger set: node scripts/make-actions-sample.mjs OUT [scenes=8] [seed=31]. What the clips are, and why no single frame gives the action away: resources/samples/actions/README.md.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeMovie } from '../dist/electron/formats/video/write-movie.js'
import { SeededRandom } from '../dist/shared/base/seeded-random.js'

const size = 96
const frameRate = 12.5
const actions = ['circle', 'walk', 'wave']
const scenes = Number(process.argv[3] ?? 8)
/** Of 8 scenes 1 to 5 are learned from, 6 is for choosing, 7 and 8 are for the test: no background is on two sides. */
const splitOf = (scene) => (scene <= 0.625 * scenes ? 'train' : scene <= 0.75 * scenes ? 'validation' : 'test')
const folder = process.argv[2] ?? fileURLToPath(new URL('../resources/samples/actions', import.meta.url))
const random = new SeededRandom(Number(process.argv[4] ?? 31))

/** A place: ground of two colours, blurred blobs, a few posts; and how the figure of this scene looks. */
function makeScene(dice) {
  const colour = () => [40 + dice.integer(150), 40 + dice.integer(150), 40 + dice.integer(150)]
  const [sky, ground, post] = [colour(), colour(), colour()]
  const horizon = 30 + dice.integer(40)
  const waves = [0, 1, 2].map(() => ({
    fx: dice.next() * 0.3,
    fy: dice.next() * 0.3,
    phase: dice.next() * 6,
    depth: 6 + dice.next() * 10,
  }))
  const posts = Array.from({ length: 2 + dice.integer(3) }, () => ({
    x: dice.integer(size),
    y: dice.integer(size - 20),
    w: 3 + dice.integer(8),
    h: 8 + dice.integer(30),
  }))
  const pixels = new Float32Array(size * size * 3)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const isPost = posts.some((p) => x >= p.x && x < p.x + p.w && y >= p.y && y < p.y + p.h)
      const base = isPost ? post : y < horizon ? sky : ground
      const light = waves.reduce((sum, w) => sum + w.depth * Math.sin(w.fx * x + w.fy * y + w.phase), 0)
      for (let c = 0; c < 3; c++) pixels[(y * size + x) * 3 + c] = base[c] + light
    }
  const isDark = (sky[0] + sky[1] + sky[2] + ground[0] + ground[1] + ground[2]) / 6 > 115
  const skin = isDark
    ? [20 + dice.integer(50), 20 + dice.integer(40), 20 + dice.integer(50)]
    : [200 + dice.integer(55), 190 + dice.integer(60), 180 + dice.integer(70)]
  return { pixels, skin, scale: 0.85 + dice.next() * 0.3 }
}

/** From -1 to 1 and back at an even pace, so that every posture is as frequent as when it is held. */
const zigzag = (turn) => 1 - 2 * Math.abs((((turn % 2) + 2) % 2) - 1)

/**
 * How the figure stands in each frame: place, spread of the legs, angle of the arm. What an action does not move is held at a
 * value drawn from all those that a moving one passes through.
 */
function postures(action, frames, dice) {
  const range = { x: [20, 76], y: [36, 60], legs: [-0.55, 0.55], arm: [-0.9, 1.1] }
  const held = (part) => range[part][0] + dice.next() * (range[part][1] - range[part][0])
  const start = { x: held('x'), y: held('y'), legs: held('legs'), arm: held('arm') }
  const phase = dice.next() * 2
  const pace = 0.85 + dice.next() * 0.4
  const way = dice.next() < 0.5 ? -1 : 1
  const within = (value, part) => range[part][0] + ((value + 1) / 2) * (range[part][1] - range[part][0])
  const centre = { x: 34 + dice.next() * 28, y: 44 + dice.next() * 8 }
  return Array.from({ length: frames }, (_, i) => {
    if (action === 'walk')
      return {
        ...start,
        x: within(zigzag(phase + (way * i * pace) / 26), 'x'),
        legs: within(zigzag(phase + (i * pace) / 3.2), 'legs'),
      }
    if (action === 'wave') return { ...start, arm: within(zigzag(phase + (i * pace) / 3.6), 'arm') }
    const angle = phase * Math.PI + (way * i * pace * 2 * Math.PI) / 20
    return { ...start, x: centre.x + 13 * Math.cos(angle), y: centre.y + 8 * Math.sin(angle) }
  })
}

/** Distance of a point from a line between two others. */
function distance(px, py, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay]
  const along = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)))
  return Math.hypot(px - ax - along * dx, py - ay - along * dy)
}

/** One frame: the scene, the figure on it, and noise. RGBA [size, size, 4]. */
function draw(scene, { x, y, legs, arm }, dice) {
  const s = scene.scale
  const hip = [x, y + 6 * s]
  const neck = [x, y - 7 * s]
  const limbs = [
    { from: neck, to: hip, thick: 2.6 * s },
    { from: hip, to: [x + 11 * s * Math.sin(legs), hip[1] + 13 * s * Math.cos(legs)], thick: 1.7 * s },
    { from: hip, to: [x - 11 * s * Math.sin(legs), hip[1] + 13 * s * Math.cos(legs)], thick: 1.7 * s },
    { from: [x, y - 5 * s], to: [x + 12 * s * Math.cos(arm), y - 5 * s - 12 * s * Math.sin(arm)], thick: 1.5 * s },
    { from: [x, y - 5 * s], to: [x - 7 * s, y + 4 * s], thick: 1.5 * s },
  ]
  const pixels = new Uint8Array(size * size * 4)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const head = Math.hypot(column - x, row - (y - 12 * s)) - 4.4 * s
      const edge = Math.min(head, ...limbs.map(({ from, to, thick }) => distance(column, row, from, to) - thick))
      const cover = Math.min(1, Math.max(0, 0.5 - edge))
      const noise = dice.normal() * 3
      const at = row * size + column
      for (let c = 0; c < 3; c++)
        pixels[at * 4 + c] = Math.min(
          255,
          Math.max(0, Math.round(scene.pixels[at * 3 + c] * (1 - cover) + scene.skin[c] * cover + noise)),
        )
      pixels[at * 4 + 3] = 255
    }
  return pixels
}

async function write(name, scene, steps, dice) {
  const pictures = steps.map((posture) => draw(scene, posture, dice))
  await writeMovie(join(folder, name), pictures, { format: 'mp4', height: size, width: size, frameRate })
}

await rm(folder, { recursive: true, force: true })
const rows = []
for (let scene = 1; scene <= scenes; scene++) {
  const place = makeScene(random.fork(`scene ${scene}`))
  for (const action of actions) {
    const dice = random.fork(`${action} ${scene}`)
    const name = `${action}/${action}-${String(scene).padStart(2, '0')}.mp4`
    await mkdir(join(folder, action), { recursive: true })
    await write(name, place, postures(action, 24 + dice.integer(9), dice), dice)
    rows.push([name, action, `scene-${scene}`, splitOf(scene), '', ''])
  }
}

// One figure that does several things in turn, in a place of its own: for finding when an action begins and ends.
const dice = random.fork('long')
const place = makeScene(dice)
const order = ['wave', 'walk', 'circle', 'walk', 'wave', 'circle', 'wave', 'walk']
const steps = []
for (const action of order) {
  const frames = 24 + dice.integer(20)
  const start = steps.length
  steps.push(...postures(action, frames, dice))
  rows.push([
    'long/long-01.mp4',
    action,
    'long-1',
    'test',
    (start / frameRate).toFixed(2),
    (steps.length / frameRate).toFixed(2),
  ])
}
await mkdir(join(folder, 'long'), { recursive: true })
await write('long/long-01.mp4', place, steps, dice)

await writeFile(
  join(folder, 'labels.csv'),
  ['path,label,group,split,start,end', ...rows.map((row) => row.join(',')), ''].join('\n'),
)
await writeFile(
  join(folder, 'README.md'),
  `# Actions

Synthetic: \`scripts/make-actions-sample.mjs\` makes these clips from a seed. ${scenes * actions.length} clips of 24 to 32 frames (${size} x ${size} pixels,
${frameRate} frames per second, H.264) in ${scenes} scenes: in each scene the same figure walks, waves and circles in front of the same
background. \`long/long-01.mp4\` has ${order.length} actions one after the other (${steps.length} frames).

No single frame gives the action away: what an action does not move (the arm of a figure that walks) is held at a random
position out of all those that the moving one passes through. Only the course over time tells.

\`labels.csv\` has \`path,label,group,split,start,end\`: \`group\` is the scene (a split that does not leak keeps it together), \`start\`
and \`end\` are seconds from the first frame, end not included; both are empty where the whole clip is meant.

Scores on this sample say that the program works; they say nothing about real people.
`,
)
console.log(`${rows.length} labels in ${folder}`)
