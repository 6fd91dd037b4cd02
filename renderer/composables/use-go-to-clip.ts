import { useRouter } from 'vue-router'
import type { ClipPlace } from '../../shared/domain/test-samples.ts'
import { useLookStore } from '../stores/look.ts'
import { sequenceKey, useSequencesStore } from '../stores/sequences.ts'
import { useVideoStore } from '../viewers/video/video-store.ts'

/** Gives the function that opens the Look page at the first frame of a clip, with the clip as the part that is played. */
export function useGoToClip(): (data: string, clip: ClipPlace) => Promise<void> {
  const router = useRouter()
  const look = useLookStore()
  const sequences = useSequencesStore()
  const video = useVideoStore()
  return async (data, { sequence, from, to }) => {
    const key = sequenceKey(data, sequence)
    if (sequences.list.length === 0) await sequences.load()
    if (look.key !== key || !look.sequence) await look.choose(key)
    look.goTo(from)
    video.loopRange = from === 0 && to >= look.frames ? null : { from, to: Math.min(to, look.frames) - 1 }
    await router.push('/look')
  }
}
