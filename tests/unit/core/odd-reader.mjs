// A reader process that does with each path what the path says: hang, crash, grow, refuse. It speaks the protocol of
// electron/compute/reading.
const odd = {
  hang: () => {
    for (;;);
  },
  crash: () => process.abort(),
  grow: () => {
    const kept = []
    for (;;) kept.push(Buffer.alloc(8 * 2 ** 20, kept.length + 1))
  },
  // Busy, and says so, for ever.
  endless: () => new Promise(() => undefined),
  refuse: () => {
    throw new Error('refused')
  },
}
const opened = new Map()
const cautious = new Set()
const alive = setInterval(() => process.send({ type: 'alive' }), 100)

const answers = {
  inspect: async ({ paths, excluded }, id) => {
    const problems = [...excluded]
    const spared = new Set(excluded.map(({ path }) => path))
    for (const path of paths.filter((path) => !spared.has(path))) {
      process.send({ type: 'file', id, path })
      await odd[path.split('-')[0]]?.()
      problems.push({ path, code: 'test/read', message: path })
    }
    return { sequences: [], problems }
  },
  open: async ({ reader, paths, sequence, isCautious }) => {
    opened.set(reader, paths[0])
    if (isCautious) cautious.add(reader)
    if (sequence === 'odd-open' && !(isCautious && paths[0].endsWith('unless-cautious')))
      await odd[paths[0].split('-')[0]]?.()
    return { ...example, info: { ...example.info, name: paths[0] } }
  },
  // The frame's number says what becomes of the read: 1 hangs, 2 crashes, 3 grows, 4 is endless, 5 is refused, 8 is endless
  // unless the sequence was opened to be read with caution.
  view: async ({ reader, read }) => {
    if (!opened.has(reader)) throw new Error('not open')
    await odd[['', 'hang', 'crash', 'grow', 'endless', 'refuse'][read.frame]]?.()
    if (read.frame === 8 && !cautious.has(reader)) await odd.endless()
    const values = new Float32Array(read.bands.length * read.outHeight * read.outWidth).fill(process.pid)
    values[0] = NaN
    return encoded([read.bands.length, read.outHeight, read.outWidth], values)
  },
  close: ({ reader }) => {
    opened.delete(reader)
    return null
  },
}

/** A data array as `shared/contracts/data-plane.ts` writes it: float32 of rank 3, without remarks. */
function encoded(shape, values) {
  const buffer = new ArrayBuffer(32 + values.byteLength)
  const view = new DataView(buffer)
  view.setUint32(0, 0x50444c43, true)
  view.setUint8(4, 1)
  view.setUint8(6, 3)
  view.setUint32(8, 2, true)
  shape.forEach((size, axis) => view.setUint32(12 + 4 * axis, size, true))
  new Uint8Array(buffer).set([0x7b, 0x7d], 24)
  new Uint8Array(buffer).set(new Uint8Array(values.buffer), 32)
  return buffer
}

process.on('message', async ({ type, id, ask }) => {
  if (type !== 'ask') return
  try {
    const value = await answers[ask.kind](ask, id)
    if (value instanceof ArrayBuffer) process.send({ type: 'array', id, buffer: value })
    else process.send({ type: 'answer', id, value })
  } catch (error) {
    process.send({ type: 'refusal', id, error: { code: 'test/refused', message: error.message, details: {} } })
  }
})
process.on('disconnect', () => {
  clearInterval(alive)
  process.exit(0)
})
process.send({ type: 'ready' })

const example = {
  info: {
    id: 'example',
    kind: 'images',
    name: 'example',
    group: null,
    frames: 9,
    height: 4,
    width: 4,
    bands: ['value'],
    dtype: 'float32',
    times: null,
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: null,
    geoTransform: null,
    orderedBy: 'test',
    warnings: [],
  },
  medical: null,
  clip: null,
  grid: null,
  statistics: [],
  hasPictures: false,
  places: [],
}
