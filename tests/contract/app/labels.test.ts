import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LabelChange } from '../../../shared/domain/label-changes.ts'
import type { FrameLabel } from '../../../shared/domain/label-frame.ts'
import { maskToText } from '../../../shared/domain/label-rle.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  samplesFolder,
  type TestWorkbench,
} from './workbench-fixture.ts'

const nothing: LabelChange = { features: [], frames: [], remove: [] }
const interval = (id: string, label: string, from: number, to: number): FrameLabel => ({
  kind: 'interval',
  id,
  sequence: 'crops',
  label,
  from,
  to,
})

describe('labels', () => {
  let bench: TestWorkbench
  let page: PortClient
  let data: string
  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    data = join(bench.folder, 'crops')
    await cp(join(samplesFolder, 'crops'), data, { recursive: true })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })
  async function newProject(name: string) {
    const grants = await page.session.grantPaths([data])
    const project = await page.client.projects.create({ name, data: grants.map(({ id }) => id) })
    const where = { project: project.id, data: 'data-1' }
    return { where, folder: join(bench.folder, 'projects', name), labels: await page.client.labels.load(where) }
  }

  it('of two windows are merged; the later one is told which of its labels the other had changed too', async () => {
    const { where, folder, labels } = await newProject('Merge')
    const [first, second, third] = labels.collection.features
    if (!first || !second || !third) throw new Error('no labels')
    const other = connectByPorts(bench.workbench)
    const [grant] = await other.session.grantPaths([folder])
    const there = { ...where, project: (await other.client.projects.open({ folder: grant?.id ?? '' })).id }
    const asLabel = (feature: typeof first, label: string) => ({
      ...feature,
      properties: { ...feature.properties, label },
    })

    const classes = [...labels.classes, { name: 'orchard', colour: '#112233' }]
    await page.client.labels.save({
      ...where,
      revision: labels.revision,
      classes,
      change: {
        ...nothing,
        features: [asLabel(first, 'orchard')],
        frames: [interval('a', 'orchard', 3, 9)],
        remove: [third.id],
      },
    })
    const answer = await other.client.labels.save({
      ...there,
      revision: labels.revision,
      classes: [...labels.classes, { name: 'pond', colour: '#445566' }],
      change: { ...nothing, features: [asLabel(first, 'pond'), asLabel(second, 'pond')] },
    })
    expect(answer.overwritten).toEqual([first.id])
    expect(answer.theirs).toEqual({ features: [], frames: [interval('a', 'orchard', 3, 9)], remove: [third.id] })
    expect(answer.classes.map(({ name }) => name)).toEqual([
      ...labels.classes.map(({ name }) => name),
      'pond',
      'orchard',
    ])

    const merged = await page.client.labels.load(where)
    const labelOf = (id: string) => merged.collection.features.find((one) => one.id === id)?.properties.label
    expect([labelOf(first.id), labelOf(second.id), labelOf(third.id)]).toEqual(['pond', 'pond', undefined])
    expect(merged.frames).toEqual([interval('a', 'orchard', 3, 9)])
    await other.close()
  })

  it('that lie with the data are taken over once, also when they are asked for twice at the same time', async () => {
    const grants = await page.session.grantPaths([data])
    const project = await page.client.projects.create({ name: 'At once', data: grants.map(({ id }) => id) })
    const where = { project: project.id, data: 'data-1' }
    const both = await Promise.all([page.client.labels.load(where), page.client.labels.load(where)])
    expect(both.map(({ collection }) => collection.features.length)).toEqual([246, 246])
  })

  it('of a class that nobody has are refused, and nothing is changed', async () => {
    const { where, labels } = await newProject('Unknown class')
    const change = { ...nothing, frames: [interval('a', 'no such class', 0, 1)] }
    const save = page.client.labels.save({ ...where, revision: labels.revision, classes: null, change })
    await expect(codeOf(save)).resolves.toBe('labels/unknown-class')
    expect(await page.client.labels.load(where)).toEqual(labels)
  })

  it('are not overwritten from a later state than the file has (it was put back from a copy)', async () => {
    const { where, labels } = await newProject('Put back')
    const save = page.client.labels.save({ ...where, revision: labels.revision + 5, classes: null, change: nothing })
    await expect(codeOf(save)).resolves.toBe('labels/changed-elsewhere')
  })

  it('of an earlier version are taken over into the one file of the project', async () => {
    const { where, folder } = await newProject('Earlier')
    await page.client.projects.close({ project: where.project })
    const kept = join(folder, 'labels', 'labels.json')
    const {
      revision,
      classes,
      data: sections,
    } = JSON.parse(await readFile(kept, 'utf8')) as {
      revision: number
      classes: unknown
      data: Record<string, { features: unknown }>
    }
    const earlier = {
      type: 'FeatureCollection',
      features: sections['data-1']?.features,
      chronolens: { revision, classes },
    }
    await rm(kept)
    await writeFile(join(folder, 'labels', 'data-1.geojson'), JSON.stringify(earlier))
    await writeFile(join(folder, 'labels', 'data-1.run-1.geojson'), '{}')

    const [grant] = await page.session.grantPaths([folder])
    const again = { ...where, project: (await page.client.projects.open({ folder: grant?.id ?? '' })).id }
    const labels = await page.client.labels.load(again)
    expect([labels.revision, labels.collection.features.length]).toEqual([revision, 246])
    const change = { ...nothing, remove: [labels.collection.features[0]?.id ?? ''] }
    await page.client.labels.save({ ...again, revision, classes: null, change })
    expect((await readdir(join(folder, 'labels'))).sort()).toEqual(['data-1.run-1.geojson', 'labels.json'])
    expect((await page.client.labels.load(again)).collection.features).toHaveLength(245)
  })

  it.each([
    ['damaged', '{"format":"chronolens-labels","version":1', 'labels/damaged'],
    ['of a newer program', '{"format":"chronolens-labels","version":2}', 'labels/newer-version'],
  ])('that are %s are not touched', async (_what, text, code) => {
    const { where, folder } = await newProject(`Bad ${code.slice(7)}`)
    await page.client.projects.close({ project: where.project })
    await writeFile(join(folder, 'labels', 'labels.json'), text)
    const [grant] = await page.session.grantPaths([folder])
    const opened = await page.client.projects.open({ folder: grant?.id ?? '' })
    await expect(codeOf(page.client.labels.load({ ...where, project: opened.id }))).resolves.toBe(code)
    expect(await readFile(join(folder, 'labels', 'labels.json'), 'utf8')).toBe(text)
  })

  it('of frames go to COCO and back: boxes, polygons, points and masks', async () => {
    const { where, labels } = await newProject('COCO')
    const common = { sequence: 'crops', label: 'pond', frame: 4 }
    const frames: FrameLabel[] = [
      { kind: 'box', id: 'b', ...common, box: [1.5, 2, 10, 7.25] },
      { kind: 'point', id: 'p', ...common, frame: 5, position: [3.5, 4.25] },
      { kind: 'polygon', id: 'g', ...common, polygons: [[[[0, 0], [5, 1], [2, 6]]], [[[9, 9], [12, 9], [12, 14]]]] }, // prettier-ignore
      {
        kind: 'mask',
        id: 'mask:4:crops',
        sequence: 'crops',
        frame: 4,
        height: 48,
        width: 48,
        layers: [
          { label: 'pond', counts: maskText([[0, 0], [1, 0], [47, 47]]) }, // prettier-ignore
          { label: 'reed', counts: maskText([[5, 7]]) },
        ],
      },
    ]
    const classes = [...labels.classes, { name: 'pond', colour: '#445566' }, { name: 'reed', colour: '#00ff00' }]
    await page.client.labels.save({ ...where, revision: labels.revision, classes, change: { ...nothing, frames } })
    const { text, fileName } = await page.client.labels.exportFile({ ...where, format: 'coco' })
    await mkdir(join(bench.folder, 'exported'))
    await writeFile(join(bench.folder, 'exported', fileName), text)

    const ids = frames.map(({ id }) => id)
    const { revision } = await page.client.labels.load(where)
    await page.client.labels.save({ ...where, revision, classes: null, change: { ...nothing, remove: ids } })
    const [file] = await page.session.grantPaths([join(bench.folder, 'exported', fileName)])
    const imported = await page.client.labels.importFile({ ...where, file: file?.id ?? '' })
    expect([imported.added, imported.skipped]).toEqual([5, 0])
    const withoutId = ({ id: _id, ...rest }: FrameLabel) => rest
    const sorted = (list: readonly FrameLabel[]) => list.map(withoutId).sort((a, b) => (a.kind < b.kind ? -1 : 1))
    expect(sorted(imported.labels.frames)).toEqual(sorted(frames))
    await expect(codeOf(page.client.labels.importFile({ ...where, file: file?.id ?? '' }))).resolves.toBe(
      'labels/nothing-added',
    )
  })

  it('of whole sequences and intervals go to a table of clips and back', async () => {
    const { where, labels } = await newProject('Clips')
    const classes = [{ name: 'wave', colour: '#445566' }, { name: 'rest, "seated"', colour: '#00ff00' }] // prettier-ignore
    const frames: FrameLabel[] = [
      { kind: 'sequence', id: 'sequence:crops', sequence: 'crops', label: 'wave', group: 'p1', subset: 'test' },
      interval('a', 'rest, "seated"', 10, 25),
    ]
    const remove = labels.collection.features.map(({ id }) => id)
    await page.client.labels.save({
      ...where,
      revision: labels.revision,
      classes,
      change: { ...nothing, frames, remove },
    })
    const { text } = await page.client.labels.exportFile({ ...where, format: 'csv' })
    expect(text.split('\n')).toEqual([
      'path,label,group,split,start,end',
      'crops,wave,p1,test,,',
      'crops,"rest, ""seated""",,,10,25',
      '',
    ])
    const path = join(bench.folder, 'clips.csv')
    await writeFile(path, `${text}elsewhere/other.mp4,wave,,,,\n`)
    const { revision } = await page.client.labels.load(where)
    await page.client.labels.save({
      ...where,
      revision,
      classes: null,
      change: { ...nothing, remove: ['sequence:crops', 'a'] },
    })
    const [file] = await page.session.grantPaths([path])
    const imported = await page.client.labels.importFile({ ...where, file: file?.id ?? '' })
    expect([imported.added, imported.skipped]).toEqual([2, 1])
    expect(imported.labels.frames.map((label) => ({ ...label, id: '' }))).toEqual(
      frames.map((label) => ({ ...label, id: '' })),
    )
  })
})

/** Counts of a 48 x 48 mask with single pixels [column, row] set, by hand: runs go down the columns. */
function maskText(pixels: readonly (readonly number[])[]): string {
  const bits = new Uint8Array(48 * 48)
  for (const [column = 0, row = 0] of pixels) bits[row * 48 + column] = 1
  return maskToText(bits, 48, 48)
}
