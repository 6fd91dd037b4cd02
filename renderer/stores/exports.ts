import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { ExportedFile, FrameExport, StartMovie } from '../../shared/contracts/exports.ts'
import { saveFile } from '../composables/save-file.ts'
import { useConnectionStore } from './connection.ts'
import { useNoticesStore } from './notices.ts'

/** An export that is going on. */
export interface RunningExport {
  readonly kind: 'picture' | 'movie' | 'frame' | 'map' | 'masks' | 'lesions'
  readonly done: number
  readonly total: number
  readonly secondsLeft: number | null
}

/** Draws one picture of a movie. */
export type DrawPicture = (index: number, signal: AbortSignal) => Promise<ImageData>

/** Makes files of what is looked at, one at a time, and hands them to the person; goes on while pages change. */
export const useExportsStore = defineStore('exports', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const running = shallowRef<RunningExport | null>(null)
  let abort: AbortController | null = null

  const part = computed(() => {
    const { value } = running
    return value && value.total > 0 ? value.done / value.total : null
  })

  /** Runs one export; its error is shown, and giving it up is none. @returns whether it came to its end */
  async function run(
    kind: RunningExport['kind'],
    work: (signal: AbortSignal, report: (done: number, total: number) => void) => Promise<void>,
  ): Promise<boolean> {
    if (running.value) return false
    const own = new AbortController()
    abort = own
    const started = performance.now()
    running.value = { kind, done: 0, total: 0, secondsLeft: null }
    const report = (done: number, total: number): void => {
      const seconds = (performance.now() - started) / 1000
      const secondsLeft = done > 0 ? (seconds / done) * (total - done) : null
      running.value = { kind, done, total, secondsLeft }
    }
    try {
      await work(own.signal, report)
      return true
    } catch (error) {
      if (!own.signal.aborted) notices.fail(error)
      return false
    } finally {
      running.value = null
      abort = null
    }
  }

  function cancel(): void {
    abort?.abort()
  }

  /** Fetches a file the core has made, hands it to the person, and lets go of it. */
  async function take(file: ExportedFile, signal?: AbortSignal): Promise<void> {
    try {
      const { values } = await connection.data().read(file.handle, { kind: 'file' }, signal)
      saveFile(file.fileName, file.mediaType, values as Uint8Array)
      notices.tell('exports.saved', { name: file.fileName })
    } finally {
      void connection.close(file.handle)
    }
  }

  /** One frame's numbers as GeoTIFF. */
  const frame = (request: FrameExport): Promise<boolean> =>
    run('frame', async (signal, report) => {
      for await (const event of await connection.core().exports.frame(request, { signal })) {
        if (event.kind === 'progress') report(event.done, event.total)
        else for (const file of event.files) await take(file, signal)
      }
    })

  /** One map of a prediction as GeoTIFF. */
  const map = (project: string, prediction: string, season: string, role: string): Promise<boolean> =>
    run('map', async (signal) => {
      await take(await connection.core().exports.map({ project, prediction, season, role }), signal)
    })

  /** What is painted on the sequence that is open, as a DICOM segmentation. */
  const masks = (where: { project: string; data: string; sequence: string }): Promise<boolean> =>
    run('masks', async (signal) => {
      await take(await connection.core().exports.masks(where, { signal }), signal)
    })

  /** A table, report or DICOM objects of lesions that were followed; the report as PDF where the host can print. */
  const lesions = (
    where: { project: string; tracking: string },
    what: 'table' | 'report' | 'pdf' | 'dicom',
    language: 'en' | 'zh-CN',
    notes: readonly string[],
  ): Promise<boolean> =>
    run('lesions', async (signal) => {
      const kind = what === 'pdf' ? 'report' : what
      const { file, warnings } = await connection
        .core()
        .lesions.export({ ...where, what: kind, language, notes: [...notes] }, { signal })
      if (what !== 'pdf') await take(file, signal)
      else
        try {
          const { values } = await connection.data().read(file.handle, { kind: 'file' }, signal)
          const pdf = await connection.transport?.printReport?.(new TextDecoder().decode(values as Uint8Array))
          if (!pdf) return
          saveFile('report.pdf', 'application/pdf', pdf)
          notices.tell('exports.saved', { name: 'report.pdf' })
        } finally {
          void connection.close(file.handle)
        }
      if (warnings.length > 0) notices.tell('follow.exportNoted', {}, 'info')
    })

  /** A picture the page has drawn. */
  const picture = (fileName: string, draw: (signal: AbortSignal) => Promise<Blob>): Promise<boolean> =>
    run('picture', async (signal) => {
      saveFile(fileName, 'image/png', await draw(signal))
      notices.tell('exports.saved', { name: fileName })
    })

  /** A movie of pictures the page draws; the next one is drawn while one is encoded. */
  const movie = (shape: StartMovie, total: number, draw: DrawPicture): Promise<boolean> =>
    run('movie', async (signal, report) => {
      const { exports } = connection.core()
      report(0, total)
      let next = draw(0, signal)
      const ref = await exports.startMovie(shape)
      try {
        for (let i = 0; i < total; i++) {
          const { data } = await next
          signal.throwIfAborted()
          if (i + 1 < total) {
            next = draw(i + 1, signal)
            next.catch(() => undefined) // Awaited in the next round.
          }
          await exports.addPicture({ ...ref, picture: new File([data], 'picture') })
          report(i + 1, total)
        }
        signal.throwIfAborted()
        await take(await exports.finishMovie(ref), signal)
      } catch (error) {
        await exports.cancelMovie(ref).catch(() => undefined)
        throw error
      }
    })

  return { running, part, cancel, take, frame, map, masks, lesions, picture, movie }
})
