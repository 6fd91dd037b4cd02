import { join } from 'node:path'
import { type Settings, settingsSchema } from '../../../shared/contracts/settings.ts'
import { readJsonFile, writeJsonFile } from '../../store/json-file.ts'

/** What a person has set for all projects, kept in a file of the program's own. */
export class SettingsStore {
  private readonly path: string

  constructor(settingsFolder: string) {
    this.path = join(settingsFolder, 'settings.json')
  }

  /** @throws `store/not-readable` */
  async get(): Promise<Settings> {
    return readJsonFile(this.path, settingsSchema, settingsSchema.parse({}))
  }

  /** Changes what is given. @throws `store/*` */
  async change(part: Partial<Settings>): Promise<Settings> {
    const given = Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined))
    const next = settingsSchema.parse({ ...(await this.get()), ...given })
    await writeJsonFile(this.path, next)
    return next
  }
}
