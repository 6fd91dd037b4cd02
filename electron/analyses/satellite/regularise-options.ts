import { z } from 'zod'

const methodSchema = z.enum(['auto', 'nearest', 'bilinear', 'average'])

/** How scenes of different footprint, resolution and projection are put on one grid. */
export const regulariseOptionsSchema = z
  .object({
    /** Projection of the result, as `EPSG:n` or PROJ string; null takes the one most scenes have. */
    crs: z.string().min(1).nullable().default(null),
    resolution: z.union([z.enum(['finest', 'coarsest']), z.number().positive()]).default('finest'),
    /** The ground all scenes cover together, the ground they share, or [minX, minY, maxX, maxY] in map units. */
    extent: z
      .union([z.enum(['union', 'intersection']), z.tuple([z.number(), z.number(), z.number(), z.number()])])
      .default('union'),
    /** The bands to take, in this order; null takes all. Bands left out do not decide on the resolution. */
    bands: z.array(z.string().min(1)).min(1).nullable().default(null),
    /**
     * `auto`: nearest for flags and classes; average where the grid is more than 5 % coarser than the band; else bilinear.
     */
    method: methodSchema.default('auto'),
    /** Another method for single bands, by name. */
    bandMethods: z.record(z.string(), methodSchema).default({}),
    /** Scenes of one day become one frame (each pixel from the first scene that has it, by identifier), or stay apart. */
    sameDay: z.enum(['mosaic', 'keep']).default('mosaic'),
    /** How far a pixel may be from its exact place because projections are interpolated, in source pixels. */
    tolerance: z.number().min(0).max(1).default(0.125),
  })
  .strict()
/** How scenes are put on one grid; see `regulariseOptionsSchema`. */
export type RegulariseOptions = z.infer<typeof regulariseOptionsSchema>
