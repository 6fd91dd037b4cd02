import type { VideoDescription } from './video-backend.ts'

const mostKept = 5000

/**
 * What was found in files that were looked at before, by path, size and time of change: opening one clip of a folder looks
 * at the whole folder again.
 */
export class DescriptionCache {
  private readonly kept = new Map<string, VideoDescription>()

  async get(key: string, find: () => Promise<VideoDescription>): Promise<VideoDescription> {
    const known = this.kept.get(key)
    if (known) return known
    const found = await find()
    this.kept.set(key, found)
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= mostKept) break
      this.kept.delete(oldest)
    }
    return found
  }
}
