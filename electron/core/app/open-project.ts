import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { DataReference, ProjectManifest } from '../../../shared/domain/project.ts'
import { tasksOf } from '../../../shared/domain/project-tasks.ts'
import type { TaskId } from '../../../shared/domain/run.ts'
import { lockFolder } from '../../store/lock-folder.ts'
import { projectParts, readProject, tidyProject, writeProject } from '../../store/project-folder.ts'
import type { Job } from '../job.ts'

/**
 * One project folder that this process has open, whoever looks at it. The lock keeps other processes from changing it;
 * within this process changes come one after the other.
 */
export class OpenProject {
  readonly folder: string
  readonly isReadOnly: boolean
  /** Jobs that write into the project, by `runs/<id>` or `predictions/<id>`. */
  readonly jobs = new Map<string, Job<unknown>>()
  /** What is still being written after such a job has ended, by the same keys. */
  readonly settling = new Map<string, Promise<unknown>>()
  private current: ProjectManifest
  private readonly unlock: (() => Promise<void>) | null
  private readonly onClosed: () => void
  private holders = 1
  private changing: Promise<unknown> = Promise.resolve()

  private constructor(
    folder: string,
    manifest: ProjectManifest,
    unlock: (() => Promise<void>) | null,
    onClosed: () => void,
  ) {
    this.folder = folder
    this.current = manifest
    this.unlock = unlock
    this.isReadOnly = unlock === null
    this.onClosed = onClosed
  }

  /**
   * Opens a project folder, for reading only when `mayWrite` is false or another process holds it.
   * @throws `project/not-found`, `project/damaged`, `project/newer-version`, `store/*`
   */
  static async open(folder: string, options: { mayWrite: boolean; onClosed: () => void }): Promise<OpenProject> {
    await readProject(folder) // Before locking: a folder that is no project is not to be touched.
    const unlock = options.mayWrite ? await tryLock(folder) : null
    try {
      if (unlock) await tidyProject(folder)
      return new OpenProject(folder, await readProject(folder), unlock, options.onClosed)
    } catch (error) {
      await unlock?.()
      throw error
    }
  }

  get manifest(): ProjectManifest {
    return this.current
  }

  /** Path of a part of the project: `runs`, id. */
  path(part: keyof typeof projectParts, ...names: readonly string[]): string {
    return join(this.folder, projectParts[part], ...names)
  }

  /** @throws `projects/read-only` */
  requireWritable(): void {
    if (!this.isReadOnly) return
    throw new AppError(
      'projects/read-only',
      `"${this.current.name}" is open for reading only: another window or program works on it, or it was not opened for changing.`,
    )
  }

  /** Changes the manifest and writes it; changes never overtake each other. @throws `projects/read-only`, `store/*` */
  async update(change: (manifest: ProjectManifest) => ProjectManifest): Promise<void> {
    this.requireWritable()
    await this.alone(async () => {
      const next = change(this.current)
      await writeProject(this.folder, next)
      this.current = next
    })
  }

  /** Does something while nothing else changes the project. */
  async alone<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.changing.then(action)
    this.changing = turn.catch(() => undefined)
    return turn
  }

  /** @throws `projects/unknown-data` */
  data(id: string): DataReference {
    const data = this.current.data.find((candidate) => candidate.id === id)
    if (data) return data
    throw new AppError('projects/unknown-data', `The project "${this.current.name}" has no data "${id}".`, { id })
  }

  /** The task asked for, else what models are trained for here. @throws `projects/no-task` */
  requireTask(asked?: TaskId): TaskId {
    const { task, name, data } = this.current
    const known = asked ?? task ?? tasksOf(data.flatMap(({ kinds }) => kinds))[0]
    if (known) return known
    throw new AppError(
      'projects/no-task',
      `"${name}" holds no data that a model can be trained on yet; training works on satellite time series, videos and folders of pictures.`,
    )
  }

  /** The job that works on a part now. */
  runningJob(key: string): Job<unknown> | null {
    const job = this.jobs.get(key)
    return job?.snapshot.state === 'running' ? job : null
  }

  /**
   * Keeps the project open until a job that writes into it has ended, and what is done with its result too.
   * @param then what to do with the result; `settled` waits for it
   */
  keepFor<Result>(key: string, job: Job<Result>, then: (result: Result) => Promise<void> = async () => {}): void {
    this.jobs.set(key, job)
    this.retain()
    const settled = job.result.then(then).catch(() => undefined) // The job's failure is told by the job.
    this.settling.set(key, settled)
    void settled.then(() => this.release())
  }

  /** Waits until what an ended job has brought is part of the project. */
  async settled(key: string): Promise<void> {
    if (!this.runningJob(key)) await this.settling.get(key)
  }

  /** One more holder; each calls `release` once. */
  retain(): this {
    this.holders++
    return this
  }

  /** The last holder's release gives the lock back. */
  async release(): Promise<void> {
    this.holders--
    if (this.holders > 0) return
    this.onClosed()
    await this.changing
    await this.unlock?.()
  }
}

async function tryLock(folder: string): Promise<(() => Promise<void>) | null> {
  try {
    return await lockFolder(folder, { waitMs: 0 })
  } catch (error) {
    const cannot = ['store/in-use', 'store/not-writable']
    if (error instanceof AppError && cannot.includes(error.code)) return null
    throw error
  }
}
