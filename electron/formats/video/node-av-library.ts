import type * as NodeAvConstants from 'node-av/constants'
import type * as NodeAvLibrary from 'node-av/lib'

/** The FFmpeg libraries, as the package node-av binds them. */
export type NodeAv = typeof NodeAvLibrary & typeof NodeAvConstants

/** Loads the FFmpeg libraries (0.4 s the first time); null where the package has no binary for this system. */
export async function loadNodeAv(): Promise<NodeAv | null> {
  try {
    const [library, constants] = await Promise.all([import('node-av/lib'), import('node-av/constants')])
    // FFmpeg writes its remarks about damaged files to the standard error stream, past everything that filters logs.
    library.Log.setLevel(constants.AV_LOG_QUIET)
    return { ...library, ...constants }
  } catch {
    return null
  }
}
