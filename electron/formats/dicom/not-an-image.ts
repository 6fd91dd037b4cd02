/** What objects without a picture of their own are, by the beginning of their SOP class; the longest one counts. PS3.4 B.5. */
const kinds: readonly (readonly [string, string])[] = [
  ['1.2.840.10008.5.1.4.1.1.66.4', 'a segmentation (SEG); it marks areas of another series and is no image by itself'],
  ['1.2.840.10008.5.1.4.1.1.66.7', 'a label map (SEG); it marks areas of another series and is no image by itself'],
  [
    '1.2.840.10008.5.1.4.1.1.66.5',
    'a surface segmentation; it marks areas of another series and is no image by itself',
  ],
  ['1.2.840.10008.5.1.4.1.1.66', 'a registration or raw data; it holds no image'],
  ['1.2.840.10008.5.1.4.1.1.67', 'a mapping to real-world values; it holds no image'],
  ['1.2.840.10008.5.1.4.1.1.88', 'a structured report (SR); it holds findings and measurements, not an image'],
  ['1.2.840.10008.5.1.4.1.1.91', 'a set of annotations; it belongs to another image'],
  ['1.2.840.10008.5.1.4.1.1.481.2', ''],
  ['1.2.840.10008.5.1.4.1.1.481.1', ''],
  ['1.2.840.10008.5.1.4.1.1.481.3', 'a structure set (RTSTRUCT); it holds contours over another series'],
  ['1.2.840.10008.5.1.4.1.1.481.5', 'a radiotherapy plan (RTPLAN); it holds no image'],
  ['1.2.840.10008.5.1.4.1.1.481.8', 'a radiotherapy plan (RTPLAN); it holds no image'],
  ['1.2.840.10008.5.1.4.1.1.481', 'a radiotherapy record; it holds no image'],
  ['1.2.840.10008.5.1.4.1.1.11', 'a presentation state (PR); it says how to show another image'],
  ['1.2.840.10008.5.1.4.1.1.9', 'a waveform (such as an ECG); it holds no image'],
  ['1.2.840.10008.5.1.4.1.1.104', 'a document (such as a PDF); it holds no image sequence'],
  ['1.2.840.10008.5.1.4.38', 'a hanging protocol; it holds no image'],
]

/** What to call an object that is no image; null when its class is one of images, or not known. */
export function nameOfNonImage(sopClass: string): string | null {
  const fitting = kinds.filter(([uid]) => sopClass === uid || sopClass.startsWith(`${uid}.`))
  const [, name] = fitting.sort((a, b) => b[0].length - a[0].length)[0] ?? ['', '']
  return name === '' ? null : name
}
