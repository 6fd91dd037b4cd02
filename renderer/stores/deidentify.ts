import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { CopiesFolder, Deidentified } from '../../shared/contracts/exports.ts'
import { useConnectionStore } from './connection.ts'
import { useJobsStore } from './jobs.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** Copies of the project's DICOM files without names. */
export const useDeidentifyStore = defineStore('deidentify', () => {
  const connection = useConnectionStore()
  const jobs = useJobsStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const isRunning = ref(false)
  /** Copies that lie in the project's folder; only asked for where they are on another machine. */
  const kept = shallowRef<readonly CopiesFolder[]>([])
  const canDownload = computed(() => connection.transport?.downloadUrl != null)

  /** Makes copies of all DICOM data of the project; undefined where that failed or was stopped. */
  async function start(dates: 'shift' | 'remove'): Promise<(Deidentified & { folder: string }) | undefined> {
    const { project: id } = project.current()
    const data = (project.project?.data ?? []).filter(({ kinds }) => kinds.includes('dicom')).map((one) => one.id)
    isRunning.value = true
    try {
      return await notices.guard(async () => {
        const { job, folder } = await connection.core().exports.deidentify({ project: id, data, dates })
        void jobs.watch(job)
        const made = await connection.core().exports.deidentified({ job })
        await load()
        return { ...made, folder }
      })
    } finally {
      isRunning.value = false
    }
  }
  async function load(): Promise<void> {
    if (!canDownload.value) return
    const of = project.current().project
    kept.value = (await notices.guard(() => connection.core().exports.copies({ project: of }))) ?? []
  }
  /** Has the browser fetch copies as one archive. */
  async function download(name: string, isRemovedAfter: boolean): Promise<void> {
    const url = connection.transport?.downloadUrl
    if (!url) return
    const file = await notices.guard(() =>
      connection.core().exports.offerCopies({ project: project.current().project, name, isRemovedAfter }),
    )
    if (!file) return
    const link = document.createElement('a')
    link.href = url(file.handle)
    link.download = file.fileName
    link.click()
    if (isRemovedAfter) kept.value = kept.value.filter((one) => one.name !== name)
    notices.tell('follow.copies.going', { name: file.fileName }, 'info')
  }
  async function remove(name: string): Promise<void> {
    await notices.guard(() => connection.core().exports.removeCopies({ project: project.current().project, name }))
    await load()
  }
  return { isRunning, kept, canDownload, start, load, download, remove }
})
