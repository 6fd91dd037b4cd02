import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendHistory, readHistory, rewindHistory } from '../../../electron/store/history.ts'
import { prepareModelFolder, readModelFolder, writeModelFolder } from '../../../electron/store/model-folder.ts'
import { writeCheckpoint } from '../../../electron/store/checkpoint.ts'
import { exampleModel } from './example-model.ts'

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'chronolens-model-')), 'new', 'model')
})
afterEach(() => rm(join(folder, '..', '..'), { recursive: true, force: true }))

const write = async (): Promise<void> => {
  await prepareModelFolder(folder, { resume: false })
  await writeModelFolder(folder, exampleModel())
}

describe('model folders', () => {
  it('give back description, graph and weights', async () => {
    await write()
    const model = await readModelFolder(folder)
    expect(model.manifest).toMatchObject(exampleModel().description)
    expect(Buffer.from(model.onnx)).toEqual(Buffer.from(exampleModel().onnx))
    expect(await model.tensors()).toEqual(exampleModel().tensors)
  })

  it('are the same bytes for the same model', async () => {
    await write()
    const first = await readFile(join(folder, 'weights'))
    await writeModelFolder(folder, exampleModel())
    expect(await readFile(join(folder, 'weights'))).toEqual(first)
  })

  it('lose the checkpoint of the run that finished', async () => {
    await prepareModelFolder(folder, { resume: false })
    await writeCheckpoint(folder, { state: {}, tensors: {} })
    await writeModelFolder(folder, exampleModel())
    expect((await readdir(folder)).sort()).toEqual(['model.json', 'model.onnx', 'weights'])
  })

  it('are not overwritten', async () => {
    await write()
    await expect(prepareModelFolder(folder, { resume: false })).rejects.toMatchObject({ code: 'store/not-empty' })
    expect(await prepareModelFolder(folder, { resume: true })).toBe('finished')
  })

  it('are not made in a folder that holds other files, with resume either', async () => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'thesis.docx'), 'x')
    for (const resume of [false, true])
      await expect(prepareModelFolder(folder, { resume })).rejects.toMatchObject({
        code: 'store/not-empty',
        message: expect.stringContaining('thesis.docx') as string,
      })
  })

  it('are refused where the path leads through a file', async () => {
    await mkdir(join(folder, '..'), { recursive: true })
    await writeFile(folder, 'x')
    await expect(prepareModelFolder(join(folder, 'deeper'), { resume: false })).rejects.toMatchObject({
      code: 'store/not-writable',
    })
  })

  it.each(['weights', 'model.onnx'])('say which file is damaged when a byte of %s was changed', async (name) => {
    await write()
    const path = join(folder, name)
    const bytes = await readFile(path)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await writeFile(path, bytes)
    const reading = readModelFolder(folder).then((model) => model.tensors())
    await expect(reading).rejects.toMatchObject({
      code: 'model/damaged',
      message: expect.stringContaining(name) as string,
    })
  })

  it.each(['weights', 'model.onnx', 'model.json'])('say which file is damaged when %s was cut off', async (name) => {
    await write()
    await truncate(join(folder, name), 20)
    const reading = readModelFolder(folder).then((model) => model.tensors())
    await expect(reading).rejects.toMatchObject({
      code: 'model/damaged',
      message: expect.stringContaining(name) as string,
    })
  })

  it('name the entry of model.json that is wrong', async () => {
    await write()
    const path = join(folder, 'model.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"frames": 23', '"frames": -23'))
    await expect(readModelFolder(folder)).rejects.toMatchObject({
      code: 'model/damaged',
      message: expect.stringContaining('contract.frames') as string,
    })
  })

  it('of a newer version ask for a newer program', async () => {
    await write()
    const path = join(folder, 'model.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"version": 1', '"version": 2'))
    await expect(readModelFolder(folder)).rejects.toMatchObject({ code: 'model/newer-version' })
  })

  it('that are none are told apart: missing, something else, and a run that has not finished', async () => {
    await expect(readModelFolder(folder)).rejects.toMatchObject({ code: 'model/not-found' })
    await prepareModelFolder(folder, { resume: false })
    await expect(readModelFolder(folder)).rejects.toMatchObject({ code: 'model/not-found' })
    await writeCheckpoint(folder, { state: {}, tensors: {} })
    await expect(readModelFolder(folder)).rejects.toMatchObject({ code: 'model/unfinished' })
    await expect(prepareModelFolder(folder, { resume: false })).rejects.toMatchObject({
      code: 'store/not-empty',
      message: expect.stringContaining('--resume') as string,
    })
  })
})

describe('history', () => {
  const record = (epoch: number) => ({ epoch, loss: 1 / epoch, validationLoss: null, seconds: 0.5 })

  it('keeps the epochs in order and leaves out a line that a crash tore', async () => {
    await prepareModelFolder(folder, { resume: false })
    await appendHistory(folder, record(1))
    await appendHistory(folder, record(2))
    await writeFile(join(folder, 'history.jsonl'), '{"epoch":3,"lo', { flag: 'a' })
    expect(await readHistory(folder)).toEqual([record(1), record(2)])
  })

  it('is rewound to the checkpoint, and goes on from there', async () => {
    await prepareModelFolder(folder, { resume: false })
    for (const epoch of [1, 2, 3]) await appendHistory(folder, record(epoch))
    expect(await rewindHistory(folder, 2)).toHaveLength(2)
    await appendHistory(folder, record(3))
    expect((await readHistory(folder)).map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  })
})
