import { mkdir } from 'node:fs/promises'
import { toWriteError } from '../../store/store-error.ts'
import { FileDataSource } from '../app/file-source.ts'
import { finishedRun } from '../app/project-runs.ts'
import { implementer } from './implementer.ts'

const { devices, models, settings } = implementer

/** Implements `devices`. */
export const devicesRouter = {
  list: devices.list.handler(({ input, context }) => context.workbench.devices(input.again)),
}

/** Implements `settings`. */
export const settingsRouter = {
  get: settings.get.handler(({ context }) => context.workbench.settings.get()),
  change: settings.change.handler(({ input, context }) => context.workbench.settings.change(input)),
}

/** Implements `models`. */
export const modelsRouter = {
  exportOnnx: models.exportOnnx.handler(async ({ input, context: { workbench, session } }) => {
    const project = session.project(input.project)
    project.requireWritable()
    const { run, folder: model } = await finishedRun(project, input.run)
    const folder = project.path('exports')
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw toWriteError(error, folder)
    })
    const out = project.path('exports', `${run.id}.onnx`)
    const report = await workbench.core.exports.exportModel({ model, out }).result
    const handle = await session.handles.add(new FileDataSource(out))
    return { handle, fileName: `${run.id}.onnx`, bytes: report.bytes, sha256: report.sha256 }
  }),
}
