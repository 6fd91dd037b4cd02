/** Reference white D50, as PCS-Values of ICC profiles have it; DICOM PS3.3 C.10.7.1.1. */
const white = [0.9642, 1, 0.8249] as const
const kappa = 24389 / 27
const epsilon = 216 / 24389

/**
 * A colour stored as CIELab in DICOM's 16 bits as `#rrggbb` (sRGB).
 * Source: DICOM PS3.3 C.10.7.1.1; D50 to D65 by Bradford's transform
 */
export function cielabToHex(stored: readonly number[]): string {
  const [l = 0, a = 32896, b = 32896] = stored
  const lightness = (l * 100) / 65535
  const fy = (lightness + 16) / 116
  const fx = fy + ((a * 255) / 65535 - 128) / 500
  const fz = fy - ((b * 255) / 65535 - 128) / 200
  const inverse = (f: number): number => (f ** 3 > epsilon ? f ** 3 : (116 * f - 16) / kappa)
  const [x, y, z] = [inverse(fx) * white[0], inverse(fy) * white[1], inverse(fz) * white[2]]
  const linear = [
    3.1341359 * x - 1.6173864 * y - 0.4906619 * z,
    -0.9787955 * x + 1.9162544 * y + 0.0334427 * z,
    0.0719554 * x - 0.228977 * y + 1.4053861 * z,
  ]
  const bytes = linear.map((value) => {
    const coded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055
    return Math.round(Math.min(1, Math.max(0, coded)) * 255)
  })
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** The inverse of `cielabToHex`: three numbers of 16 bits. */
export function hexToCielab(hex: string): [number, number, number] {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  const x = 0.4360747 * r + 0.3850649 * g + 0.1430804 * b
  const y = 0.2225045 * r + 0.7168786 * g + 0.0606169 * b
  const z = 0.0139322 * r + 0.0971045 * g + 0.7141733 * b
  const curve = (t: number): number => (t > epsilon ? Math.cbrt(t) : (kappa * t + 16) / 116)
  const [fx, fy, fz] = [curve(x / white[0]), curve(y / white[1]), curve(z / white[2])]
  const word = (value: number): number => Math.round(Math.min(65535, Math.max(0, value)))
  return [
    word(((116 * fy - 16) * 65535) / 100),
    word(((500 * (fx - fy) + 128) * 65535) / 255),
    word(((200 * (fy - fz) + 128) * 65535) / 255),
  ]
}
