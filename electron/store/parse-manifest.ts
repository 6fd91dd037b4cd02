import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'

/** What tells the manifests of one kind of folder from others. */
export interface ManifestKind<Schema extends z.ZodType> {
  /** The codes of its errors. */
  readonly damaged: 'model/damaged' | 'project/damaged'
  readonly newer: 'model/newer-version' | 'project/newer-version'
  /** What stands in its field `format`. */
  readonly format: string
  /** What it describes, as half a sentence: "a Chronolens model". */
  readonly what: string
  /** What to do about a damaged one. */
  readonly remedy: string
  readonly maximumBytes: number
  readonly schema: Schema
}

/** The manifest in the bytes of a file, version 1. @throws the codes of its kind */
export function parseManifest<Schema extends z.ZodType>(
  text: Buffer,
  path: string,
  kind: ManifestKind<Schema>,
): z.infer<Schema> {
  const { what, remedy } = kind
  const damaged = (how: string): AppError =>
    new AppError(kind.damaged, `"${path}" is damaged: ${how}. ${remedy}`, { path })
  if (text.length > kind.maximumBytes) throw damaged(`it is too large to describe ${what}`)
  let json: unknown
  try {
    json = JSON.parse(text.toString('utf8'))
  } catch {
    throw damaged('it is not JSON')
  }
  const header = z.object({ format: z.literal(kind.format), version: z.number() }).safeParse(json)
  if (!header.success) throw damaged(`it does not describe ${what}`)
  const { version } = header.data
  if (version !== 1)
    throw new AppError(
      kind.newer,
      `"${path}" has format version ${version}, and this program reads version 1. Update the program.`,
      { path, version },
    )
  const manifest = kind.schema.safeParse(json)
  if (manifest.success) return manifest.data
  const issue = manifest.error.issues[0]
  throw damaged(`${issue?.path.join('.') || 'its content'}: ${issue?.message ?? 'not as expected'}`)
}
