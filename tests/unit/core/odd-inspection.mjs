// An inspection that does with each path what the path says, and reports the files it could open.
const odd = {
  hang: () => {
    for (;;);
  },
  crash: () => process.abort(),
  grow: () => {
    const kept = []
    for (;;) kept.push(Buffer.alloc(8 * 2 ** 20, kept.length + 1))
  },
}
process.on('message', ({ job }) => {
  const problems = [...job.excluded]
  const excluded = new Set(job.excluded.map(({ path }) => path))
  for (const path of job.request.paths.filter((path) => !excluded.has(path))) {
    process.send({ type: 'file', path })
    odd[path.split('-')[0]]?.()
    problems.push({ path, code: 'test/read', message: path })
  }
  process.send({ type: 'result', result: { sequences: [], problems } }, () => process.exit(0))
})
process.on('disconnect', () => process.exit(0))
process.send({ type: 'ready' })
