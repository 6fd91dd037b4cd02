import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const textOf = (name: string): string => readFileSync(join(root, name), 'utf8')

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly hasInstallScript?: boolean
}
const { packages } = JSON.parse(textOf('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> }
const locked = Object.entries(packages).filter(([path]) => path !== '')
const shipped = locked.filter(([, entry]) => !entry.dev && !entry.devOptional)

/** Licences that what we ship may have; each of an expression's alternatives counts by itself. */
const allowed =
  /^(MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|MPL-2\.0|Unlicense|Zlib|LGPL-[\d.]+(-or-later)?)$/
/** Packages whose manifest names no licence; read from their licence file. */
const readByHand: Readonly<Record<string, string>> = { 'node_modules/@shinyoshiaki/jspack': 'BSD-3-Clause' }
/** Packages that hold machine code and are shipped; what the package really holds is checked by e2e/packaged.test.ts. A new one is a decision. */
const native = new Set(['node-av', 'onnxruntime-node'])

function hasMachineCode(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory()
      ? entry.name !== 'node_modules' && hasMachineCode(join(folder, entry.name))
      : /\.(node|dll|dylib|so(\.\d+)*)$/.test(entry.name),
  )
}

describe('what the program is made of', () => {
  it('is locked to one version with a checksum each, machine code included', () => {
    const loose = locked.filter(([, { version, integrity }]) => !version || !/^sha(512|1)-/.test(integrity ?? ''))
    expect(loose.map(([path]) => path)).toEqual([])
  })

  it('runs no script when it is installed', () => {
    expect(textOf('.npmrc')).toMatch(/^ignore-scripts=true$/m)
  })

  it('has licences that allow to ship it', () => {
    const others = shipped.filter(([path, { license = readByHand[path] ?? '' }]) => {
      const parts = license.replaceAll(/[()]/g, '').split(/ (?:OR|AND) /)
      return !parts.every((part) => allowed.test(part))
    })
    expect(others.map(([path, { license }]) => [path, license])).toEqual([])
  })

  it('holds machine code in known packages only', () => {
    const found = shipped
      .map(([path]) => path)
      .filter((path) => {
        try {
          return hasMachineCode(join(root, path))
        } catch {
          return false // For another system.
        }
      })
      .map((path) => path.replace(/^.*node_modules\//, ''))
    // The bundler's own code builds the page, and stays where it was built.
    const isKnown = (name: string): boolean =>
      native.has(name) || name.startsWith('@seydx/node-av') || name.startsWith('@rollup/')
    expect(found.filter((name) => !isKnown(name))).toEqual([])
  })

  it('is built with Electron of a line that still gets repairs, pinned exactly', () => {
    const { devDependencies } = JSON.parse(textOf('package.json')) as { devDependencies: Record<string, string> }
    expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/)
    expect(Number(devDependencies['electron']?.split('.')[0])).toBeGreaterThanOrEqual(40)
  })
})
