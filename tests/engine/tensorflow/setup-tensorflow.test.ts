import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tensorFlowDirectory } from '../../../electron/engine/executors/tensorflow/tensorflow-directory.ts'

// What needs no network: building from a wheel takes a download of 200 MB; docs/tensorflow.md has the commands.
describe('npm run setup:tensorflow', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chronolens-setup-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function setUp(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const script = resolve(import.meta.dirname, '../../../scripts/setup-tensorflow.mjs')
    return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  }

  it('is a script of the package', () => {
    const manifest = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(manifest.scripts['setup:tensorflow']).toBe('node scripts/setup-tensorflow.mjs')
  })

  it('is needed by no install: the binding is no dependency of any kind', () => {
    const lock = readFileSync(resolve(import.meta.dirname, '../../../package-lock.json'), 'utf8')
    expect(lock).not.toContain('tfjs-node')
  })

  it('says in its help what is needed, and puts the binding where the application looks for it', () => {
    const { status, stdout } = setUp('--help')
    expect(status).toBe(0)
    expect(stdout).toContain(`default: ${tensorFlowDirectory()}`)
    expect(stdout).toMatch(/CUDA 11\.x .* cuDNN 8/)
    expect(stdout).toContain('Node-API 8')
  })

  it.each([
    ['an unknown option', ['--frm'], /--frm/],
    ['both flavours', ['--gpu', '--cpu'], /not both/],
  ])('ends with code 2 on wrong usage: %s', (_name, args, message) => {
    const { status, stderr } = setUp(...args)
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })

  it.skipIf(process.platform !== 'linux')('refuses a wheel that does not exist, in one sentence', () => {
    const { status, stderr } = setUp('--from-source', join(folder, 'nowhere.whl'))
    expect(status).toBe(1)
    expect(stderr).toMatch(/nowhere\.whl does not exist\./)
    expect(stderr).not.toContain('    at ')
  })

  it.skipIf(process.platform !== 'linux')('refuses a folder without a wheel, before anything is installed', () => {
    const target = join(folder, 'target')
    const { status, stderr } = setUp('--from-source', folder, '--dir', target)
    expect(status).toBe(1)
    expect(stderr).toContain('holds 0 TensorFlow wheels')
    expect(() => readFileSync(join(target, 'package.json'))).toThrow('ENOENT')
  })

  it.skipIf(process.platform !== 'linux')('never overwrites a project that lies in the folder', () => {
    const manifest = join(folder, 'package.json')
    writeFileSync(manifest, '{"name": "mine"}')
    writeFileSync(join(folder, 'tensorflow_cpu-2.9.3.whl'), '')
    const { status, stderr } = setUp('--from-source', folder, '--dir', folder)
    expect(status).toBe(1)
    expect(stderr).toContain('a project of its own')
    expect(readFileSync(manifest, 'utf8')).toBe('{"name": "mine"}')
  })
})
