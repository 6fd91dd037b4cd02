import { isAbortError } from '../../../shared/base/abort.ts'
import { toAppError } from '../../../shared/base/app-error.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { FitEpoch } from '../../engine/fit.ts'
import type { RunLogLine } from '../../../shared/domain/run-log.ts'
import { appendRunLog } from '../../store/run-log.ts'

/** Writes down what happens in a training, line by line, in its model folder. */
export interface RunLog {
  began(isResumed: boolean, model: string, device: string): Promise<void>
  found(samples: Readonly<Record<Subset, number>>, classes: number, remarks: readonly Remark[]): Promise<void>
  epoch(epoch: FitEpoch): Promise<void>
  /** Does the work, and writes down how it ended. */
  around<Result>(work: () => Promise<Result>): Promise<Result>
}

const short = (value: number): string => value.toPrecision(4)
const megabytes = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)

type Line = Omit<RunLogLine, 'at'>

/** The log of one training. It is begun when the data were read, so that wrong ones leave nothing behind. */
export function runLog(folder: string): RunLog {
  let waiting: Line[] | null = []
  const write = async (line: Line): Promise<void> => {
    const lines = [...(waiting ?? []), line]
    waiting = null
    for (const each of lines) await appendRunLog(folder, each)
  }
  return {
    began: (isResumed, model, device) => {
      waiting?.push(
        isResumed
          ? { kind: 'resume', text: 'Goes on from the last checkpoint.' }
          : { kind: 'start', text: `Training of ${model} begins.`, details: { model } },
        { kind: 'device', text: `Computes on ${device}.`, details: { device } },
      )
      return Promise.resolve()
    },
    found: async (samples, classes, remarks) => {
      const { train, validation, test } = samples
      await write({
        kind: 'data',
        text: `${train} samples to learn from, ${validation} to validate, ${test} to test, ${classes} classes.`,
        details: { train, validation, test, classes },
      })
      for (const { code, message, details } of remarks) await write({ kind: 'remark', text: message, code, details })
    },
    epoch: async ({ epoch, loss, validation, metrics, gradientNorm, seconds }) => {
      const plain = metrics.crossEntropy ?? loss
      const validated = validation ? `, validation loss ${short(validation.loss)}` : ''
      await write({
        kind: 'epoch',
        text: `Epoch ${epoch}: loss ${short(plain)}${validated}, gradient ${short(gradientNorm)}, ${seconds.toFixed(2)} s, ${megabytes()} MB.`,
        details: {
          epoch,
          loss: short(plain),
          validationLoss: validation ? short(validation.loss) : '–',
          gradient: short(gradientNorm),
          seconds: seconds.toFixed(2),
          megabytes: megabytes(),
        },
      })
    },
    around: async (work) => {
      try {
        const result = await work()
        await write({ kind: 'end', text: 'Finished; the model is written.' })
        return result
      } catch (error) {
        if (waiting !== null) throw error
        if (isAbortError(error))
          await write({ kind: 'stop', text: 'Stopped; a checkpoint is kept.' }).catch(() => undefined)
        else {
          const { code, message, details } = toAppError(error)
          // A full disk must not hide what went wrong first.
          await write({ kind: 'fail', text: message, code, details }).catch(() => undefined)
        }
        throw error
      }
    },
  }
}
