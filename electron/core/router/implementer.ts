import { ORPCError } from '@orpc/client'
import { implement } from '@orpc/server'
import { isAbortError } from '../../../shared/base/abort.ts'
import { AppError, toAppError } from '../../../shared/base/app-error.ts'
import { contract } from '../../../shared/contracts/contract.ts'
import type { Session } from '../app/session.ts'
import type { Workbench } from '../app/workbench.ts'

/** What every procedure gets: the program, and the client that calls. */
export interface RouterContext {
  readonly workbench: Workbench
  readonly session: Session
  /** Work of one connection that is going on; the connection's own, made with it. */
  readonly load: ConnectionLoad
}

/** How much one connection asks for at the same time. */
export interface ConnectionLoad {
  calls: number
  watches: number
}

/** Calls, and iterators, that one connection may have going on. */
export const connectionLimits = { calls: 128, watches: 64 } as const

const base = implement(contract).$context<RouterContext>()

/**
 * Starts the implementation of every procedure: whatever it throws reaches the page as the contract's `APP_ERROR`, except
 * cancelling, and answers of the protocol itself.
 */
export const implementer = base.use(async ({ next, context: { load, session, workbench } }) => {
  if (load.calls >= connectionLimits.calls) throw toRpcError(tooBusy(connectionLimits.calls, 'calls'))
  load.calls++
  try {
    return await workbench.core.jobs.as(session, () => next())
  } catch (error) {
    throw toRpcError(error)
  } finally {
    load.calls--
  }
})

function tooBusy(limit: number, what: string): AppError {
  return new AppError('rpc/too-busy', `More than ${limit} ${what} are going on; wait for some to end.`, { limit })
}

/** The form in which an error crosses to the page. */
export function toRpcError(error: unknown): unknown {
  if (error instanceof ORPCError) return error
  // Nobody waits for an answer that was cancelled; a cancelled job is told by the job.
  const known = isAbortError(error) ? new AppError('job/cancelled', 'Cancelled.') : toAppError(error)
  const { message } = known
  return new ORPCError('APP_ERROR', { status: 422, defined: true, message, data: known.toWire(), cause: error })
}

/** Lets an iterator fail in the same form, and counts it: middleware ends before it is read. @throws `rpc/too-busy` */
export async function* watched<T>(load: ConnectionLoad, events: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  if (load.watches >= connectionLimits.watches) throw toRpcError(tooBusy(connectionLimits.watches, 'watches'))
  load.watches++
  try {
    yield* events
  } catch (error) {
    throw toRpcError(error)
  } finally {
    load.watches--
  }
}
