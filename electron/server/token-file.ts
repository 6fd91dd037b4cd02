import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../shared/base/app-error.ts'
import { newSecret } from './access.ts'

/** A token is 32 random bytes as base64url; shorter ones could be guessed. */
const tokenPattern = /^[\w-]{43,256}$/

/**
 * The token of a server, with which programs of its owner may speak to it. It lies in a file that only the owner may read,
 * never on a command line, which everybody on the machine can see. The file is made when it is not there.
 * @throws `server/token-exposed` when others may read it, `server/token-damaged`, `server/token-unreadable`
 */
export async function tokenOf(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'wx', 0o600)
    try {
      const token = newSecret()
      await file.writeFile(`${token}\n`)
      return token
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw unreadable(path, error)
  }
  return readToken(path)
}

/** The token in a file that is there. @throws as `tokenOf` */
export async function readToken(path: string): Promise<string> {
  let text: string
  let mode: number
  try {
    ;({ mode } = await stat(path))
    text = (await readFile(path, 'latin1')).trim()
  } catch (error) {
    throw unreadable(path, error)
  }
  // Windows has no such bits; there the user's own folder keeps others out.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new AppError(
      'server/token-exposed',
      `The token in "${path}" may be read by other users of this machine. Delete the file, so that a new one is made, or "chmod 600" it if nobody has read it.`,
      { path },
    )
  if (tokenPattern.test(text)) return text
  throw new AppError(
    'server/token-damaged',
    `"${path}" holds no token of this program; delete it, and a new one is made.`,
    {
      path,
    },
  )
}

function unreadable(path: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message : String(error)
  return new AppError('server/token-unreadable', `The server's token cannot be kept in "${path}": ${reason}.`, { path })
}
