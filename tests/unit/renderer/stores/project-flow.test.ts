import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useConnectionStore } from '../../../../renderer/stores/connection.ts'
import { useCurvesStore } from '../../../../renderer/stores/curves.ts'
import { useLabelsStore } from '../../../../renderer/stores/labels.ts'
import { useLookStore } from '../../../../renderer/stores/look.ts'
import { useNoticesStore } from '../../../../renderer/stores/notices.ts'
import { useProjectStore } from '../../../../renderer/stores/project.ts'
import { startPage } from './page-fixture.ts'

describe('the stores before a real core', () => {
  let page: Awaited<ReturnType<typeof startPage>>
  beforeAll(async () => {
    page = await startPage()
  })
  afterAll(() => page.close())

  it('finds the sequence of the sample and makes a project of it', async () => {
    const project = useProjectStore()
    await project.loadStart()
    const [sample] = project.samples
    if (!sample) throw new Error('no sample')
    await project.discover([sample.data])
    const [found] = project.discovery?.found?.sequences ?? []
    expect(found).toMatchObject({ kind: 'geotiff', frames: 69, width: 48 })
    expect(await project.create('Fields', project.discovery?.grants ?? [], found?.id)).toBe(true)
    expect(project.project).toMatchObject({ name: 'Fields', readOnly: false })
    expect(project.discovery).toBeNull()
    // The start page lists it without being loaded anew.
    await expect.poll(() => project.recent[0]?.name).toBe('Fields')
  })

  it('opens the images at the moment and in the bands that were looked at', async () => {
    const [project, look] = [useProjectStore(), useLookStore()]
    await look.open()
    expect(look.info?.bands).toEqual(['blue', 'nir', 'red', 'swir'])
    look.goTo(12.4)
    look.change({ mode: 'index' })
    await project.saveView()
    await look.close()
    await project.open(await folderOf('Fields'))
    await look.open()
    expect([look.frame, look.display.mode, look.bands]).toEqual([12, 'index', [1, 2]])
  })

  it('stops at the first and last date, and wraps while playing', () => {
    const look = useLookStore()
    look.goTo(-5)
    expect(look.frame).toBe(0)
    look.step(-1, true)
    expect(look.frame).toBe(68)
    look.step(3)
    expect(look.frame).toBe(68)
  })

  it('pins a pixel once, and reads its curve', async () => {
    const curves = useCurvesStore()
    await curves.pin(1, 2, 10, 11)
    await curves.pin(1, 2, 10, 11)
    expect(curves.curves).toHaveLength(1)
    expect(curves.curves[0]?.series.values.map((values) => values.length)).toEqual([69, 69, 69, 69])
  })

  it('undoes and redoes labels, and saves what is on the screen', async () => {
    const labels = useLabelsStore()
    await labels.load()
    const before = labels.features.length
    labels.addClass('orchard')
    const id = labels.add({ type: 'Point', coordinates: [7, 8] })
    expect(labels.features).toHaveLength(before + 1)
    labels.undo()
    expect(labels.features).toHaveLength(before)
    labels.redo()
    labels.edit(id ?? '', { from: '2019-01-01', to: '2020-01-01' })
    await labels.save()
    expect(labels.saving).toBe('saved')
    await labels.load()
    expect(labels.features.find((feature) => feature.id === id)?.properties).toEqual({
      label: 'orchard',
      from: '2019-01-01',
      to: '2020-01-01',
    })
    expect(labels.canUndo).toBe(false)
  })

  it('removes a class with its labels in one step that can be undone', () => {
    const labels = useLabelsStore()
    const before = labels.features.length
    labels.removeClass('orchard')
    expect(labels.features).toHaveLength(before - 1)
    labels.undo()
    expect([labels.features.length, labels.colours.has('orchard')]).toEqual([before, true])
  })

  it('shows the error of the core with its code, and goes on', async () => {
    const [project, notices] = [useProjectStore(), useNoticesStore()]
    expect(await project.open('0'.repeat(32))).toBe(false)
    expect(notices.notices.at(-1)?.error?.code).toBe('files/unknown-grant')
  })

  async function folderOf(name: string): Promise<string> {
    const recent = await useConnectionStore().core().projects.recent()
    return recent.find((entry) => entry.name === name)?.folder.id ?? ''
  }
})
