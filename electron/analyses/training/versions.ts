import { createRequire } from 'node:module'

/** Versions of what computes, for provenance and for refusing to resume with another program. */
export function computeVersions(): { [name: string]: string } {
  const load = createRequire(import.meta.url)
  const versionOf = (name: string): string => (load(`${name}/package.json`) as { version: string }).version
  return {
    node: process.versions.node,
    'onnxruntime-node': versionOf('onnxruntime-node'),
    '@tensorflow/tfjs-core': versionOf('@tensorflow/tfjs-core'),
  }
}
