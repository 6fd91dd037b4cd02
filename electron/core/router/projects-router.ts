import { mkdir } from 'node:fs/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Project, RecentProject } from '../../../shared/contracts/projects.ts'
import type { DataReference } from '../../../shared/domain/project.ts'
import { tasksOf } from '../../../shared/domain/project-tasks.ts'
import type { SequenceKind } from '../../../shared/domain/sequence.ts'
import { createProjectFolder } from '../../store/project-folder.ts'
import { newId } from '../app/grants.ts'
import type { OpenProject } from '../app/open-project.ts'
import { describeData, referToData } from '../app/project-data.ts'
import { freeFolder } from '../app/project-name.ts'
import { listPredictions } from '../app/project-predictions.ts'
import { listRuns } from '../app/project-runs.ts'
import { listSequences } from '../app/project-sequences.ts'
import { type FoundAgain, findAgain, findMovedAlong } from '../app/relocate-data.ts'
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
    const data = await referToData(paths, { sequence: input.sequence ?? null, kinds: input.kinds }, [])
    const folder = await freeFolder(parent, input.name)
    await createProjectFolder(folder, {
      format: 'chronolens-project',
      version: 1,
      name: input.name,
      task: input.task,
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
  addData: projects.addData.handler(async ({ input, context: { session, workbench } }) => {
    const project = session.project(input.project)
    const paths = await session.dataPaths(input.data)
    const { kinds } = input
    const data = await referToData(paths, { sequence: input.sequence ?? null, kinds }, project.manifest.data)
    await project.update((manifest) => ({
      ...manifest,
      task: manifest.task ?? tasksOf(kinds)[0] ?? null,
      data: [...manifest.data, data],
    }))
    await remember(workbench, project)
    return describe(session, input.project)
  }),
  sequences: projects.sequences.handler(async ({ input, context: { session, workbench } }) => {
    const listed = await listSequences(workbench, session, session.project(input.project), input.data)
    return { found: null, job: null, ...listed }
  }),
  relocateData: projects.relocateData.handler(async ({ input, context: { session } }) => {
    const project = session.project(input.project)
    const before = project.data(input.data)
    const chosen = await session.dataPaths(input.to)
    const same = await findAgain(before, chosen)
    const found = same ?? (await referToData(chosen, before, []))
    if (!same && !input.evenIfOther) throw otherData(before, found.fingerprint.files)
    const [from, to] = [before.paths[0], found.paths[0]]
    const others = project.manifest.data.filter(({ id }) => id !== before.id)
    const along: ReadonlyMap<string, FoundAgain> =
      from && to ? await findMovedAlong(others, from, to, (path) => session.mayRead(path)) : new Map()
    await project.update((manifest) => ({
      ...manifest,
      data: manifest.data.map((data) => {
        const { paths, fingerprint } = data.id === before.id ? found : (along.get(data.id) ?? data)
        return { ...data, paths: [...paths], fingerprint }
      }),
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

function otherData(before: DataReference, files: number): AppError {
  return new AppError(
    'projects/other-data',
    `What was chosen holds other files than "${before.name}" did (${files} files instead of ${before.fingerprint.files}, or other sizes). Choose the folder that was moved, or take this one all the same.`,
    { files, filesBefore: before.fingerprint.files },
  )
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
  const { name, task, data } = manifest
  const kinds: SequenceKind[] = [...new Set(data.flatMap((one) => one.kinds))]
  await workbench.recent.add({ path: folder, name, task, kinds, openedAt: new Date().toISOString() })
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
