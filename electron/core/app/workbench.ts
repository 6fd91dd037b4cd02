import type { DeviceInfo } from '../../../shared/domain/device.ts'
import type { TaskId } from '../../../shared/domain/run.ts'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'
import type { Core } from '../create-core.ts'
import { ProjectRegistry } from './project-registry.ts'
import { RecentProjects } from './recent-projects.ts'
import { SequenceOpener } from './sequence-opener.ts'
import { Session, type SessionHost } from './session.ts'
import { SettingsStore } from './settings-store.ts'
import { sweepTemporaryFolders } from './temporary-file.ts'
import { Thumbnails } from './thumbnails.ts'
import { TrainingPlans } from './training-plans.ts'
import { ViewedSequence } from './viewed-sequence.ts'

const warmAfterMs = 1500

/** What a host with a page gives the core beside what `createCore` takes. */
export interface WorkbenchOptions {
  readonly version: string
  /** Folder of the program's own settings and its list of recent projects. */
  readonly settingsFolder: string
  /** Folder in which projects are made when the user names no other. */
  readonly projectsFolder: string
  /** Folder of the samples that come with the program. */
  readonly samplesFolder: string
}

/** The core with everything a page needs; one per process, shared by all sessions. */
export class Workbench {
  readonly core: Core
  readonly options: WorkbenchOptions
  readonly projects = new ProjectRegistry()
  readonly settings: SettingsStore
  readonly recent: RecentProjects
  readonly opener: SequenceOpener
  readonly plans = new TrainingPlans()
  readonly thumbnails: Thumbnails
  private readonly sessions = new Set<Session>()
  private warming: NodeJS.Timeout | undefined
  private devicesFound: Promise<DeviceInfo[]> | null = null
  private readonly choicesFound = new Map<TaskId, Promise<TrainingChoices>>()

  constructor(core: Core, options: WorkbenchOptions) {
    this.core = core
    this.options = options
    void sweepTemporaryFolders()
    this.settings = new SettingsStore(options.settingsFolder)
    this.recent = new RecentProjects(options.settingsFolder)
    this.opener = new SequenceOpener(core.sequences, core.readers)
    this.thumbnails = new Thumbnails(
      async (paths, sequence, signal) => new ViewedSequence(await this.opener.open(paths, sequence, signal)),
    )
  }

  /** Starts a session for one client. */
  openSession(host: SessionHost): Session {
    const session = new Session(host)
    this.sessions.add(session)
    // Whoever comes opens something soon; not at once, because the window itself is just being made.
    this.warming ??= setTimeout(() => this.core.readers.warm(), warmAfterMs).unref()
    return session
  }

  /** Ends a session; its jobs go on. */
  async closeSession(session: Session): Promise<void> {
    this.sessions.delete(session)
    await session.close()
  }

  /** Devices, tried out once per process unless `again`. @throws `compute/*` */
  async devices(again: boolean): Promise<DeviceInfo[]> {
    if (again || !this.devicesFound) {
      const found = this.core.devices.list().result
      this.devicesFound = found
      found.catch(() => (this.devicesFound = null))
    }
    return this.devicesFound
  }

  /** Models and settings of a task, asked for once per process. @throws `compute/*` */
  async choices(task: TaskId): Promise<TrainingChoices> {
    const known = this.choicesFound.get(task)
    if (known) return known
    const found = this.core.training.choices(task).result
    this.choicesFound.set(task, found)
    found.catch(() => this.choicesFound.delete(task))
    return found
  }

  /** Ends all sessions and cancels all jobs. */
  async close(): Promise<void> {
    clearTimeout(this.warming)
    await this.core.jobs.close()
    for (const session of [...this.sessions]) await this.closeSession(session)
    await this.core.close()
  }
}
