import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTensors, encodeTensors } from '../../../electron/store/tensor-container.ts'

const file = encodeTensors({
  parameters: {
    ['__proto__']: { shape: [1], dtype: 'float32', values: new Float32Array([4]) },
    bias: { shape: [3], dtype: 'float32', values: new Float32Array([0.5, -1, 2]) },
    empty: { shape: [0, 4], dtype: 'int32', values: new Int32Array() },
  },
  states: { seen: { shape: [], dtype: 'bool', values: new Uint8Array([1]) } },
})

describe('tensor container', () => {
  it('does not depend on the order in which tensors were given', () => {
    const a = { shape: [1], dtype: 'float32' as const, values: new Float32Array([1]) }
    const b = { shape: [1], dtype: 'float32' as const, values: new Float32Array([2]) }
    expect(encodeTensors({ x: { a, b }, y: {} })).toEqual(encodeTensors({ y: {}, x: { b, a } }))
  })

  it('takes part of a larger buffer', () => {
    const values = new Float32Array([9, 1, 2, 9]).subarray(1, 3)
    const read = decodeTensors(encodeTensors({ g: { t: { shape: [2], dtype: 'float32', values } } }), 'test')
    expect(read.g?.t?.values).toEqual(new Float32Array([1, 2]))
  })

  it('reads tensors whose names mean something to JavaScript', () => {
    const read = decodeTensors(file, 'test')
    expect(Object.keys(read.parameters ?? {}).sort()).toEqual(['__proto__', 'bias', 'empty'])
    expect(read.parameters?.empty?.values).toEqual(new Int32Array())
    expect(read.states?.seen?.values).toEqual(new Uint8Array([1]))
  })

  it('calls every cut-off file damaged, never anything else', () => {
    for (let length = 0; length < file.length; length++)
      expect(() => decodeTensors(file.subarray(0, length), 'weights')).toThrow(
        expect.objectContaining({ code: 'model/damaged' }),
      )
  })

  it('never crashes or reads past the end, whatever bytes are changed', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (position, value) => {
        const changed = Uint8Array.from(file)
        changed[position] = value
        try {
          decodeTensors(changed, 'weights')
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^model\/(damaged|newer-version)$/) as string })
        }
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})
