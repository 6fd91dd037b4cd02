/**
 * What readers say of a sequence: why its frames are in their order, and what is odd about it. Each sentence has a code. On the wire
 * and in `inspect --json` it is the English sentence; the page finds code and details in it again, to say it in another language.
 */
export const readerNotes = {
  'order/single-frame': 'It is a single frame.',
  'order/single-picture': 'It is a single picture.',
  'order/single-image': 'A single image, so there is nothing to order.',
  'order/position': 'By the position of the slices along their normal (Image Position (Patient)).',
  'order/same-place': 'By {key}; all frames are of the same place.',
  'order/key-and-position': 'By {key}, and within it by the position of the slices along their normal.',
  'order/as-in-file': 'As the frames lie in the file.',
  'order/pages': 'As the pages lie in the file.',
  'order/instance-number': 'By instance number; the frames have no position.',
  'order/acquisition-time': 'By acquisition time; the frames have no position.',
  'order/file-name': 'By file name; the frames have no position, number or time.',
  'order/plain-names': 'By file name; the names have no number or date in common.',
  'order/numbers': 'By the numbers in the file names.',
  'order/numbers-undated': 'By the numbers in the file names; no dates were found.',
  'order/scheme': 'By the {scheme}.',
  'order/band-dates': 'By the dates in the descriptions of the bands.',
  'order/date-list': 'By the list of dates in the file "{file}" (one per band).',
  'order/tags': 'By the date and time in the tags of the files.',
  'order/eopatch': 'By the times in the EOPatch\'s "timestamps.json".',
  'order/third-axis': 'By slice along the third axis.',
  'order/time-and-third-axis': 'By time point, and within it by slice along the third axis.',
  'order/time-stamps': "By the time stamps of the video's frames.",
  'dicom/no-spacing': 'The distance of pixels (Pixel Spacing) is not stated, so lengths cannot be measured.',
  'dicom/slice-missing': '{missing} slice seems to be missing (after slice {after}; the usual distance is {usual} mm).',
  'dicom/slices-missing':
    '{missing} slices seem to be missing (after slice {after}; the usual distance is {usual} mm).',
  'dicom/slices-missing-at':
    '{missing} slices seem to be missing (at {places} places, first after slice {after}; the usual distance is {usual} mm).',
  'dicom/uneven': 'The distances of neighbouring slices vary ({least} to {most} mm), so the series is no even volume.',
  'dicom/sheared':
    'The slices are not stacked along their normal but sheared by {degrees} degrees (gantry tilt), so other planes cannot be cut.',
  'dicom/kinds': 'The series holds {parts} sets of slices that differ in their {by}; each is a sequence of its own.',
  'dicom/repeated-place':
    '{repeats} of {frames} slices lie at the same place as another; only the first of each is shown.',
  'dicom/time-points':
    'The same {places} places come {points} times: the frames are {points} time points of {places} slices each, one after the other.',
  'dicom/incomplete-time-points': '{missing} slices are missing in some time points.',
  'dicom/file-repeated': '{copies} file repeats an image that is already there; it counts once.',
  'dicom/files-repeated': '{copies} files repeat an image that is already there; it counts once.',
  'dicom/many-directions':
    'The {frames} frames lie in {directions} directions; they are shown in one sequence, without places in the patient.',
  'dicom/directions': 'The series has slices of {directions} directions or scales; each is a sequence of its own.',
  'dicom/other-syntax': 'The file says {stated} but is {found}; it is read as what it is.',
  'dicom/no-syntax': 'The file does not state its transfer syntax; it is read as {found}.',
  'dicom/rest-bytes': 'The file ends with bytes that belong to no element.',
  'dicom/open-sequence': 'A sequence in the header is not closed; what is there was read.',
  'dicom/whole-slide': 'It is a whole-slide image: its frames are tiles of one picture, shown one after the other.',
  'dicom/frame-count': 'The number of frames is not written as a number.',
  'dicom/several-names': 'Studies with one patient ID have different patient names; check that they are of one person.',
  'dicom/several-births': 'Studies with one patient ID have different birth dates; check that they are of one person.',
  'dicom/no-patient-id': 'The files state no patient ID; studies are put together by name and birth date.',
  'dicom/contour-left-out': 'A contour of "{name}" has {points} whole points; it is left out.',
  'dicom/no-suv': 'The values are in Bq/ml and not in SUV: {reason}.',
  'dicom/overlay-lost':
    'An overlay is stated to lie in unused bits of the pixels, which compression does not keep; it is not shown.',
  'dicom/frames-missing': 'Only {present} of {stated} frames are in the file; the others are missing.',
  'nifti/no-place': 'The file does not say in a usable way how it lies in the patient.',
  'nifti/no-orientation': 'The file does not say how it lies in the patient; left and right may be exchanged.',
  'nifti/oblique-axes':
    'Rows and columns are not at right angles, so the slices are shown without places in the patient.',
  'nifti/sheared': 'The slices are not stacked along their normal, so other planes cannot be cut.',
  'nifti/time-points':
    'The file has {times} time points: the frames are the {slices} slices of each time point, one time point after the other.',
  'geotiff/control-points':
    'The file is placed by ground control points, which are not supported; it is read without a place.',
  'geotiff/no-area': 'The geotransform in the file gives pixels no area; the file is read without a place.',
  'geotiff/unknown-system': 'The coordinate reference system in the file could not be understood.',
  'geotiff/several-images': 'The file holds {images} images; only the first is read.',
  'geotiff/date-order': 'The dates of the bands are not in order; the frames are read in order of time.',
  'geotiff/date-repeated': 'The date {date} comes more than once.',
  'geotiff/several-systems': 'The files use {systems} different coordinate reference systems.',
  'geotiff/several-grids':
    'The images lie on different pixel grids (sizes: {sizes}); they need a common grid before training.',
  'geotiff/band-missing': 'Band "{band}" is missing in {missing} of {frames} frames.',
  'numpy/left-out': 'Array "{array}" ({shape}) does not fit the others and is left out.',
  'video/not-square':
    'Its pixels are {width}:{height} as wide as tall and are shown so; what is saved or learned from has them as stored, square.',
  'video/estimated': 'Its number of frames is estimated from its length; opening it counts them.',
  'video/variable': 'Its frames come at uneven times; every frame keeps the time that the file states.',
  'lesions/undated':
    'Not all studies state their date, so they are taken in the order given, and no pace of growth is said.',
  'lesions/older-follow-up': 'A follow-up is older than the baseline; check which study is the baseline.',
  'lesions/by-date': 'The follow-ups were put in the order of their dates.',
  'lesions/same-date': 'Two studies have the same date.',
  'lesions/some-unmarked':
    'Nothing is marked in study {studies}, so it counts as without lesions; what is new or gone, and the response, depend on that. Give a mask for each study by --masks, or --threshold for none.',
  'lesions/nothing-marked':
    'Nothing is marked in study {studies}, so it counts as without lesions; what is new or gone, and the response, depend on that. Paint the lesions there too, or put a segmentation beside its images.',
  'lesions/unread-files': '{count} files could not be read and are left out; the first: {reason}',
  'lesions/by-network':
    'Lesions of studies without masks were marked by the network {model}; a reader has to check them.',
  'lesions/by-brightness':
    'No masks were given or found, so lesions are spots brighter than what is around them (by a threshold made from the images); bone, fat and vessels are found as well. Give --masks for a real segmentation.',
  'lesions/bright-spots':
    'Nothing is marked, so lesions are spots brighter than what is around them (by a threshold made from the images): bone, fat and vessels are found as well, and their edges are a guess. Paint the lesions, or put segmentations beside the images, for figures to rely on.',
  'lesions/organs-unknown':
    'Organs are not known, so the limit of two targets in one organ was not applied; name the organ of each lesion.',
  'lesions/other-kinds': 'The series are of different kinds ({kinds}); intensities cannot be compared.',
  'lesions/segment-left-out': 'The segment "{segment}" is left out: it is no lesion.',
  'lesions/other-grid': 'The mask "{mask}" has another grid than the series; each voxel takes the nearest one.',
  'lesions/no-objects': 'Segmentation and report were not written, since its images are not DICOM.',
  'lesions/little-overlap':
    'Only {percent} % of the baseline is imaged in this study, so lesions may be missing for that reason.',
  'lesions/hardly-alike':
    'The images hardly resemble each other after registration; check it by eye, or set landmarks.',
  'lesions/landmarks-off':
    'The landmarks fit badly: they are {mm} mm off on the mean; check the pairs with the largest residuals.',
  'lesions/landmarks-exact':
    'Four landmarks always fit a transform with stretch exactly, so a residual of 0 mm says nothing; set a fifth one.',
  'lesions/landmarks-narrow':
    'The landmarks lie close to one line or plane ({mm} mm), so places farther away may be off; set one more beside it.',
  'lesions/turned': 'The study had to be turned by {degrees} degrees, which is unusual; check the registration by eye.',
} as const

/** A code of `readerNotes`. */
export type ReaderNoteCode = keyof typeof readerNotes

/** The sentence of a code, with its values. */
export function readerNote(code: ReaderNoteCode, details: Readonly<Record<string, string | number>> = {}): string {
  return readerNotes[code].replaceAll(/\{(\w+)\}/g, (place, name: string) => String(details[name] ?? place))
}

/** A sentence taken apart. */
export interface KnownNote {
  readonly code: ReaderNoteCode
  readonly details: Readonly<Record<string, string>>
}

const patterns = Object.entries(readerNotes)
  .map(([code, text]) => {
    const escaped = text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    // A value that comes twice is the same both times.
    const seen = new Set<string>()
    const source = escaped.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      if (seen.has(name)) return `\\k<${name}>`
      seen.add(name)
      return `(?<${name}>.+?)`
    })
    const literal = text.replaceAll(/\{\w+\}/g, '').length
    return { code: code as ReaderNoteCode, pattern: new RegExp(`^${source}$`, 'su'), literal }
  })
  // What says more in words of its own comes first.
  .sort((a, b) => b.literal - a.literal)

/** Code and details of a reader's sentence; null for a sentence that is none of theirs. */
export function knownNote(sentence: string): KnownNote | null {
  for (const { code, pattern } of patterns) {
    const match = pattern.exec(sentence)
    if (match) return { code, details: { ...match.groups } }
  }
  return null
}
