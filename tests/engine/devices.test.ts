import { describe, expect, it } from 'vitest'
import { chooseDevice, listDevices } from '../../electron/engine/devices.ts'
import { testDevices } from './devices-under-test.ts'

describe('listDevices', () => {
  it('names every device once and says of each why it cannot be used, if so', async () => {
    const devices = await listDevices()
    expect(devices.map(({ id }) => id)).toEqual([
      'cpu',
      'webgpu',
      'cuda',
      'directml',
      'coreml',
      'tensorflow',
      'reference',
    ])
    for (const { available, reason } of devices) {
      expect(reason === null).toBe(available)
      if (reason !== null) expect(reason).toMatch(/^[A-Z].*\.$/s)
    }
    expect(devices.filter(({ isDefault }) => isDefault)).toHaveLength(1)
    expect(devices.find(({ id }) => id === 'cpu')?.available).toBe(true)
  })

  it.runIf(testDevices.includes('webgpu'))('offers WebGPU where a driver is there', async () => {
    expect((await listDevices()).find(({ id }) => id === 'webgpu')).toMatchObject({ available: true, reason: null })
  })
})

describe('chooseDevice', () => {
  it('takes the one that was asked for', async () => {
    expect(await chooseDevice('cpu')).toBe('cpu')
    expect(await chooseDevice('reference')).toBe('reference')
  })
  it('refuses an id that does not exist', async () => {
    await expect(chooseDevice('abacus')).rejects.toMatchObject({ code: 'device/unknown' })
  })
  it('refuses one that this machine lacks instead of taking another', async () => {
    const missing = (await listDevices()).find(({ available }) => !available)
    if (missing) await expect(chooseDevice(missing.id)).rejects.toMatchObject({ code: 'device/not-available' })
  })
})
