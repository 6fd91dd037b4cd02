import type { SampleType } from '../../../shared/domain/sequence.ts'

/** Reads one number at a byte. */
export type ReadNumber = (view: DataView, at: number) => number

/** How to read numbers of a type; 64-bit integers lose what a double cannot hold. */
export function numberReader(type: SampleType, isLittleEndian: boolean): ReadNumber {
  switch (type) {
    case 'uint8':
    case 'uint1':
      return (view, at) => view.getUint8(at)
    case 'int8':
      return (view, at) => view.getInt8(at)
    case 'uint16':
      return (view, at) => view.getUint16(at, isLittleEndian)
    case 'int16':
      return (view, at) => view.getInt16(at, isLittleEndian)
    case 'uint32':
      return (view, at) => view.getUint32(at, isLittleEndian)
    case 'int32':
      return (view, at) => view.getInt32(at, isLittleEndian)
    case 'uint64':
      return (view, at) => Number(view.getBigUint64(at, isLittleEndian))
    case 'int64':
      return (view, at) => Number(view.getBigInt64(at, isLittleEndian))
    case 'float32':
    case 'float16':
      return (view, at) => view.getFloat32(at, isLittleEndian)
    case 'float64':
      return (view, at) => view.getFloat64(at, isLittleEndian)
    default:
      return type satisfies never
  }
}
