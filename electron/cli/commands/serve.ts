import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { AppError } from '../../../shared/base/app-error.ts'
import { listSessions, revokeSession } from '../../server/owner-door.ts'
import { readToken, tokenOf } from '../../server/token-file.ts'
import { wholeNumber } from '../parse-options.ts'
import { formatSeconds } from '../progress-display.ts'
import type { CommandContext } from '../program.ts'

interface ServeFlags {
  readonly host?: string
  readonly port: number
  readonly name: readonly string[]
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly iUseAProxy?: true
  readonly tokenFile?: string
  readonly idleStop?: number
  readonly root: readonly string[]
  readonly state?: string
  readonly list?: true
  readonly revoke?: string
}

const examples = `
Examples:
  chronolens serve --root /data/satellite
  ssh -L 8410:127.0.0.1:8410 workstation        (on a laptop; then open the address that "serve" shows)
  chronolens serve --list

Without --host only this machine is listened to. The address works once and for one browser; a new one is shown as soon as it
was used. Programs send the token of the token file as "Authorization: Bearer <token>". See docs/server.md.`

/** `chronolens serve`: the application in a browser. */
export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .summary('serve the application to a browser on this machine')
    .description('Serves the application to browsers, until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes any free one', wholeNumber(0), 8410)
    .option('--root <dir>', 'folder that the browser may read; may be repeated', collectPath, [] as readonly string[])
    .option('--state <dir>', 'folder for settings and new projects; your own data folder when absent')
    .option('--host <address>', 'address to listen on instead of this machine only; needs TLS, or --i-use-a-proxy')
    .option(
      '--name <host>',
      'name by which the server is reached; may be repeated',
      collectPath,
      [] as readonly string[],
    )
    .option('--tls-cert <file>', 'certificate chain (PEM)')
    .option('--tls-key <file>', 'private key of the certificate (PEM)')
    .option('--i-use-a-proxy', 'state that a proxy with TLS stands in front')
    .option('--token-file <file>', 'file with the token for programs; made when it is not there')
    .option('--idle-stop <hours>', 'stop when nobody was here and no job ran for so long', wholeNumber(1))
    .option('--list', 'list the sessions of running servers')
    .option('--revoke <id>', 'end a session of a running server')
    .option('--json', 'with --list: print one JSON document')
    .addHelpText('after', examples)
    .action(async (flags: ServeFlags) => {
      const folder = resolve(flags.state ?? defaultStateFolder())
      const tokenFile = resolve(flags.tokenFile ?? join(folder, 'server-token'))
      if (flags.list || flags.revoke !== undefined) return manage(folder, tokenFile, flags.revoke, context)
      await serve(folder, tokenFile, flags, program.version() ?? '', context)
    })
}

async function serve(
  folder: string,
  tokenFile: string,
  flags: ServeFlags,
  version: string,
  { core, terminal }: CommandContext,
): Promise<void> {
  // Only here: what serves a page is half of all there is to load, and every other command starts without it.
  const [{ Workbench }, { startServer }] = await Promise.all([
    import('../../core/app/workbench.ts'),
    import('../../server/create-server.ts'),
    mkdir(folder, { recursive: true, mode: 0o700 }),
  ])
  const workbench = new Workbench(core, {
    version,
    settingsFolder: folder,
    projectsFolder: join(folder, 'projects'),
    samplesFolder: fileURLToPath(new URL('../../../../resources/samples/', import.meta.url)),
  })
  const { stopped, stop } = untilStopped()
  const server = await startServer({
    workbench,
    host: flags.host,
    port: flags.port,
    names: flags.name,
    tls: await readCertificate(flags),
    isBehindProxy: flags.iUseAProxy ?? false,
    token: await tokenOf(tokenFile),
    roots: flags.root,
    pageFolder: fileURLToPath(new URL('../../../renderer/', import.meta.url)),
    onAddress: (address) => terminal.note(`Open ${address}`),
    idleMs: flags.idleStop === undefined ? undefined : flags.idleStop * 3_600_000,
    onIdle: () => {
      terminal.note(`Nobody was here for ${flags.idleStop} h.`)
      stop()
    },
  })
  if (!server.hasPage) terminal.note('The page was not built; run "npm run build" for it.')
  if (!server.isListed) terminal.note(`"${folder}" takes no socket; "serve --list" will not find this server.`)
  await stopped
  terminal.note('Stopping; runs leave a checkpoint.')
  await server.close()
  await workbench.close()
}

async function manage(
  folder: string,
  tokenFile: string,
  revoke: string | undefined,
  { terminal }: CommandContext,
): Promise<void> {
  const token = await readToken(tokenFile)
  if (revoke !== undefined) {
    await revokeSession(folder, token, revoke)
    return terminal.result({ revoked: revoke }, `Session ${revoke} has ended.`)
  }
  const servers = await listSessions(folder, token)
  const lines = servers.flatMap(({ port, sessions }) => [
    `Port ${port}: ${sessions.length} session${sessions.length === 1 ? '' : 's'}`,
    ...sessions.map(
      ({ id, kind, startedAt, connections, idleSeconds }) =>
        `  ${id}  ${kind.padEnd(7)}  since ${startedAt}, ${connections > 0 ? `${connections} open` : `idle for ${formatSeconds(idleSeconds)}`}`,
    ),
  ])
  terminal.result({ servers }, lines.join('\n'))
}

async function readCertificate({ tlsCert, tlsKey }: ServeFlags): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new AppError('usage/half-a-certificate', '--tls-cert and --tls-key belong together; give both.')
  const read = (path: string): Promise<Buffer> =>
    readFile(path).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      throw new AppError('server/bad-certificate', `"${path}" could not be read: ${reason}.`, { path })
    })
  return { cert: await read(tlsCert), key: await read(tlsKey) }
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

function untilStopped(): { stopped: Promise<void>; stop: () => void } {
  let stop = (): void => undefined
  const stopped = new Promise<void>((resolvePromise) => {
    stop = resolvePromise
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolvePromise())
  })
  return { stopped, stop }
}
