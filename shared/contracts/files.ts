import { z } from 'zod'
import { sequenceKindSchema } from '../domain/sequence.ts'
import { idSchema, procedure } from './wire.ts'

/** The right to read (or write) one folder or file, given by the user; the page never sees or sends a path. */
export const grantSchema = z.object({
  id: idSchema,
  /** Last part of the path, for display. */
  name: z.string(),
  kind: z.enum(['folder', 'file']),
  access: z.enum(['read', 'write']),
  /** Whether it is a folder that holds a project, for `projects.open`. */
  isProject: z.boolean(),
})
/** The right to read (or write) one folder or file. */
export type Grant = z.infer<typeof grantSchema>

/** Several grants at once, for one thing that consists of several files. */
export const grantIdsSchema = z.array(idSchema).min(1).max(1000)

/** One thing in a folder that is being browsed. */
export const folderEntrySchema = z.object({
  grant: grantSchema,
  /** Bytes of a file; null for folders. */
  bytes: z.number().int().nonnegative().nullable(),
})
/** One thing in a folder that is being browsed. */
export type FolderEntry = z.infer<typeof folderEntrySchema>

/** What a folder holds, folders first, by name; hidden files are left out. */
export const folderListingSchema = z.object({
  folder: grantSchema,
  /** The folder above it, as long as that may be read too. */
  parent: grantSchema.nullable(),
  entries: z.array(folderEntrySchema),
  /** Entries that were left out because there are too many. */
  more: z.number().int().nonnegative(),
})
/** What a folder holds. */
export type FolderListing = z.infer<typeof folderListingSchema>

/** Data that come with the program, for a first try. */
export const sampleSchema = z.object({ id: z.string(), kind: sequenceKindSchema, data: grantSchema })
/** Data that come with the program. */
export type Sample = z.infer<typeof sampleSchema>

/** Contract of the service that hands out grants. */
export const filesContract = {
  /** Asks the user with the system's dialog; empty when it was closed. @throws `files/no-dialog` on the server */
  pick: procedure
    .input(z.object({ purpose: z.enum(['data', 'data-files', 'project', 'label-file', 'model', 'network']) }))
    .output(z.array(grantSchema)),
  /** Folders the server was started with (`--root`); empty in Electron. */
  roots: procedure.output(z.array(grantSchema)),
  /** What is in a granted folder. @throws `files/unknown-grant`, `files/not-readable`, `files/outside` */
  browse: procedure.input(z.object({ folder: idSchema })).output(folderListingSchema),
  samples: procedure.output(z.array(sampleSchema)),
  /** What was given on the command line (or by the system) to be opened; each is told once. */
  given: procedure.output(z.array(grantSchema)),
}
