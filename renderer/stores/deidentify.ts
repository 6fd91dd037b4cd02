import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Deidentified } from '../../shared/contracts/exports.ts'
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

  /** Makes copies of all DICOM data of the project; undefined where that failed or was stopped. */
  async function start(dates: 'shift' | 'remove'): Promise<(Deidentified & { folder: string }) | undefined> {
    const { project: id } = project.current()
    const data = (project.project?.data ?? []).filter(({ kinds }) => kinds.includes('dicom')).map((one) => one.id)
    isRunning.value = true
    try {
      return await notices.guard(async () => {
        const { job, folder } = await connection.core().exports.deidentify({ project: id, data, dates })
        void jobs.watch(job)
        return { ...(await connection.core().exports.deidentified({ job })), folder }
      })
    } finally {
      isRunning.value = false
    }
  }
  return { isRunning, start }
})
