import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { taskIdSchema } from '../../../shared/domain/run.ts'
import { sequenceKindSchema } from '../../../shared/domain/sequence.ts'
import { readJsonFile, writeJsonFile } from '../../store/json-file.ts'
import { projectFileName } from '../../store/project-folder.ts'

const entrySchema = z.object({
  path: z.string(),
  name: z.string(),
  task: taskIdSchema.nullable().catch(null),
  kinds: z.array(sequenceKindSchema).catch([]),
  openedAt: z.string(),
})
/** A project that was open before. */
export type RecentEntry = z.infer<typeof entrySchema>
const listSchema = z.array(entrySchema)
const kept = 30

/** The list of projects that were open before, the latest first; kept in a file of the program's own. */
export class RecentProjects {
  private readonly path: string
  private writing: Promise<unknown> = Promise.resolve()

  constructor(settingsFolder: string) {
    this.path = join(settingsFolder, 'recent-projects.json')
  }

  async list(): Promise<(RecentEntry & { readonly exists: boolean })[]> {
    const entries = await readJsonFile(this.path, listSchema, [])
    return Promise.all(
      entries.map(async (entry) => ({
        ...entry,
        exists: await stat(join(entry.path, projectFileName)).then(
          (found) => found.isFile(),
          () => false,
        ),
      })),
    )
  }

  /** Puts a project at the head of the list. @throws `store/*` */
  async add(entry: RecentEntry): Promise<void> {
    await this.change((entries) => [entry, ...entries.filter(({ path }) => path !== entry.path)].slice(0, kept))
  }

  /** Takes a project off the list. @throws `store/*` */
  async remove(path: string): Promise<void> {
    await this.change((entries) => entries.filter((entry) => entry.path !== path))
  }

  private async change(edit: (entries: RecentEntry[]) => RecentEntry[]): Promise<void> {
    const turn = this.writing.then(async () =>
      writeJsonFile(this.path, edit(await readJsonFile(this.path, listSchema, []))),
    )
    this.writing = turn.catch(() => undefined)
    await turn
  }
}
