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
  open: async ({ reader, paths, sequence }) => {
    opened.set(reader, paths[0])
    if (sequence === 'odd-open') await odd[paths[0].split('-')[0]]?.()
    return { ...example, info: { ...example.info, name: paths[0] } }
  },
  // The frame's number says what becomes of the read: 1 hangs, 2 crashes, 3 grows, 4 is endless, 5 is refused.
  view: async ({ reader, read }) => {
    if (!opened.has(reader)) throw new Error('not open')
    await odd[['', 'hang', 'crash', 'grow', 'endless', 'refuse'][read.frame]]?.()
    const values = new Float32Array(read.bands.length * read.outHeight * read.outWidth).fill(process.pid)
    values[0] = NaN
    return { type: 'float32', shape: [read.bands.length, read.outHeight, read.outWidth], values, remarks: {} }
  },
  close: ({ reader }) => {
    opened.delete(reader)
    return null
  },
}

process.on('message', async ({ type, id, ask }) => {
  if (type !== 'ask') return
  try {
    process.send({ type: 'answer', id, value: await answers[ask.kind](ask, id) })
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
}
