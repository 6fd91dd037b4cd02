import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from '../../../electron/store/checkpoint.ts'
import { prepareModelFolder } from '../../../electron/store/model-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-checkpoint-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const kernel = { shape: [2, 3], dtype: 'float32' as const, values: new Float32Array([1, -2, 3.5, NaN, 5, 1e-30]) }

describe('checkpoints', () => {
  it('give back state and tensors bit for bit', async () => {
    await writeCheckpoint(folder, {
      state: { epoch: 3, best: 0.25 },
      tensors: {
        parameters: { kernel },
        optimiser: { step: { shape: [], dtype: 'int32', values: new Int32Array([7]) } },
      },
    })
    const read = await readCheckpoint(folder)
    expect(read?.state).toEqual({ epoch: 3, best: 0.25 })
    expect(read?.tensors.parameters?.kernel).toEqual(kernel)
    expect(read?.tensors.optimiser?.step?.values).toEqual(new Int32Array([7]))
  })

  it('are null where none was written', async () => {
    expect(await readCheckpoint(folder)).toBeNull()
  })

  it('replace one another and leave no older file behind', async () => {
    await writeCheckpoint(folder, { state: { epoch: 1 }, tensors: { parameters: { kernel } } })
    await writeCheckpoint(folder, { state: { epoch: 2 }, tensors: { parameters: { kernel } } })
    expect((await readCheckpoint(folder))?.state.epoch).toBe(2)
    expect(await readdir(folder)).toHaveLength(2)
    await removeCheckpoint(folder)
    expect(await readdir(folder)).toEqual([])
  })

  it('say that they are damaged when the tensors were cut off', async () => {
    await writeCheckpoint(folder, { state: {}, tensors: { parameters: { kernel } } })
    const tensorFile = (await readdir(folder)).find((name) => name.endsWith('.weights')) ?? ''
    await truncate(join(folder, tensorFile), 100)
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: 'model/damaged' })
  })

  it('never follow a file name that leads out of the folder', async () => {
    await writeCheckpoint(folder, { state: {}, tensors: { parameters: { kernel } } })
    const path = join(folder, 'checkpoint.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"checkpoint-[0-9a-f]+\.weights"/, '"../secret"'))
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: 'model/damaged' })
  })

  it('are whole after each of 15 kills at arbitrary moments, and never older than the last one reported', async () => {
    const writer = fileURLToPath(new URL('./kill-loop-writer.mjs', import.meta.url))
    const store = fileURLToPath(new URL('../../../dist/electron/store', import.meta.url))
    for (let round = 0; round < 15; round++) {
      const child = spawn(process.execPath, [writer, store, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
      let reported = 0
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        reported = Number(text.trim().split('\n').at(-1))
      })
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 31)) // Spread over the phases of a write.
      child.kill('SIGKILL')
      await once(child, 'close')
      const checkpoint = await readCheckpoint(folder)
      const epoch = Number(checkpoint?.state.epoch)
      expect(epoch).toBeGreaterThanOrEqual(reported)
      expect(new Set(checkpoint?.tensors.parameters?.kernel?.values)).toEqual(new Set([epoch]))
    }
    expect(await prepareModelFolder(folder, { resume: true })).toBe('unfinished')
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })
})
