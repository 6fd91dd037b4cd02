import { mkdir } from 'node:fs/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Project, RecentProject } from '../../../shared/contracts/projects.ts'
import { taskIdSchema } from '../../../shared/domain/run.ts'
import { createProjectFolder } from '../../store/project-folder.ts'
import { newId } from '../app/grants.ts'
import type { OpenProject } from '../app/open-project.ts'
import { describeData, isSameData, referToData } from '../app/project-data.ts'
import { freeFolder } from '../app/project-name.ts'
import { listPredictions } from '../app/project-predictions.ts'
import { listRuns } from '../app/project-runs.ts'
import type { Session } from '../app/session.ts'
import type { Workbench } from '../app/workbench.ts'
import { implementer } from './implementer.ts'

const { projects } = implementer
const maximumViewCharacters = 256 * 1024

/** Implements `projects`. */
export const projectsRouter = {
  recent: projects.recent.handler(async ({ context: { session, workbench } }) => {
    const entries = await workbench.recent.list()
    const shown = await Promise.all(
      entries.map(async ({ path, ...rest }): Promise<RecentProject | null> => {
        // A folder that is not there cannot be granted; it stays on the list for when its disk comes back.
        const folder = await session.grants.add(path, 'write').catch(() => null)
        return folder && { ...rest, folder }
      }),
    )
    return shown.filter((entry) => entry !== null)
  }),
  forget: projects.forget.handler(async ({ input, context: { session, workbench } }) => {
    await workbench.recent.remove(session.grants.use(input.folder).path)
    return null
  }),
  create: projects.create.handler(async ({ input, context: { session, workbench } }) => {
    const paths = await session.dataPaths(input.data)
    const parent = input.parent ? session.grants.writable(input.parent).path : workbench.options.projectsFolder
    if (!input.parent) await mkdir(parent, { recursive: true })
    const data = await referToData(paths, input.sequence ?? null, [])
    const folder = await freeFolder(parent, input.name)
    await createProjectFolder(folder, {
      format: 'chronolens-project',
      version: 1,
      name: input.name,
      task: taskIdSchema.parse(input.task),
      createdAt: new Date().toISOString(),
      data: [data],
      runs: [],
      predictions: [],
      view: {},
    })
    return open(workbench, session, folder, true)
  }),
  open: projects.open.handler(async ({ input, context: { session, workbench } }) => {
    const { path, grant } = session.grants.use(input.folder)
    return open(workbench, session, path, grant.access === 'write')
  }),
  get: projects.get.handler(({ input, context: { session } }) => describe(session, input.project)),
  close: projects.close.handler(async ({ input, context: { session } }) => {
    const project = session.project(input.project)
    session.projects.delete(input.project)
    await project.release()
    return null
  }),
  rename: projects.rename.handler(async ({ input, context: { session, workbench } }) => {
    const project = session.project(input.project)
    await project.update((manifest) => ({ ...manifest, name: input.name }))
    await remember(workbench, project)
    return describe(session, input.project)
  }),
  addData: projects.addData.handler(async ({ input, context: { session } }) => {
    const project = session.project(input.project)
    const paths = await session.dataPaths(input.data)
    const data = await referToData(paths, input.sequence ?? null, project.manifest.data)
    await project.update((manifest) => ({ ...manifest, data: [...manifest.data, data] }))
    return describe(session, input.project)
  }),
  relocateData: projects.relocateData.handler(async ({ input, context: { session } }) => {
    const project = session.project(input.project)
    const before = project.data(input.data)
    const paths = await session.dataPaths(input.to)
    const found = await referToData(paths, before.sequence, [])
    if (!input.evenIfOther && !isSameData(found.fingerprint, before.fingerprint))
      throw new AppError(
        'projects/other-data',
        `"${found.name}" holds other files than "${before.name}" did (${found.fingerprint.files} files instead of ${before.fingerprint.files}, or other sizes). Choose the folder that was moved, or take this one all the same.`,
        { files: found.fingerprint.files, filesBefore: before.fingerprint.files },
      )
    const { fingerprint } = found
    await project.update((manifest) => ({
      ...manifest,
      data: manifest.data.map((data) => (data.id === before.id ? { ...data, paths, fingerprint } : data)),
    }))
    return describe(session, input.project)
  }),
  saveView: projects.saveView.handler(async ({ input, context: { session } }) => {
    if (JSON.stringify(input.view).length > maximumViewCharacters)
      throw new AppError('projects/view-too-large', 'The view holds more than a project file should.', {
        limit: maximumViewCharacters,
      })
    await session.project(input.project).update((manifest) => ({ ...manifest, view: input.view }))
    return null
  }),
}

async function open(workbench: Workbench, session: Session, folder: string, mayWrite: boolean): Promise<Project> {
  const project = await workbench.projects.open(folder, mayWrite)
  try {
    await session.requireDataWithin(project, [workbench.options.samplesFolder])
  } catch (error) {
    await project.release()
    throw error
  }
  // Opened twice in one session (a reload of the page): one id, and one hold on the project.
  const known = [...session.projects].find(([, candidate]) => candidate === project)?.[0]
  if (known !== undefined) await project.release()
  const id = known ?? newId()
  session.projects.set(id, project)
  await remember(workbench, project)
  return describe(session, id)
}

async function remember(workbench: Workbench, { folder, manifest }: OpenProject): Promise<void> {
  const { name, task } = manifest
  await workbench.recent.add({ path: folder, name, task, openedAt: new Date().toISOString() })
}

async function describe(session: Session, id: string): Promise<Project> {
  const project = session.project(id)
  const { name, task, data, view } = project.manifest
  return {
    id,
    name,
    task,
    readOnly: project.isReadOnly,
    data: await Promise.all(data.map((entry) => describeData(session, entry))),
    runs: await listRuns(project),
    predictions: await listPredictions(project),
    view,
  }
}
