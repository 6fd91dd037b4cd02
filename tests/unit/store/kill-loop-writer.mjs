// Writes checkpoint after checkpoint until it is killed. Arguments: built store folder, model folder.
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const [store, folder] = process.argv.slice(2)
const { readCheckpoint, writeCheckpoint } = await import(pathToFileURL(join(store, 'checkpoint.js')).href)
let epoch = Number((await readCheckpoint(folder))?.state.epoch ?? 0)
for (;;) {
  epoch += 1
  const values = new Float32Array(300_007).fill(epoch)
  await writeCheckpoint(folder, {
    state: { epoch },
    tensors: { parameters: { kernel: { shape: [values.length], dtype: 'float32', values } } },
  })
  process.stdout.write(`${epoch}\n`)
}
