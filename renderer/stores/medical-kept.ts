import { z } from 'zod'
import { measurementSchema } from '../viewers/dicom/measurement.ts'
import { sliceLookSchema } from '../viewers/dicom/pane-state.ts'
import { viewPlaneSchema } from '../viewers/dicom/view-plane.ts'

const vectorSchema = z.tuple([z.number(), z.number(), z.number()])

/** What a pane showed: a series of the project, its slice, and what of it was seen. */
const keptPaneSchema = z.object({
  key: z.string().nullable(),
  frame: z.number().int().nonnegative(),
  view: viewPlaneSchema.nullable(),
})

/** What a project keeps of looking at medical images. */
export const keptMedicalSchema = z.object({
  texts: z.enum(['all', 'anonymous', 'none']).catch('all'),
  layout: z.enum(['one', 'two', 'four', 'planes']).catch('one'),
  links: z.object({ scroll: z.boolean(), window: z.boolean(), view: z.boolean() }).catch({
    scroll: true,
    window: false,
    view: false,
  }),
  graphics: z.enum(['automatic', 'card', 'processor']).catch('automatic'),
  looks: z.record(z.string(), sliceLookSchema).catch({}),
  measurements: z.record(z.string(), z.array(measurementSchema).max(2000)).catch({}),
  /** Four; the first one's series and slice are those of the look store. */
  panes: z.array(keptPaneSchema).max(4).catch([]),
  /** Where the three planes met, and in which series. */
  planes: z.object({ key: z.string(), meeting: vectorSchema }).nullable().catch(null),
  compare: z
    .object({ mode: z.enum(['swipe', 'difference']), isOfPane: z.boolean(), curtain: z.number().min(0).max(1) })
    .catch({ mode: 'swipe', isOfPane: false, curtain: 0.5 }),
})
/** What a project keeps of looking at medical images. */
export type KeptMedical = z.infer<typeof keptMedicalSchema>

/** What was kept; as at the beginning where there is nothing, or nothing that can be read. */
export function parseKeptMedical(kept: unknown): KeptMedical {
  const parsed = keptMedicalSchema.safeParse(kept ?? {})
  return parsed.success ? parsed.data : keptMedicalSchema.parse({})
}
