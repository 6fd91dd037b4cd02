import { AppError } from '../../../shared/base/app-error.ts'
import { NodeAvBackend } from './node-av-backend.ts'
import { loadNodeAv } from './node-av-library.ts'
import { ProgramBackend } from './program-backend.ts'
import type { VideoBackend } from './video-backend.ts'

/**
 * The decoder to use: the FFmpeg libraries where there are some for this system, else the ffmpeg programs on the PATH.
 * @throws `video/no-decoder`
 */
export async function chooseBackend(): Promise<VideoBackend> {
  const av = await loadNodeAv()
  if (av) return new NodeAvBackend(av)
  const programs = await ProgramBackend.find()
  if (programs) return programs
  throw new AppError(
    'video/no-decoder',
    'Videos cannot be read on this system: there is no FFmpeg library for it. Install ffmpeg (with ffprobe) so that both can be started by name, and try again.',
  )
}
