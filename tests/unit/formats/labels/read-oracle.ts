import { readFileSync } from 'node:fs'

/** A file that an oracle made or was given. */
export function readText(name: string): string {
  return readFileSync(new URL(`./oracle/${name}`, import.meta.url), 'utf8')
}
