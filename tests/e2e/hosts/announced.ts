import type { ChildProcess } from 'node:child_process'

/** The first match in what a program writes to its error output. All the rest is read too, so that it never waits for a reader. */
export function announced(program: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    program.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const match = pattern.exec(said)?.[1]
      if (match !== undefined) resolve(match)
    })
    program.once('exit', () => reject(new Error(`The program ended before it could be driven: ${said}`)))
  })
}
