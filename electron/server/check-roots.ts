import { realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { AppError } from '../../shared/base/app-error.ts'
import { isWithin } from '../core/app/grants.ts'

/**
 * The folders a server may show, with links followed. A folder that holds the program's own files (settings, projects of
 * everybody), or the whole home folder, is refused: it would show more than anybody means to.
 * @throws `server/root-refused`
 */
export async function checkRoots(roots: readonly string[], privateFolder: string): Promise<string[]> {
  const own = await realpath(privateFolder).catch(() => privateFolder)
  const home = await realpath(homedir()).catch(() => homedir())
  return Promise.all(
    roots.map(async (root) => {
      const refuse = (why: string): AppError =>
        new AppError('server/root-refused', `"${root}" cannot be served: ${why}.`, { root })
      const real = await realpath(root).catch(() => null)
      if (real === null || !(await stat(real)).isDirectory()) throw refuse('there is no such folder')
      if (isWithin(home, real)) throw refuse('it holds your home folder; name the folder with the data')
      if (isWithin(own, real) || isWithin(real, own)) throw refuse("it holds the program's own settings")
      return real
    }),
  )
}
