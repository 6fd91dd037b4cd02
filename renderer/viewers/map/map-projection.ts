import { Projection, get as getProjection } from 'ol/proj.js'
import { register } from 'ol/proj/proj4.js'
import proj4 from 'proj4'
import { createProjector, type Projector } from '../../../shared/domain/geo-grid.ts'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'

/** The projection a sequence is drawn in (its own), and the way from there to longitude and latitude. */
export interface MapProjection {
  readonly projection: Projection
  /** Null when the sequence lies nowhere on Earth, or in a projection nobody can compute with. */
  readonly projector: Projector | null
}

/** Registers a sequence's projection with the map; a picture without one is drawn in its own pixels. */
export function mapProjection({ info, projection, extent }: OpenSequence): MapProjection {
  const definition = projection ?? info.crs
  if (info.crs !== null && definition !== null) {
    try {
      const projector = createProjector(definition)
      const code = /^EPSG:\d+$/.test(info.crs) ? info.crs : `sequence:${info.crs}`
      if (projection !== null || code !== info.crs) proj4.defs(code, definition)
      register(proj4)
      const known = getProjection(code)
      if (known) return { projection: known, projector }
      return { projection: local(extent), projector }
    } catch {
      // Not computable: the picture is still shown in its own map units.
    }
  }
  return { projection: local(extent), projector: null }
}

function local(extent: OpenSequence['extent']): Projection {
  return new Projection({ code: 'sequence:local', units: 'm', ...(extent ? { extent } : {}) })
}
