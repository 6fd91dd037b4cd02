import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { AbortError } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'

/** The protocols that the programs may use: nothing in a file makes them open another one, or the network. */
const guards = ['-v', 'error', '-nostdin', '-protocol_whitelist', 'file,pipe']

/** Whether both programs can be started by name. */
export async function hasFfmpegPrograms(): Promise<boolean> {
  const starts = await Promise.all(['ffmpeg', 'ffprobe'].map((name) => answers(name)))
  return starts.every(Boolean)
}

async function answers(name: string): Promise<boolean> {
  const child = spawn(name, ['-version'], { stdio: 'ignore' })
  return new Promise((done) => {
    child.once('error', () => done(false))
    child.once('exit', (code) => done(code === 0))
  })
}

/** Runs ffprobe on a file; gives its lines one by one, so that a long list is never held as text. @throws `AbortError` */
export async function* probeLines(
  path: string,
  input: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const child = spawn('ffprobe', [...guards.filter((part) => part !== '-nostdin'), ...input, `file:${resolve(path)}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const stop = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', stop, { once: true })
  try {
    let rest = ''
    for await (const chunk of child.stdout) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (rest !== '') yield rest
    if (signal?.aborted) throw new AbortError()
  } finally {
    signal?.removeEventListener('abort', stop)
    child.kill('SIGKILL')
  }
}

/** Frames of one size that come from a running ffmpeg, one after the other. */
export class FrameStream {
  private readonly child: ChildProcess
  private readonly chunks: AsyncIterator<unknown>
  private readonly frameBytes: number
  private waiting = Buffer.alloc(0)

  /**
   * @param seconds where to begin, on the file's own clock; null at the beginning
   * @param frameBytes bytes of a frame in `pixelFormat`
   */
  constructor(path: string, seconds: number | null, pixelFormat: string, frameBytes: number) {
    const start = seconds === null ? [] : ['-ss', seconds.toFixed(6)]
    const output = ['-map', '0:v:0', '-vsync', 'passthrough', '-f', 'rawvideo', '-pix_fmt', pixelFormat, 'pipe:1']
    this.child = spawn('ffmpeg', [...guards, ...start, '-i', `file:${resolve(path)}`, ...output], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.frameBytes = frameBytes
    const { stdout } = this.child
    if (!stdout) throw new AppError('video/no-decoder', 'ffmpeg could not be started.')
    this.chunks = stdout[Symbol.asyncIterator]()
  }

  /** The next frame; null at the end. */
  async next(): Promise<Buffer | null> {
    const parts: Buffer[] = [this.waiting]
    let length = this.waiting.length
    while (length < this.frameBytes) {
      const chunk = await this.chunks.next()
      const bytes: unknown = chunk.value
      if (chunk.done === true || !Buffer.isBuffer(bytes)) return null
      parts.push(bytes)
      length += bytes.length
    }
    const all = Buffer.concat(parts, length)
    this.waiting = all.subarray(this.frameBytes)
    return all.subarray(0, this.frameBytes)
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}
