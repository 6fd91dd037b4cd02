import { AppError, toAppError } from '../../../../shared/base/app-error.ts'
import { loadBinding, type LoadedBinding } from './load-binding.ts'
import type { TensorFlowReply, TensorFlowRequest } from './messages.ts'
import { KernelProgram } from './run-kernel-graph.ts'

// Entry of the TensorFlow process: `process-entry.js DIRECTORY`, started by `startTensorFlow` with an IPC channel.

const backendName = 'tensorflow'

function reply(message: TensorFlowReply): void {
  process.send?.(message)
}

function serve({ tf }: Extract<LoadedBinding, { tf: unknown }>): void {
  const programs = new Map<number, KernelProgram>()
  let nextProgram = 1

  const programOf = (id: number): KernelProgram => {
    const program = programs.get(id)
    if (program) return program
    throw new AppError('engine/program-unloaded', `Program ${id} has been unloaded and cannot run.`, { program: id })
  }

  const answer = (request: TensorFlowRequest): TensorFlowReply => {
    switch (request.kind) {
      case 'load': {
        const id = nextProgram++
        programs.set(id, new KernelProgram(tf, backendName, request.graph, request.carried))
        return { kind: 'done', program: id }
      }
      case 'run':
        return { kind: 'done', tensors: programOf(request.program).run(request.feeds, request.fetches) }
      case 'read-state':
        return { kind: 'done', tensors: programOf(request.program).readState() }
      case 'unload':
        programOf(request.program).dispose()
        programs.delete(request.program)
        return { kind: 'done' }
    }
  }

  process.on('message', (request: TensorFlowRequest) => {
    try {
      reply(answer(request))
    } catch (error) {
      reply({ kind: 'failed', error: toAppError(error).toWire() })
    }
  })
}

// The parent is gone, or has closed the channel: nothing is left to do.
process.on('disconnect', () => process.exit(0))

const loaded = loadBinding(process.argv[2] ?? '.')
if ('reason' in loaded) {
  reply({ kind: 'unavailable', reason: loaded.reason })
} else {
  serve(loaded)
  reply({ kind: 'ready', description: loaded.description })
}
