import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import { type BandRole, findBandRole } from '../../../shared/imaging/band-roles.ts'
import { spectralIndices, type SpectralIndexName } from '../../../shared/imaging/spectral-indices.ts'
import type { ColourMapName } from '../../../shared/imaging/colour-maps.ts'
import type { StretchRange } from '../../../shared/imaging/paint-frame.ts'
import { bandFormula } from '../../../shared/imaging/quantity.ts'
import { type Display, sensorOf } from './display.ts'

/** A way to show a sequence that its bands allow. */
export interface DisplayPreset {
  readonly id: string
  readonly kind: 'composite' | 'index'
  readonly change: Partial<Display>
}

const composites = [
  { id: 'natural', roles: ['red', 'green', 'blue'] },
  { id: 'vegetation', roles: ['nir', 'red', 'green'] },
  { id: 'vegetation', roles: ['nir', 'red', 'blue'] },
  { id: 'agriculture', roles: ['swir1', 'nir', 'blue'] },
  { id: 'agriculture', roles: ['swir2', 'nir', 'blue'] },
] as const satisfies readonly { id: string; roles: readonly [BandRole, BandRole, BandRole] }[]

const indices: readonly { name: SpectralIndexName; range: StretchRange; colourMap: ColourMapName }[] = [
  { name: 'ndvi', range: { low: 0, high: 0.9 }, colourMap: 'yellow-green' },
  { name: 'evi', range: { low: 0, high: 0.8 }, colourMap: 'yellow-green' },
  { name: 'savi', range: { low: 0, high: 0.8 }, colourMap: 'yellow-green' },
  { name: 'ndwi', range: { low: -0.6, high: 0.6 }, colourMap: 'brown-green' },
  { name: 'ndwi-gao', range: { low: -0.3, high: 0.6 }, colourMap: 'yellow-blue' },
  { name: 'mndwi', range: { low: -0.6, high: 0.6 }, colourMap: 'brown-green' },
  { name: 'nbr', range: { low: -0.5, high: 0.9 }, colourMap: 'orange-purple' },
]

/** Band combinations and indices that the bands of a sequence allow. */
export function displayPresets(sequence: OpenSequence): DisplayPreset[] {
  const { bands } = sequence.info
  const sensor = sensorOf(sequence)
  const found: DisplayPreset[] = []
  for (const { id, roles } of composites) {
    const places = roles.map((role) => rolePlace(sequence, role))
    const [red, green, blue] = places
    if (red == null || green == null || blue == null || found.some((one) => one.id === id)) continue
    found.push({ id, kind: 'composite', change: { mode: 'composite', bands: [red, green, blue] } })
  }
  for (const { name, range, colourMap } of indices) {
    const { formula, needsReflectance } = spectralIndices[name]
    try {
      const made = scaled(formula, needsReflectance ? reflectanceScale(sequence) : 1)
      bandFormula(made, bands, sensor)
      const change = { mode: 'index', formula: made, indexRange: range, colourMap } as const
      found.push({ id: name, kind: 'index', change })
    } catch {
      // A band it needs is not there.
    }
  }
  return found
}

/** Bands named plainly `swir` are taken for the first of the two. */
function rolePlace({ info, ...rest }: OpenSequence, role: BandRole): number | null {
  const place = findBandRole(info.bands, role, sensorOf({ info, ...rest }))
  if (place !== null || role !== 'swir1') return place
  const plain = info.bands.findIndex((band) => band.toLowerCase() === 'swir')
  return plain >= 0 ? plain : null
}

/** What reflectance is multiplied by in the data: products store 0-1, or ten thousand times that. */
function reflectanceScale({ statistics }: OpenSequence): number {
  const largest = Math.max(...statistics.map(({ high }) => (high !== null && Number.isFinite(high) ? high : 0)))
  return largest > 30 ? 10_000 : 1
}

/** A formula whose constants assume reflectance from 0 to 1, for bands that hold a multiple of it. */
function scaled(formula: string, by: number): string {
  if (by === 1) return formula
  return formula.replace(/\b(nir|red|blue|green|swir1|swir2)\b/g, `($1 / ${by})`)
}
