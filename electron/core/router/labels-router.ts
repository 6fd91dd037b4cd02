import { exportLabels, importLabels, labelCandidates, loadLabels, saveLabels } from '../app/project-labels.ts'
import { implementer } from './implementer.ts'

const { labels } = implementer

/** Implements `labels`. */
export const labelsRouter = {
  load: labels.load.handler(({ input, context: { workbench, session } }) =>
    loadLabels(workbench, session.project(input.project), input.data, input.sequence),
  ),
  save: labels.save.handler(({ input: { project, data, ...given }, context: { workbench, session } }) =>
    saveLabels(workbench, session.project(project), data, given),
  ),
  candidates: labels.candidates.handler(async ({ input, context: { session } }) => {
    const paths = await labelCandidates(session.project(input.project), input.data)
    return Promise.all(paths.map((path) => session.grants.add(path, 'read-only')))
  }),
  importFile: labels.importFile.handler(({ input, context: { workbench, session } }) =>
    importLabels(workbench, session.project(input.project), input.data, {
      path: session.grants.use(input.file).path,
      replace: input.replace,
      sequence: input.sequence,
    }),
  ),
  exportFile: labels.exportFile.handler(({ input, context: { workbench, session } }) =>
    exportLabels(workbench, session.project(input.project), input.data, input.format),
  ),
}
