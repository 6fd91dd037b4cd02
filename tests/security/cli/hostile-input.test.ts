import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeModelFolder } from '../../../electron/store/model-folder.ts'
import { runCli, runJson, sample } from '../../contract/cli/run-cli.ts'
import { exampleModel } from '../../unit/store/example-model.ts'

const data = process.env.CHRONOLENS_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const malformed = join(data, 'malformed_tiff')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-hostile-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A model folder whose description was changed by hand, with checksums that fit. */
async function tamperedModel(name: string, change: (manifest: Record<string, unknown>) => void): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  await writeModelFolder(path, exampleModel())
  const manifest = JSON.parse(await readFile(join(path, 'model.json'), 'utf8')) as Record<string, unknown>
  change(manifest)
  await writeFile(join(path, 'model.json'), JSON.stringify(manifest))
  return path
}

describe('a tampered model', () => {
  it.each([
    ['of an unknown task', (m: Record<string, unknown>) => (m.task = '../../evil')],
    ['with a prototype in its options', (m: Record<string, unknown>) => (m.provenance = { __proto__: { data: [] } })],
    [
      'with more frames than there can be',
      (m: Record<string, unknown>) => ((m.contract as { frames: number }).frames = 1e308),
    ],
    ['that is an array', (m: Record<string, unknown>) => Object.keys(m).forEach((key) => delete m[key])],
  ])('%s is refused with 3 and one sentence', async (name, change) => {
    const path = await tamperedModel(name.replaceAll(' ', '-'), change)
    const { code, json } = await runJson('evaluate', '--model', path, '--data', sample)
    expect(json).toMatchObject({ error: { code: 'model/damaged' } })
    expect(code).toBe(3)
  })

  it('whose graph is no ONNX is an error, not a crash', async () => {
    const onnx = Buffer.from('not a graph')
    const path = await tamperedModel('no-graph', (manifest) => {
      const files = manifest.files as Record<string, unknown>
      files['model.onnx'] = { bytes: onnx.length, sha256: createHash('sha256').update(onnx).digest('hex') }
    })
    await writeFile(join(path, 'model.onnx'), onnx)
    const { code, json } = await runJson('predict', '--model', path, '--input', sample, '--out', join(folder, 'maps'))
    expect((json.error as { code: string }).code).not.toMatch(/crashed|internal/)
    expect([3, 4]).toContain(code)
  })
})

describe('hostile names', () => {
  it.skipIf(process.platform === 'win32')('cannot send control sequences to the terminal', async () => {
    const path = join(folder, 'names')
    await mkdir(path)
    await writeFile(join(path, 'a\x1b]0;owned\x07\x1b[2J.tif'), 'no TIFF')
    const { code, stdout, stderr } = await runCli('inspect', path)
    expect(code).toBe(3)
    expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f]/)
    expect(stderr).toContain('owned')
  })
})

describe.skipIf(!existsSync(malformed))('the files of malformed_tiff', () => {
  it('are all answered for by one inspection that neither crashes nor hangs', async () => {
    const { code, json } = await runJson('inspect', malformed)
    expect([0, 3]).toContain(code)
    expect((json.problems as { code: string }[]).filter((problem) => problem.code.startsWith('compute/'))).toEqual([])
  }, 120_000)
})
