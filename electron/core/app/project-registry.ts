import { realpath } from 'node:fs/promises'
import { OpenProject } from './open-project.ts'

/** The projects this process has open; two windows on one folder share one. */
export class ProjectRegistry {
  private readonly byFolder = new Map<string, Promise<OpenProject>>()

  /** Opens a project folder, or joins those who have it open. The caller releases it once. @throws as `OpenProject.open` */
  async open(folder: string, mayWrite: boolean): Promise<OpenProject> {
    const key = `${mayWrite ? 'write' : 'read'} ${await realpath(folder).catch(() => folder)}`
    const known = this.byFolder.get(key)
    if (known) return (await known).retain()
    const opening = OpenProject.open(folder, { mayWrite, onClosed: () => this.byFolder.delete(key) })
    this.byFolder.set(key, opening)
    try {
      return await opening
    } catch (error) {
      this.byFolder.delete(key)
      throw error
    }
  }
}
