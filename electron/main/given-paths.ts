import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * The files and folders a command line names: what exists and is no option. Chromium's and our own switches start with a dash.
 * @param args  arguments after the program (and after the application's folder while developing)
 */
export function givenPaths(args: readonly string[], workingFolder: string): string[] {
  return args
    .filter((arg) => arg !== '' && !arg.startsWith('-'))
    .map((arg) => resolve(workingFolder, arg))
    .filter((path) => existsSync(path))
}
