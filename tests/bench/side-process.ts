import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { FailureReply, StepReply, StepRequest } from './line-protocol.ts'

/** A program that answers one JSON line per JSON line; one process per case, so that its peak memory is the case's. */
export class SideProcess implements AsyncDisposable {
  private readonly child: ChildProcess
  private readonly lines: Interface
  private readonly exited: Promise<string>
  private errors = ''

  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.lines = createInterface({ input: this.child.stdout! })
    this.child.stderr!.on('data', (chunk: Buffer) => (this.errors = (this.errors + chunk.toString()).slice(-2000)))
    // A killed child closes its pipe; the exit below tells it better than the failed write.
    this.child.stdin!.on('error', () => undefined)
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message))
      this.child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`))
    })
  }

  /** @throws Error with the side's own message when it cannot run the case, or has ended (out of memory) */
  async ask(request: StepRequest): Promise<StepReply> {
    const answered = new Promise<string>((resolve) => this.lines.once('line', resolve))
    this.child.stdin!.write(`${JSON.stringify(request)}\n`)
    const line = await Promise.race([
      answered,
      this.exited.then((reason) => Promise.reject(new Error(this.last(reason)))),
    ])
    // Both sides are our own programs.
    const reply = JSON.parse(line) as StepReply | FailureReply
    if ('error' in reply) throw new Error(reply.error)
    return reply
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin!.end()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 3000)
    await this.exited
    clearTimeout(timer)
    this.lines.close()
  }

  private last(reason: string): string {
    const message = this.errors.trim().split('\n').at(-1)
    return message ? `${reason}: ${message}` : reason
  }
}
