import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test } from 'vitest'
import { useLabelToolsStore, type LabelTool } from '../../../../renderer/stores/label-tools.ts'
import { useCrosshair, type CrosshairTarget } from '../../../../renderer/viewers/labels/use-crosshair.ts'

beforeEach(() => setActivePinia(createPinia()))

/** The crosshair over an image of 40 × 30 pixels, with what it asks of the tools. */
function over(tool: LabelTool) {
  const tools = useLabelToolsStore()
  tools.tool = tool
  const told: string[] = []
  const tell =
    (what: string) =>
    (at: readonly [number, number]): void =>
      void told.push(`${what} ${at.join()}`)
  const target: CrosshairTarget = {
    size: () => ({ width: 40, height: 30 }),
    start: () => [20.2, 10.9],
    press: tell('press'),
    drag: tell('drag'),
    hover: () => undefined,
    release: tell('release'),
    finish: () => void told.push('finish'),
    reveal: () => undefined,
  }
  const crosshair = useCrosshair(() => target)
  const type = (...keys: string[]): void => {
    for (const key of keys) {
      const isShift = key.startsWith('Shift+')
      crosshair.actionOf({ key: isShift ? key.slice(6) : key, shiftKey: isShift })?.()
    }
  }
  return { tools, crosshair, told, type }
}

describe('the crosshair of the keyboard', () => {
  test('begins on the pixel in the middle, and is moved pixel by pixel, or by ten', () => {
    const { tools, crosshair, type } = over('brush')
    expect(crosshair.actionOf({ key: 'ArrowLeft', shiftKey: false })).toBeUndefined()
    crosshair.toggle()
    expect(tools.crosshair).toEqual([20.5, 10.5])
    type('ArrowRight', 'ArrowDown', 'Shift+ArrowLeft')
    expect(tools.crosshair).toEqual([11.5, 11.5])
  })

  test('stays on the image', () => {
    const { tools, crosshair, type } = over('brush')
    crosshair.toggle()
    type('Shift+ArrowUp', 'Shift+ArrowUp', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight')
    expect(tools.crosshair).toEqual([39.5, 0.5])
  })

  test('paints one dab with Space, and a stroke between two presses of Enter', () => {
    const { crosshair, told, type } = over('brush')
    crosshair.toggle()
    type(' ')
    expect(told).toEqual(['press 20.5,10.5', 'release 20.5,10.5'])
    told.length = 0
    type('Enter', 'ArrowRight', 'Shift+ArrowDown', 'Enter')
    expect(told).toEqual(['press 20.5,10.5', 'drag 21.5,10.5', 'drag 21.5,20.5', 'release 21.5,20.5'])
  })

  test('draws a box from one press of Space to the next', () => {
    const { crosshair, told, type } = over('box')
    crosshair.toggle()
    type(' ', 'ArrowRight', 'ArrowDown', ' ')
    expect(told).toEqual(['press 20.5,10.5', 'drag 21.5,10.5', 'drag 21.5,11.5', 'release 21.5,11.5'])
  })

  test('sets the corners of an area with Space and closes it with Enter', () => {
    const { crosshair, told, type } = over('polygon')
    crosshair.toggle()
    type(' ', 'ArrowRight', ' ', 'Enter')
    expect(told.filter((what) => !what.startsWith('release'))).toEqual(['press 20.5,10.5', 'press 21.5,10.5', 'finish'])
  })

  test('is put away by the key that took it up, with the pen lifted', () => {
    const { tools, crosshair, type } = over('eraser')
    crosshair.toggle()
    type('Enter')
    expect(crosshair.isDown.value).toBe(true)
    crosshair.toggle()
    expect([tools.crosshair, crosshair.isDown.value]).toEqual([null, false])
  })
})
