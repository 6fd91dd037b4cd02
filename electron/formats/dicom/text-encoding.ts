/** Labels of the web's encodings by DICOM's defined terms; PS3.3 C.12.1.1.2. */
const encodings: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  // With escape sequences: these decoders know them, or the bytes are plain in the second half of the table.
  'ISO_IR 87': 'iso-2022-jp',
  'ISO_IR 159': 'iso-2022-jp',
  'ISO_IR 149': 'euc-kr',
  'ISO_IR 58': 'gb18030',
}

/** Turns the bytes of a text element into text. */
export type DecodeText = (bytes: Uint8Array) => string

/**
 * The decoder for a file's Specific Character Set (0008,0005).
 * @param terms the element's values; an empty first value means ASCII
 */
export function textDecoder(terms: readonly string[]): DecodeText {
  const labels = terms.map((term) => encodings[term.trim().replace('ISO 2022 IR ', 'ISO_IR ')])
  // With several, the first is for plain text and the others come after escape sequences.
  const label = labels.findLast((candidate) => candidate !== undefined) ?? 'iso-8859-1'
  const withoutEscapes = label === 'iso-2022-jp' ? (text: string) => text : stripEscapes
  let decoder: TextDecoder | undefined
  return (bytes) => {
    // Most texts are plain, which all of these encodings write alike; a decoder costs more than a header's other texts together.
    const plain = plainText(bytes)
    if (plain !== null) return plain
    decoder ??= new TextDecoder(label)
    return withoutEscapes(decoder.decode(bytes)).replace(/\0+$/, '')
  }
}

/** Text of ASCII only, without the padding of zeros; null where there is anything else, or a byte that shifts or escapes. */
function plainText(bytes: Uint8Array): string | null {
  for (const byte of bytes) if (byte >= 0x80 || byte === 0x1b || byte === 0x0e || byte === 0x0f) return null
  let { length } = bytes
  while (length > 0 && bytes[length - 1] === 0) length--
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1')
}

function stripEscapes(text: string): string {
  return text.replace(/\u001b[$()*+,\-./][)A-Z@0-9]?[A-Z]?/g, '')
}
