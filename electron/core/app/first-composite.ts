/** Names under which products store visible light; the first that is there wins. Sources: see `shared/imaging/band-roles.ts`. */
const visible = [
  { red: ['red', 'sur_refl_b01', 'red_reflectance'], green: ['green', 'sur_refl_b04'], blue: ['blue', 'sur_refl_b03'] },
  { red: ['b04', 'b4', 'sr_b4'], green: ['b03', 'b3', 'sr_b3'], blue: ['b02', 'b2', 'sr_b2'] },
] as const
const infrared = {
  nir: ['nir', 'nir08', 'b08', 'b8', 'nir_reflectance', 'sur_refl_b02'],
  swir: ['swir', 'swir1', 'swir16', 'b11', 'mir', 'mir_reflectance', 'sur_refl_b06'],
  red: ['red', 'b04', 'red_reflectance', 'sur_refl_b01'],
} as const

/**
 * Bands to show as red, green and blue at first: natural colours where all three are there, else short-wave infrared,
 * near infrared and red, else the first band in grey (the same index three times).
 */
export function firstComposite(bands: readonly string[]): [number, number, number] {
  const names = bands.map((band) => band.toLowerCase())
  const find = (known: readonly string[]): number =>
    known.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1
  const choices = [
    ...visible.map(({ red, green, blue }) => [find(red), find(green), find(blue)]),
    [find(infrared.swir), find(infrared.nir), find(infrared.red)],
  ]
  const [red = 0, green = 0, blue = 0] = choices.find((choice) => choice.every((index) => index >= 0)) ?? []
  return [red, green, blue]
}
