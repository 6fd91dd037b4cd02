import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectionSchema } from '../../../shared/domain/sequence.ts'
import { runCli, runJson, sample } from './run-cli.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const train = ['train', 'land-use', '--data', sample, '--out']

describe('wrong usage ends with 2, and the error is the one JSON document', () => {
  it.each([
    ['an unknown command', ['draw'], 'usage/unknown-command'],
    ['an unknown option', ['devices', '--fast'], 'usage/unknown-option'],
    ['a missing option', ['train', 'land-use', '--data', 'x'], 'usage/missing-mandatory-option-value'],
    ['a missing argument', ['inspect'], 'usage/missing-argument'],
    ['an argument too many', ['devices', 'cpu'], 'usage/excess-arguments'],
    ['an unknown task', ['train', 'weather', '--data', 'x', '--out', 'y'], 'usage/invalid-argument'],
    ['a number that is none', [...train, 'out', '--epochs', '1.5'], 'usage/invalid-argument'],
    ['a number that is too small', [...train, 'out', '--batch', '0'], 'usage/invalid-argument'],
    ['a setting without a value', [...train, 'out', '--set', 'units'], 'usage/invalid-argument'],
    ['a setting that does not exist', [...train, 'out', '--set', 'unit=3'], 'usage/unknown-setting'],
    ['a model that does not exist', [...train, 'out', '--model', 'oracle'], 'usage/unknown-model'],
    ['an unknown split', ['evaluate', '--model', 'm', '--data', 'd', '--split', 'rest'], 'usage/invalid-argument'],
    ['an export that is not ONNX', ['export', '--model', 'm', '--out', 'm.pb'], 'usage/not-onnx'],
  ])('%s', async (_, args, code) => {
    const { code: exitCode, json, stderr } = await runJson(...args)
    expect(json).toEqual({
      error: { code, message: expect.any(String) as string, details: expect.anything() as object },
    })
    expect(exitCode).toBe(2)
    expect(stderr).toContain((json.error as { message: string }).message)
  })
})

it('no command at all shows the help on stderr and ends with 2', async () => {
  const { code, stdout, stderr } = await runCli()
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/Usage: chronolens/)
})

describe('help', () => {
  it.each([['--help'], ['help', 'train'], ['train', '--help'], ['--version']])('%s %s ends with 0', async (...args) => {
    const { code, stdout, stderr } = await runCli(...args.filter(Boolean))
    expect(code).toBe(0)
    expect(stdout).not.toBe('')
    expect(stderr).toBe('')
  })

  it('shows an example for every command', async () => {
    for (const command of ['devices', 'inspect', 'train', 'evaluate', 'predict', 'export'])
      expect((await runCli(command, '--help')).stdout).toMatch(new RegExp(`Example.*\\n  chronolens ${command}`))
  })
})

describe('devices', () => {
  it('lists the processor as available, and says of each other device why it cannot be used', async () => {
    const { code, json, stderr } = await runJson('devices')
    expect(code).toBe(0)
    const devices = json.devices as { id: string; available: boolean; reason: string | null }[]
    expect(devices.find(({ id }) => id === 'cpu')).toMatchObject({ available: true, reason: null })
    for (const { available, reason } of devices) expect(reason === null).toBe(available)
    expect(stderr).toBe('')
  })
})

describe('inspect', () => {
  it('prints the sequences and problems of a folder', async () => {
    const { code, json, stderr } = await runJson('inspect', sample)
    expect(code).toBe(0)
    const { sequences, problems } = inspectionSchema.parse(json)
    expect(sequences).toHaveLength(1)
    expect(sequences[0]).toMatchObject({ kind: 'geotiff', frames: 69, height: 48, width: 48, crs: 'EPSG:32721' })
    expect(sequences[0]?.times?.slice(0, 2)).toEqual(['2019-01-01', '2019-01-17'])
    expect(problems.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(['fields.geojson', 'samples.csv'])
    expect(stderr).toContain('Reading image headers')
  })

  it('tells people which files are no images, apart from those that are broken', async () => {
    const beside = join(folder, 'beside')
    await mkdir(beside)
    await cp(join(sample, 'samples.csv'), join(beside, 'samples.csv'))
    await writeFile(join(beside, 'broken.tif'), 'II*\0 but not really a TIFF')
    const { code, stdout } = await runCli('inspect', sample, beside)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Not images: fields\.geojson, samples\.csv, samples\.csv$/m)
    expect(stdout.slice(stdout.indexOf('Problems:'))).toContain('broken.tif')
    expect(stdout.slice(stdout.indexOf('Problems:'))).not.toContain('samples.csv')
  })

  it('ends with 3 when nothing can be read, and one document says both what was found and that it failed', async () => {
    const empty = join(folder, 'mixed')
    await mkdir(empty)
    await writeFile(join(empty, 'a.tif'), 'II*\0 but not really a TIFF')
    await writeFile(join(empty, 'b.txt'), 'text')
    const { code, json } = await runJson('inspect', empty)
    expect(code).toBe(3)
    expect(json).toMatchObject({ sequences: [], error: { code: 'sequence/none' } })
    expect(json.problems).toHaveLength(2)
  })

  it.each([
    [
      'a folder with nothing in it',
      async () => void (await mkdir(join(folder, 'none'), { recursive: true })),
      'none',
      'formats/empty-folder',
    ],
    ['a path that does not exist', () => Promise.resolve(), 'nowhere', 'formats/not-found'],
  ])('ends with 3 for %s', async (_, prepare, name, code) => {
    await prepare()
    const { code: exitCode, json } = await runJson('inspect', join(folder, name))
    expect(json).toMatchObject({ error: { code } })
    expect(exitCode).toBe(3)
  })

  it('does not complain when the reader of its output goes away', async () => {
    const main = fileURLToPath(new URL('../../../dist/electron/cli/main.js', import.meta.url))
    const child = spawn(process.execPath, [main, 'inspect', sample, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number]
    expect(stderr).not.toMatch(/EPIPE|Error/)
    expect(code).toBe(0)
  })
})

describe('input and devices that cannot be used', () => {
  it('end with 4 for a device that does not exist, and nothing is left behind', async () => {
    const out = join(folder, 'unknown-device')
    const { code, json } = await runJson(...train, out, '--device', 'abacus')
    expect(json).toMatchObject({ error: { code: 'device/unknown' } })
    expect(code).toBe(4)
    expect(await readdir(folder)).not.toContain('unknown-device')
  })

  it('end with 3 for data that do not exist, and nothing is left behind', async () => {
    const { code, json } = await runJson(
      'train',
      'land-use',
      '--data',
      join(folder, 'no'),
      '--out',
      join(folder, 'no-data'),
    )
    expect(json).toMatchObject({ error: { code: 'formats/not-found' } })
    expect(code).toBe(3)
    expect(await readdir(folder)).not.toContain('no-data')
  })

  it.each(['evaluate', 'predict', 'export'])('end with 3 for %s on a folder that is no model', async (command) => {
    const rest = {
      evaluate: ['--data', sample],
      predict: ['--input', sample, '--out', 'x'],
      export: ['--out', 'x.onnx'],
    }
    const { code, json } = await runJson(command, '--model', sample, ...(rest[command as keyof typeof rest] ?? []))
    expect(json).toMatchObject({ error: { code: 'model/not-found' } })
    expect(code).toBe(3)
  })

  it('end with 1 where the model cannot be written', async () => {
    await writeFile(join(folder, 'file'), 'x')
    const { code, json } = await runJson(...train, join(folder, 'file', 'model'))
    expect(json).toMatchObject({ error: { code: 'store/not-writable' } })
    expect(code).toBe(1)
  })

  it('end with 1 where other files would be in the way', async () => {
    const out = join(folder, 'taken')
    await mkdir(out)
    await writeFile(join(out, 'thesis.txt'), 'years of work')
    const { code, json } = await runJson(...train, out)
    expect(json).toMatchObject({ error: { code: 'store/not-empty' } })
    expect(code).toBe(1)
    expect(await readdir(out)).toEqual(['thesis.txt'])
  })
})
