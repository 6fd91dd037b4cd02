/** The three orthogonal planes of the patient, as they are usually shown: seen from the feet, from the front, from the left. */
export const planeNames = ['axial', 'coronal', 'sagittal'] as const
/** A plane of the patient. */
export type PlaneName = (typeof planeNames)[number]
