import { useConnectionStore } from '../stores/connection.ts'
import { FrameCache } from '../viewers/map/frame-cache.ts'
import type { DataPlane } from '../../shared/contracts/data-plane.ts'

// One cache for each connection, shared by all pages with a map: changing the page does not read frames again.
const caches = new WeakMap<DataPlane, FrameCache>()

/** Gives the cache of frames of the present connection. */
export function useFrameCache(): () => FrameCache {
  const connection = useConnectionStore()
  return () => {
    const data = connection.data()
    const known = caches.get(data) ?? new FrameCache(data)
    caches.set(data, known)
    return known
  }
}
