import { z } from 'zod'
import type { AppErrorWire } from '../../shared/base/app-error.ts'
import { grantSchema, type Grant } from '../../shared/contracts/files.ts'

// What main and the core's process say to each other. Ports travel beside a message: `connect` carries the page's two,
// `compute-started` the one to the compute process.

/** What the core is told when it starts. */
export const coreStartSchema = z.object({
  type: z.literal('start'),
  version: z.string(),
  /** Folder of the program's settings and recent projects. */
  settingsFolder: z.string(),
  /** Folder in which new projects are made. */
  projectsFolder: z.string(),
  samplesFolder: z.string(),
})
/** What the core is told when it starts. */
export type CoreStart = z.infer<typeof coreStartSchema>

const requestId = z.int().nonnegative()
/** Main's number of the window's contents: each has a session of its own. */
const page = z.int().nonnegative()
const computeId = z.int().nonnegative()

/** Messages to the core. */
export const toCoreSchema = z.discriminatedUnion('type', [
  coreStartSchema,
  z.object({ type: z.literal('connect'), page }),
  /** Asks for grants; answered by `granted`. */
  z.object({ type: z.literal('grant'), page, requestId, paths: z.array(z.string()) }),
  /** Answers `pick`. */
  z.object({ type: z.literal('picked'), requestId, paths: z.array(z.string()) }),
  /** Paths from the command line, or from a second start of the program. */
  z.object({ type: z.literal('given'), paths: z.array(z.string()) }),
  z.object({ type: z.literal('compute-started'), computeId, pid: z.int().optional() }),
  z.object({ type: z.literal('compute-ended'), computeId, code: z.int().nullable(), log: z.string() }),
  /** Asks the core to cancel its jobs and end. */
  z.object({ type: z.literal('close') }),
])
/** Messages to the core. */
export type ToCore = z.infer<typeof toCoreSchema>

/** Messages from the core. */
export const fromCoreSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('granted'), requestId, grants: z.array(grantSchema) }),
  z.object({
    type: z.literal('refused'),
    requestId,
    error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) }),
  }),
  /** Asks the user with the system's dialog; answered by `picked`. */
  z.object({
    type: z.literal('pick'),
    requestId,
    purpose: z.enum(['data', 'data-files', 'project', 'label-file', 'model', 'network']),
  }),
  z.object({
    type: z.literal('start-compute'),
    computeId,
    entry: z.enum(['compute', 'reader']),
    heapLimitBytes: z.number().positive().optional(),
  }),
  z.object({ type: z.literal('kill-compute'), computeId }),
  /** How many jobs run now, for the question whether the program may end. */
  z.object({ type: z.literal('busy'), jobs: z.int().nonnegative() }),
])
/** Messages from the core. */
export type FromCore = z.infer<typeof fromCoreSchema>

/** What the user is asked to choose. */
export type PickPurpose = Extract<FromCore, { type: 'pick' }>['purpose']
/** Grants, or why there are none. */
export type GrantAnswer = { readonly grants: readonly Grant[] } | { readonly error: AppErrorWire }
