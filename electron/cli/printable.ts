/**
 * Text that is safe to show on a terminal: names and labels come from files, and control characters in them could
 * move the cursor, recolour or retitle the terminal. Line breaks and tabs stay; other control characters become visible.
 */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    return `\\x${code.toString(16).padStart(2, '0')}`
  })
}
