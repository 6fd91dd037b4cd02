import type { FindResult } from './found-sequence.ts'
import type { FindOptions, ListedFile } from './geotiff/find-geotiff-sequences.ts'
import type { FileKind } from './sniff.ts'

/** The files of a scan that one format may look at. */
export interface FormatInput {
  /** Files of the format's kinds. */
  readonly files: readonly ListedFile[]
  /** All files of the scan that no earlier format took. */
  readonly all: readonly ListedFile[]
}

/**
 * One format: which kinds of file it takes, and how to find sequences among them. The code of a format is loaded
 * only when such a file is there. A new format is one entry here.
 */
export interface FormatEntry {
  readonly name: string
  readonly kinds: readonly FileKind[]
  readonly load: () => Promise<(input: FormatInput, options: FindOptions) => Promise<FindResult>>
}

/** All formats, in the order in which they may take files: folders with a fixed layout first. */
export const formats: readonly FormatEntry[] = [
  {
    name: 'EOPatch',
    kinds: ['npy'],
    load: async () => (await import('./numpy/find-eopatches.ts')).findEoPatches,
  },
  {
    name: 'DICOM',
    kinds: ['dicom'],
    load: async () => (await import('./dicom/find-dicom-series.ts')).findDicomSeries,
  },
  {
    name: 'NIfTI',
    kinds: ['nifti'],
    load: async () => (await import('./nifti/find-nifti.ts')).findNifti,
  },
  {
    name: 'GeoTIFF',
    kinds: ['tiff'],
    load: async () => {
      const { findGeoTiffSequences } = await import('./geotiff/find-geotiff-sequences.ts')
      return ({ files, all }, options) => findGeoTiffSequences(files, all, options)
    },
  },
  {
    name: 'Video',
    kinds: ['video'],
    load: async () => (await import('./video/find-videos.ts')).findVideos,
  },
  {
    name: 'pictures',
    kinds: ['image'],
    load: async () => (await import('./images/find-pictures.ts')).findPictures,
  },
]

/** What to say about a file that no format takes; null where the kind is read by some format. */
export function unreadableKind(kind: FileKind): { readonly code: string; readonly what: string } | null {
  switch (kind) {
    case 'tiff':
    case 'npy':
    case 'dicom':
    case 'nifti':
    case 'image':
    case 'video':
      return null
    case 'jpeg2000':
      return {
        code: 'formats/not-yet-supported',
        what: 'is a JPEG 2000 image; convert it to GeoTIFF first (gdal_translate)',
      }
    case 'hdf5':
      return {
        code: 'formats/not-yet-supported',
        what: 'is HDF or NetCDF; convert it to GeoTIFF first (gdal_translate)',
      }
    case 'archive':
    case 'compressed':
      return { code: 'formats/packed', what: 'is packed; unpack it first' }
    case 'empty':
      return { code: 'formats/empty-file', what: 'is empty (0 bytes)' }
    case 'database':
      return { code: 'formats/not-a-sequence', what: 'is a database (such as GeoPackage), not an image sequence' }
    case 'text':
      return { code: 'formats/not-a-sequence', what: 'is text, not an image sequence' }
    case 'unknown':
      return { code: 'formats/unknown', what: 'is of a kind that is not known' }
    default:
      return kind satisfies never
  }
}
