import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FoundSequences } from '../../../shared/contracts/sequences.ts'
import { maskFromText, maskToText } from '../../../shared/domain/label-rle.ts'
import { realData } from '../../unit/formats/real-data.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  samplesFolder,
  type TestWorkbench,
} from './workbench-fixture.ts'

const sclerosis = realData('ms_longitudinal_p01')
const zoo = realData('dicom_objects')

describe('segmentations, structure sets and reports', () => {
  let bench: TestWorkbench
  let page: PortClient
  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  async function found(path: string): Promise<{ grants: string[]; found: FoundSequences }> {
    const grants = (await page.session.grantPaths([path])).map(({ id }) => id)
    const { job } = await page.client.sequences.inspect({ grants })
    return { grants, found: await page.client.sequences.found({ job }) }
  }
  const objectsIn = ({ patients }: FoundSequences) =>
    patients.flatMap(({ studies }) => studies.flatMap(({ objects }) => objects))

  it.skipIf(!sclerosis)(
    'lie over their series: the expert mask of 2264 voxels on 13 slices, as pydicom reads it',
    async () => {
      const { grants, found: all } = await found(join(sclerosis ?? '', 'dicom'))
      const [object] = objectsIn(all)
      expect(object).toMatchObject({ kind: 'segmentation', path: 'dicom/study2/SEG_lesion_change.dcm' })
      const opened = await page.client.sequences.open({ grants, sequence: object?.sequences[0] ?? '' })
      const overlay = await page.client.sequences.overlay({
        handle: opened.handle,
        grants,
        object: object?.id ?? '',
      })
      expect(overlay.segments).toHaveLength(1)
      const { height, width } = overlay
      const marked = overlay.frames.flatMap(({ layers }) =>
        layers.map(({ counts }) => maskFromText(counts, height, width).reduce((sum, bit) => sum + bit, 0)),
      )
      expect(marked.length).toBe(13)
      expect(marked.reduce((sum, one) => sum + one, 0)).toBe(overlay.segments[0]?.voxels)
      expect(overlay.segments[0]?.voxels).toBe(2264)
      const unknown = page.client.sequences.overlay({ handle: opened.handle, grants, object: 'nothing' })
      expect(await codeOf(unknown)).toBe('sequences/unknown-object')
      await page.client.sequences.close({ handle: opened.handle })
    },
  )

  it.skipIf(!zoo)('lie over their series: contours of a structure set, with its own colours', async () => {
    const { grants, found: all } = await found(join(zoo ?? '', 'rt'))
    const object = objectsIn(all).find(({ path }) => path === 'rt/rt.dcm')
    const opened = await page.client.sequences.open({ grants, sequence: object?.sequences[0] ?? '' })
    const overlay = await page.client.sequences.overlay({ handle: opened.handle, grants, object: object?.id ?? '' })
    expect(overlay.segments).toMatchObject([{ label: 'ROI-1', colour: '#a2885f' }])
    expect(overlay.frames.map(({ frame }) => frame)).toEqual([0])
    expect(overlay.warnings.join()).toContain('frame of reference')
    await page.client.sequences.close({ handle: opened.handle })
  })

  it.skipIf(!zoo)('lie in the images themselves: an overlay plane of 222 pixels, as pydicom reads it', async () => {
    const { grants, found: all } = await found(join(zoo ?? '', 'pydicom', 'examples_overlay.dcm'))
    const opened = await page.client.sequences.open({ grants, sequence: all.sequences[0]?.id ?? '' })
    expect(opened.medical?.hasOverlayPlanes).toBe(true)
    const overlay = await page.client.sequences.overlay({ handle: opened.handle, grants, object: null })
    expect(overlay).toMatchObject({ kind: 'planes', height: 300, width: 484, warnings: [] })
    expect(overlay.segments).toMatchObject([{ kind: 'graphics', voxels: 222, frame: 0, colour: null }])
    await page.client.sequences.close({ handle: opened.handle })
  })

  it('are written from what is painted, and read back as the same paint', async () => {
    const folder = join(bench.folder, 'phantom')
    await cp(join(samplesFolder, 'phantom', 'study-1'), folder, { recursive: true })
    const grants = (await page.session.grantPaths([folder])).map(({ id }) => id)
    const project = await page.client.projects.create({ name: 'Paint', data: grants, task: null })
    const opened = await page.client.sequences.open({ grants })
    const { height, width, id: sequence } = opened.info
    const where = { project: project.id, data: 'data-1', sequence }
    const write = () => page.client.exports.masks({ project: project.id, data: 'data-1', sequence: opened.handle })
    expect(await codeOf(write())).toBe('labels/no-masks')

    const paint = (test: (i: number) => boolean): string =>
      maskToText(
        Uint8Array.from({ length: height * width }, (_, i) => (test(i) ? 1 : 0)),
        height,
        width,
      )
    const layers = [
      { label: 'lesion', counts: paint((i) => i > 900 && i < 1300 && i % 7 < 3) },
      { label: '肝', counts: paint((i) => i > 2000 && i % 11 === 0) },
    ]
    const mask = (frame: number, painted: typeof layers) => ({
      kind: 'mask' as const,
      id: `mask:${frame}:${sequence}`,
      sequence,
      frame,
      height,
      width,
      layers: painted,
    })
    const frames = [mask(3, layers), mask(9, layers.slice(0, 1))]
    const before = await page.client.labels.load(where)
    const classes = [
      { name: 'lesion', colour: '#ff0000' },
      { name: '肝', colour: '#00aa00' },
    ]
    await page.client.labels.save({
      ...where,
      revision: before.revision,
      classes,
      change: { features: [], frames, remove: [] },
    })
    const file = await write()
    expect(file).toMatchObject({ fileName: 'segmentation.dcm', mediaType: 'application/dicom' })
    const { values } = await page.read(file.handle, { kind: 'file' })
    const path = join(bench.folder, 'written.dcm')
    await writeFile(path, values as Uint8Array)
    const [grant] = await page.session.grantPaths([path])
    const imported = await page.client.labels.importFile({ ...where, file: grant?.id ?? '', replace: true })
    expect(imported).toMatchObject({ added: 3, skipped: 0 })
    const painted = imported.labels.frames.map((label) => (label.kind === 'mask' ? label : null))
    expect(painted.map((label) => [label?.frame, label?.layers])).toEqual(
      frames.map(({ frame, layers: wanted }) => [frame, wanted]),
    )

    // Lying with the images, it is found as theirs.
    await cp(path, join(folder, 'SEG.dcm'))
    expect((await readdir(folder)).length).toBe(25)
    const { found: again } = await found(folder)
    expect(objectsIn(again)).toMatchObject([{ kind: 'segmentation', sequences: [again.sequences[0]?.id] }])
    await page.client.sequences.close({ handle: opened.handle })
  })
})
