import { spawnSync } from 'node:child_process'
import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  type TestWorkbench,
} from '../../contract/app/workbench-fixture.ts'
import { writeSlice } from '../../unit/formats/dicom/dicom-fixture.ts'

/** Whatever names the patient, in one file or another. */
const secrets = ['Zyxwvut', 'PID-774411', '19450612', 'ACC-9917', 'Qponmlk', 'Wardroom', 'Hgfedcba', '1.2.3.4.998877']

const personal = [
  ['00100010', 'PN', 'Zyxwvut^Qponmlk'],
  ['00100020', 'LO', 'PID-774411'],
  ['00100030', 'DA', '19450612'],
  ['00101040', 'LO', 'Wardroom 4'],
  ['00080050', 'SH', 'ACC-9917'],
  ['00080090', 'PN', 'Hgfedcba^Doctor'],
  ['0020000d', 'UI', '1.2.3.4.998877'],
] as const

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('what names a patient', () => {
  let bench: TestWorkbench
  let page: PortClient
  let series: string
  const printed: string[] = []

  beforeAll(async () => {
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        printed.push(String(text))
        return true
      })
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    series = join(bench.folder, 'data', 'series')
    for (let i = 1; i <= 4; i++) writeSlice(series, { name: `${i}.dcm`, instance: i, extra: personal })
    // One that ends in the middle of its pixels, and one that is no image.
    writeSlice(series, { name: 'damaged.dcm', instance: 5, extra: personal })
    await truncate(join(series, 'damaged.dcm'), 700)
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await page.close()
    await bench.close()
  })

  it('is told to the screen, and stands in no message, job, error or file that the program writes', async () => {
    const told: unknown[] = []
    const grants = (await page.session.grantPaths([series])).map(({ id }) => id)
    const { job } = await page.client.sequences.inspect({ grants })
    const { sequences, problems } = await page.client.sequences.found({ job })
    told.push(sequences, problems, await page.client.jobs.list())
    const open = await page.client.sequences.open({ grants, sequence: sequences[0]?.id })
    // The screen may show it: this is the one place.
    expect(open.medical?.patient).toMatchObject({ name: 'Zyxwvut, Qponmlk', id: 'PID-774411' })
    const { medical: _screen, ...rest } = open
    told.push(rest)

    const project = await page.client.projects.create({ name: 'Study', data: grants, kinds: ['dicom'] })
    told.push(project)
    await page.client.labels.save({
      ...{ project: project.id, data: 'data-1', sequence: sequences[0]?.id, revision: 0 },
      classes: [{ name: 'lesion', colour: '#ff0000' }],
      change: { features: [], frames: [], remove: [] },
    })
    await page.client.projects.saveView({ project: project.id, view: { frame: 2 } })
    const whole = { row: 0, column: 0, height: 3, width: 4 }
    const part = { bands: [0], window: whole, outHeight: 3, outWidth: 4 }
    for (const frame of [0, 99])
      told.push(
        await page
          .read(open.handle, { kind: 'frame', ...part, frame, resampling: 'nearest' })
          .catch((error: unknown) => ({ ...(error as object) })),
      )
    told.push(await page.client.sequences.series({ handle: open.handle, row: 1, column: 1 }))
    told.push(await page.client.projects.recent())

    const cli = fileURLToPath(new URL('../../../dist/electron/cli/main.js', import.meta.url))
    for (const args of [
      ['inspect', series],
      ['inspect', series, '--json'],
      ['inspect', join(series, 'damaged.dcm')],
    ]) {
      const { stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' })
      expect(stdout + stderr).not.toBe('')
      told.push(stdout, stderr)
    }

    const data = join(bench.folder, 'data')
    const written = (await filesUnder(bench.folder)).filter((path) => !path.startsWith(data))
    expect(written.length).toBeGreaterThan(1)
    const contents = await Promise.all(written.map((path) => readFile(path, 'latin1')))
    const everything = [JSON.stringify(told), ...written, ...contents, ...printed].join('\n')
    expect(everything).toContain('Study')
    for (const secret of secrets) expect(everything).not.toContain(secret)
  })
})
