import type { FrameLabel } from '../../../../shared/domain/label-frame.ts'
import { maskToText } from '../../../../shared/domain/label-rle.ts'

/** Size of the frames of `oracleLabels`. */
export const oracleSize = { height: 12, width: 20 }
/** Classes of `oracleLabels`. */
export const oracleClasses = [
  { name: 'cell', colour: '#112233' },
  { name: '核', colour: '#445566' },
]

const bits = (pixels: readonly (readonly [number, number])[]): string => {
  const mask = new Uint8Array(oracleSize.height * oracleSize.width)
  for (const [column, row] of pixels) mask[row * oracleSize.width + column] = 1
  return maskToText(mask, oracleSize.height, oracleSize.width)
}
const common = { sequence: 'a/clip', frame: 3 }

/** One label of every kind that COCO can hold, with a hole, two classes on one painted frame, and one label that it cannot hold. */
export const oracleLabels: readonly FrameLabel[] = [
  { kind: 'box', id: 'box', label: 'cell', ...common, box: [2, 3, 6, 4] },
  { kind: 'point', id: 'point', label: '核', ...common, position: [4.5, 5.5] },
  { kind: 'polygon', id: 'area', label: 'cell', ...common, polygons: [[[[1, 1], [7, 1], [7, 5]]], [[[10, 2], [15, 2], [15, 8], [10, 8]]]] }, // prettier-ignore
  { kind: 'polygon', id: 'hole', label: 'cell', ...common, frame: 4, polygons: [[[[0, 0], [8, 0], [8, 8], [0, 8]], [[2, 2], [4, 2], [4, 4], [2, 4]]]] }, // prettier-ignore
  {
    kind: 'mask',
    id: 'mask:9:a/clip',
    sequence: 'a/clip',
    frame: 9,
    ...oracleSize,
    layers: [
      { label: 'cell', counts: bits([[0, 0], [19, 11], [7, 4]]) }, // prettier-ignore
      { label: '核', counts: bits([[3, 3], [3, 4]]) }, // prettier-ignore
    ],
  },
  { kind: 'interval', id: 'interval', sequence: 'a/clip', label: 'cell', from: 0, to: 4 },
]
