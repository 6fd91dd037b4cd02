import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * The files and folders a command line names: what exists and is no option. Chromium's and our own switches start with a dash.
 * @param argv       the command line, the program first
 * @param appFolder  the application itself, which is on the command line too while developing, after any switches
 */
export function givenPaths(argv: readonly string[], workingFolder: string, appFolder: string): string[] {
  return argv
    .slice(1)
    .filter((arg) => arg !== '' && !arg.startsWith('-'))
    .map((arg) => resolve(workingFolder, arg))
    .filter((path) => path !== resolve(appFolder) && existsSync(path))
}
