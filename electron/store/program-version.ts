import { readFileSync } from 'node:fs'

/** The program's version, from the package it lies in, built or not. */
export function programVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Record<
        string,
        string
      >
      if (name === 'chronolens' && version) return version
    } catch {
      // Not in this folder.
    }
    if (folder.pathname === new URL('..', folder).pathname) return '0.0.0'
  }
}
