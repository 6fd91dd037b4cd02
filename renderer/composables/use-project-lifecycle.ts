import { watch } from 'vue'
import { useRouter } from 'vue-router'
import { isProjectPage } from '../project-steps.ts'
import { useConnectionStore } from '../stores/connection.ts'
import { useCurvesStore } from '../stores/curves.ts'
import { useFollowStore } from '../stores/follow.ts'
import { useJobsStore } from '../stores/jobs.ts'
import { useLabelsStore } from '../stores/labels.ts'
import { useLookStore } from '../stores/look.ts'
import { useNoticesStore } from '../stores/notices.ts'
import { usePredictionsStore } from '../stores/predictions.ts'
import { useProjectStore } from '../stores/project.ts'
import { useRunsStore } from '../stores/runs.ts'
import { useSequencesStore } from '../stores/sequences.ts'
import { useTestedSamplesStore } from '../stores/tested-samples.ts'
import { useTrainingPlanStore } from '../stores/training-plan.ts'
import { useSettingsStore } from '../stores/settings.ts'

/** Loads what belongs to the program when the core is there, and what belongs to a project when one is opened. */
export function useProjectLifecycle(): void {
  const connection = useConnectionStore()
  const project = useProjectStore()
  const [curves, jobs, labels, look] = [useCurvesStore(), useJobsStore(), useLabelsStore(), useLookStore()]
  const [notices, predictions, runs, settings] = [
    useNoticesStore(),
    usePredictionsStore(),
    useRunsStore(),
    useSettingsStore(),
  ]
  const [follow, sequences] = [useFollowStore(), useSequencesStore()]
  const router = useRouter()

  async function openGiven(): Promise<void> {
    const given = (await notices.guard(() => connection.core().files.given())) ?? []
    if (given.length > 0) await project.discover(given)
  }

  /** A core that was started anew knows nothing of this page: the project that was open is opened again. */
  async function openAgain(): Promise<void> {
    const open = project.project
    if (!open) return
    const isKnown = await connection
      .core()
      .projects.get({ project: open.id })
      .then(
        () => true,
        () => false,
      )
    if (isKnown) return
    const entry = project.recent.find(({ name, exists }) => exists && name === open.name)
    project.project = null
    if (entry) await project.open(entry.folder.id)
  }

  watch(
    () => connection.state,
    async (state) => {
      if (state !== 'ready') return
      await Promise.all([settings.load(), jobs.load(), project.loadStart()])
      await openAgain()
      void openGiven()
    },
    { immediate: true },
  )

  /** The page the project was left on. */
  function keptPage(): string {
    const kept = project.view['page']
    if (typeof kept !== 'string') return '/look'
    const { name, fullPath } = router.resolve(kept)
    return isProjectPage(name, project.tasks.length > 0) ? fullPath : '/look'
  }
  router.afterEach(({ name, fullPath }) => {
    if (isProjectPage(name, project.tasks.length > 0)) project.keepView({ page: fullPath })
  })

  watch(
    () => project.project?.id ?? null,
    async (id) => {
      sequences.clear()
      labels.clear()
      runs.clear()
      useTestedSamplesStore().clear()
      useTrainingPlanStore().clear()
      predictions.clear()
      if (id === null) {
        await look.close()
        look.kind = null
        void project.loadStart()
        return
      }
      await router.push(project.data?.state === 'missing' ? '/data' : keptPage())
      await Promise.all([look.open(), sequences.list.length === 0 ? sequences.load() : null])
      if (project.project?.id !== id) return
      await Promise.all([labels.load(), runs.load(), predictions.load(), follow.load()])
      void runs.loadDevices()
      await predictions.restore()
    },
  )

  watch(
    () => look.sequence,
    () => void curves.restore(),
  )

  // Data were added, or found again: what lies under them is listed anew, and shown where nothing was.
  watch(
    () => project.project,
    async (now, before) => {
      const places = (one: typeof now): string => (one?.data ?? []).map(({ id, state }) => `${id} ${state}`).join()
      if (!now || now.id !== before?.id || places(now) === places(before)) return
      await sequences.reload()
      if (!look.sequence && !look.isLoading) await look.open()
    },
  )

  // Nothing typed or drawn is lost when the window closes.
  window.addEventListener('pagehide', () => {
    void labels.save()
    void project.saveView()
  })
}
