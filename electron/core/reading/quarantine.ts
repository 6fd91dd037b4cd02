import { AppError } from '../../../shared/base/app-error.ts'
import type { ReadAsk } from '../../compute/reading/read-protocol.ts'

const fatalCodes: ReadonlySet<string> = new Set(['compute/crashed', 'compute/deadline', 'compute/out-of-memory'])

/** Whether an error means that the process which read has ended, or had to be ended. */
export function isFatal(error: unknown): error is AppError {
  return error instanceof AppError && fatalCodes.has(error.code)
}

/** The frames that a question touches. */
export function framesOf(ask: ReadAsk): readonly number[] {
  if (ask.kind === 'view' || ask.kind === 'picture') return [ask.read.frame]
  return ask.kind === 'block' ? ask.request.frames : []
}

/**
 * Which frames of one sequence have ended the process that read them. Whatever was being read at that moment is suspected, and
 * is read by itself the next time; what ends a process then is not read any more, so that the rest can be.
 */
export class Quarantine {
  private readonly name: string
  private readonly suspects = new Set<number>()
  private readonly shut = new Map<number, string>()

  /** @param name  of the sequence, as it is shown */
  constructor(name: string) {
    this.name = name
  }

  /** @throws `sequence/frame-shut` when one of the frames is not read any more */
  check(frames: readonly number[]): void {
    const frame = frames.find((candidate) => this.shut.has(candidate))
    if (frame !== undefined) throw this.error(frame)
  }

  suspect(frames: readonly number[]): void {
    for (const frame of frames) this.suspects.add(frame)
  }

  /** The frames that must be read by themselves first. */
  suspectsIn(frames: readonly number[]): readonly number[] {
    return frames.filter((frame) => this.suspects.has(frame))
  }

  /** The frame was read by itself, and nothing happened. */
  clear(frame: number): void {
    this.suspects.delete(frame)
  }

  /** The frame has ended a process in which nothing else was read. @returns the error to report */
  close(frame: number, cause: AppError): AppError {
    this.suspects.delete(frame)
    this.shut.set(frame, cause.code)
    return this.error(frame)
  }

  private error(frame: number): AppError {
    const how = this.shut.get(frame) ?? 'compute/crashed'
    const what =
      how === 'compute/deadline'
        ? 'gave no answer'
        : how === 'compute/out-of-memory'
          ? 'took too much memory'
          : 'ended the process that reads files'
    return new AppError(
      'sequence/frame-shut',
      `Frame ${frame + 1} of "${this.name}" ${what} twice, so it is left out; the other frames can be read. The file is probably damaged: get it again from where it came, and open it anew.`,
      { frame: frame + 1, name: this.name, cause: how },
    )
  }
}
