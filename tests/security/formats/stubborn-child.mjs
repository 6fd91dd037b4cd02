// Plays a reader that misbehaves on the file whose path says how, and is content when that file is excluded.
process.once('message', ({ paths, excluded }) => {
  const left = paths.filter((path) => !excluded.some((problem) => problem.path === path))
  for (const path of left) {
    process.send({ kind: 'file', path })
    if (path.endsWith('hang')) for (;;);
    if (path.endsWith('crash')) process.abort()
    if (path.endsWith('heap')) {
      const kept = []
      for (;;) kept.push(new Array(1_000_000).fill(path.length + kept.length))
    }
  }
  process.send({ kind: 'done', inspection: { sequences: [], problems: excluded } }, () => process.disconnect())
})
