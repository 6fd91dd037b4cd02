import { nextTick } from 'vue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isProjectPage } from '../../../../renderer/project-steps.ts'
import { useConnectionStore } from '../../../../renderer/stores/connection.ts'
import { useCurvesStore } from '../../../../renderer/stores/curves.ts'
import { useLabelToolsStore } from '../../../../renderer/stores/label-tools.ts'
import { useLabelsStore } from '../../../../renderer/stores/labels.ts'
import { useLayersStore } from '../../../../renderer/stores/layers.ts'
import { useLookStore } from '../../../../renderer/stores/look.ts'
import { useMedicalStore } from '../../../../renderer/stores/medical.ts'
import { usePredictionsStore } from '../../../../renderer/stores/predictions.ts'
import { useProjectStore } from '../../../../renderer/stores/project.ts'
import { useSequencesStore } from '../../../../renderer/stores/sequences.ts'
import { useTrainingFormStore } from '../../../../renderer/stores/training-form.ts'
import { useViewsStore } from '../../../../renderer/stores/views.ts'
import { useVideoStore } from '../../../../renderer/viewers/video/video-store.ts'
import { startPage } from './page-fixture.ts'

/** Makes a project of a sample and looks at its first sequence, as the page does. */
async function projectOf(sample: string): Promise<void> {
  const [look, project, sequences] = [useLookStore(), useProjectStore(), useSequencesStore()]
  await project.loadStart()
  const found = project.samples.find(({ id }) => id === sample)
  if (!found) throw new Error(`The sample ${sample} is not there.`)
  await project.discover([found.data])
  await project.create(`Test of ${sample}`, project.discovery?.grants ?? [])
  await sequences.load()
  await look.open()
}

/** Closes the project and opens it again, with nothing left of it in between. */
async function reopen(): Promise<void> {
  const [look, project, sequences] = [useLookStore(), useProjectStore(), useSequencesStore()]
  const name = project.project?.name
  await nextTick()
  await project.close()
  await look.close()
  sequences.clear()
  await nextTick()
  const recent = await useConnectionStore().core().projects.recent()
  await project.open(recent.find((entry) => entry.name === name)?.folder.id ?? '')
  await Promise.all([look.open(), sequences.load()])
  await nextTick()
}

describe('a project that is closed and opened again', () => {
  let page: Awaited<ReturnType<typeof startPage>>
  beforeAll(async () => {
    page = await startPage()
  })
  afterAll(() => page.close())

  it('shows maps with the same layers, views, classes and curves', async () => {
    const [curves, labels, layers, look] = [useCurvesStore(), useLabelsStore(), useLayersStore(), useLookStore()]
    const [form, predictions, tools, views] = [
      useTrainingFormStore(),
      usePredictionsStore(),
      useLabelToolsStore(),
      useViewsStore(),
    ]
    await projectOf('crops')
    expect([layers.hasLabels, predictions.opacity, tools.brushSize, views.curtain]).toEqual([false, 0.7, 5, 0.5])
    await labels.load()
    const name = labels.classes[1]?.name ?? ''
    layers.hasLabels = true
    layers.isOnlyMoment = true
    labels.toggleClass(name)
    labels.currentClass = name
    Object.assign(tools, { brushSize: 11, opacity: 0.25, isContour: true })
    Object.assign(predictions, { opacity: 0.3, isVisible: false, role: 'entropy' })
    curves.quantity = 2
    views.curtain = 0.2
    views.setCount(2)
    form.seed = 7
    form.set('epochs', '3')
    look.goTo(3)
    look.speed = 8
    look.centre = [500_100, 4_000_200]
    look.resolution = 12.5
    await reopen()
    expect([layers.hasLabels, layers.hasOverlay, layers.isOnlyMoment]).toEqual([true, false, true])
    expect([[...labels.hiddenClasses], labels.currentClass]).toEqual([[name], name])
    expect([tools.brushSize, tools.opacity, tools.isContour]).toEqual([11, 0.25, true])
    expect([predictions.opacity, predictions.isVisible, predictions.role]).toEqual([0.3, false, 'entropy'])
    expect([curves.quantity, views.curtain, views.count]).toEqual([2, 0.2, 2])
    expect([form.seed, form.values]).toEqual([7, { epochs: '3' }])
    expect([look.frame, look.speed, look.centre, look.resolution]).toEqual([3, 8, [500_100, 4_000_200], 12.5])
  })

  it('leaves nothing of it in the next project', async () => {
    await projectOf('actions')
    expect([useLayersStore().hasLabels, useLabelsStore().hiddenClasses.size]).toEqual([false, 0])
    expect([useLabelToolsStore().brushSize, usePredictionsStore().opacity]).toEqual([5, 0.7])
    expect(useTrainingFormStore().seed).toBe(0)
  })

  it('shows a clip at its moment, zoom, part and colours, beside the same second moment', async () => {
    const [look, video] = [useLookStore(), useVideoStore()]
    await nextTick()
    look.goTo(6)
    video.view = { scale: 2.5, column: 30, row: 20 }
    video.loopRange = { from: 2, to: 9 }
    video.adjust({ contrast: 40, channel: 'red' })
    video.toggleCompare('swipe')
    video.setOffset(-4)
    video.curtain = 0.3
    await reopen()
    expect([look.frame, look.compareFrame, video.offset]).toEqual([6, 2, -4])
    expect(video.view).toEqual({ scale: 2.5, column: 30, row: 20 })
    expect([video.loopRange, video.compareMode, video.curtain]).toEqual([{ from: 2, to: 9 }, 'swipe', 0.3])
    expect([video.adjustment.contrast, video.adjustment.channel]).toEqual([40, 'red'])
  })

  it('takes up comparing again on the Look page when it was left for another one', async () => {
    const [look, video] = [useLookStore(), useVideoStore()]
    video.pauseCompare()
    await reopen()
    expect(look.compareFrame).toBeNull()
    video.resumeCompare()
    expect(look.compareFrame).toBe(2)
  })

  it('shows the same series in the same panes of a patient, as far enlarged, with what was measured', async () => {
    const [look, medical, sequences] = [useLookStore(), useMedicalStore(), useSequencesStore()]
    await projectOf('phantom')
    await nextTick()
    const other = sequences.list.find(({ key }) => key !== look.key)?.key ?? ''
    const [first, second] = medical.panes
    if (!first || !second) throw new Error('no panes')
    medical.layout = 'two'
    medical.links = { scroll: false, window: false, view: true }
    await medical.openIn(second, other, 3)
    look.goTo(2)
    const view = { centre: [1, 2, 3], right: [1, 0, 0], up: [0, -1, 0], scale: 4, width: 300, height: 200 } as const
    first.view = view
    second.view = { ...view, scale: 7 }
    const measurement = { id: 'a', kind: 'length', frame: 2, points: [[1, 1], [4, 5]], name: 'x' } as never // prettier-ignore
    medical.setMeasurements(look.key ?? '', [measurement])
    medical.compareMode = 'difference'
    await reopen()
    await expect.poll(() => second.series?.handle ?? null).not.toBeNull()
    expect([medical.layout, medical.links.view, medical.compareMode]).toEqual(['two', true, 'difference'])
    expect([first.frame, first.view?.scale, second.key, second.frame, second.view?.scale]).toEqual([2, 4, other, 3, 7])
    expect(medical.of(look.key)).toMatchObject([{ id: 'a', name: 'x' }])
  })
})

describe('the page a project was left on', () => {
  it.each([
    ['look', false, true],
    ['label', false, true],
    ['train', true, true],
    ['train', false, false],
    ['start', true, false],
    [undefined, true, false],
  ] as const)('%s of a project that has a task: %s, is one: %s', (name, hasTask, isOne) =>
    expect(isProjectPage(name, hasTask)).toBe(isOne),
  )
})
