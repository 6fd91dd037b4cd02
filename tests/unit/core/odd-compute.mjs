// A compute process that misbehaves as its job's `model` says; it speaks the protocol of electron/compute.
import { writeFileSync } from 'node:fs'

const behaviours = {
  answer: () =>
    process.send({ type: 'result', result: { env: process.env, values: new Float32Array([1, NaN]) } }, exit),
  grow: () => {
    const kept = []
    setInterval(() => kept.push(Buffer.alloc(32 * 2 ** 20, kept.length + 1)), 5)
  },
  'grow-busily': () => {
    const kept = []
    for (;;) kept.push(Buffer.alloc(8 * 2 ** 20, kept.length + 1))
  },
  'exit-3': () => {
    process.stderr.write('first line\nlibrary X is missing\n')
    process.send({ type: 'progress', progress: { stage: 'Training', done: 2, total: 9 } }, () => process.exit(3))
  },
  'kill-itself': () => process.kill(process.pid, 'SIGKILL'),
  'be-cancelled': () => process.send({ type: 'progress', progress: { stage: 'Waiting', done: 0, total: 0 } }),
  'ignore-cancel': () => process.send({ type: 'progress', progress: { stage: 'Deaf', done: 0, total: 0 } }),
}
let behaviour = 'none'
const exit = () => process.exit(0)
process.on('message', (message) => {
  if (message.type === 'cancel') {
    if (behaviour !== 'be-cancelled') return
    writeFileSync(process.env.CHRONOLENS_TEST_MARK, 'checkpoint')
    process.send({ type: 'cancelled' }, exit)
    return
  }
  behaviour = message.job.request.model
  behaviours[behaviour]()
})
process.on('disconnect', exit)
setInterval(() => undefined, 1000)
process.send({ type: 'ready' })
