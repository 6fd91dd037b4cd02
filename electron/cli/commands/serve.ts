import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { Workbench } from '../../core/app/workbench.ts'
import { startServer } from '../../server/create-server.ts'
import { wholeNumber } from '../parse-options.ts'
import type { CommandContext } from '../program.ts'

interface ServeFlags {
  readonly port: number
  readonly root: readonly string[]
  readonly state?: string
}

const examples = `
Examples:
  chronolens serve --root /data/satellite
  ssh -L 8410:127.0.0.1:8410 workstation        (on a laptop; then open the address that "serve" shows)

Only this machine is listened to. The address works once and for one browser; a new one is shown as soon as it was used.`

/** `chronolens serve`: the application in a browser. */
export function addServeCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('serve')
    .summary('serve the application to a browser on this machine')
    .description('Serves the application to browsers on this machine, until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes any free one', wholeNumber(0), 8410)
    .option('--root <dir>', 'folder that the browser may read; may be repeated', collectPath, [] as readonly string[])
    .option('--state <dir>', 'folder for settings and new projects; your own data folder when absent')
    .addHelpText('after', examples)
    .action(async ({ port, root, state }: ServeFlags) => {
      const folder = resolve(state ?? defaultStateFolder())
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const workbench = new Workbench(core, {
        version: program.version() ?? '',
        settingsFolder: folder,
        projectsFolder: join(folder, 'projects'),
        samplesFolder: fileURLToPath(new URL('../../../../resources/samples/', import.meta.url)),
      })
      const server = await startServer({
        workbench,
        port,
        roots: root,
        pageFolder: fileURLToPath(new URL('../../../renderer/', import.meta.url)),
        onAddress: (address) => terminal.note(`Open ${address}`),
      })
      if (!server.hasPage) terminal.note('The page was not built; run "npm run build" for it.')
      await untilStopped()
      terminal.note('Stopping; runs leave a checkpoint.')
      await server.close()
      await workbench.close()
    })
}

function defaultStateFolder(): string {
  const { APPDATA, XDG_DATA_HOME } = process.env
  if (process.platform === 'win32') return join(APPDATA ?? homedir(), 'Chronolens server')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Chronolens server')
  return join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'chronolens-server')
}

function collectPath(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

async function untilStopped(): Promise<void> {
  await new Promise<void>((resolvePromise) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolvePromise())
  })
}
