import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../shared/base/app-error.ts'
import {
  type FileSeal,
  type ModelDescription,
  modelDescriptionSchema,
  type ModelManifest,
  modelManifestSchema,
} from '../../shared/domain/model-folder.ts'
import { type TestSamples, testSamplesSchema } from '../../shared/domain/test-samples.ts'
import { removeUnfinishedFiles, temporarySuffix, writeFileAtomic } from './atomic-write.ts'
import { isCheckpointFile, removeCheckpoint } from './checkpoint.ts'
import { lockName } from './lock-folder.ts'
import { toReadError, toWriteError } from './store-error.ts'
import { parseManifest } from './parse-manifest.ts'
import { runLogName } from './run-log.ts'
import { decodeTensors, encodeTensors, type TensorGroups } from './tensor-container.ts'
import { makeFolder } from './make-folder.ts'

const files = {
  onnx: 'model.onnx',
  manifest: 'model.json',
  weights: 'weights',
  history: 'history.jsonl',
  samples: 'test-samples.json',
  backbone: 'backbone.onnx',
} as const
const manifestKind = {
  damaged: 'model/damaged',
  newer: 'model/newer-version',
  format: 'chronolens-model',
  what: 'a Chronolens model',
  remedy: 'Restore the file from a copy or train again.',
  maximumBytes: 64 * 1024 * 1024,
  schema: modelManifestSchema,
} as const

/** What a folder that a training run is to write holds: nothing yet, an unfinished run, or a trained model. */
export type ModelFolderState = 'empty' | 'unfinished' | 'finished'

/** A trained model as it is written: description, inference graph, and what training can go on from. */
export interface TrainedModel {
  readonly description: ModelDescription
  /** Bytes of the ONNX inference graph. */
  readonly onnx: Uint8Array
  /** Weights and optimiser state, by group. */
  readonly tensors: TensorGroups
  /** What the model said about its test samples. */
  readonly samples?: TestSamples
  /** Bytes of the network that turns frames into features, where it is another person's. */
  readonly backbone?: Uint8Array
}

/** A model that was read and checked. `tensors` reads the weights only when asked. */
export interface StoredModel {
  readonly folder: string
  readonly manifest: ModelManifest
  readonly onnx: Uint8Array
  /** Weights and optimiser state. @throws `model/damaged` */
  tensors(): Promise<TensorGroups>
  /** The network that turns frames into features; null where the model needs none. @throws `model/damaged` */
  backbone(): Promise<Uint8Array | null>
}

/**
 * Makes sure that a training run may write into a folder: creates it, removes leftovers of a killed run, and refuses
 * whatever would be overwritten. With `resume` a run or model that is there already is welcome.
 * @throws `store/not-empty`, `store/not-writable`, `store/no-space`
 */
export async function prepareModelFolder(folder: string, options: { resume: boolean }): Promise<ModelFolderState> {
  let names: string[]
  try {
    await makeFolder(folder)
    names = await readdir(folder)
  } catch (error) {
    throw toWriteError(error, folder)
  }
  const foreign = names.filter((name) => !isOurs(name))
  if (foreign.length > 0)
    throw new AppError(
      'store/not-empty',
      `"${folder}" already holds other files ("${foreign.sort()[0]}"). Choose an empty or a new folder for the model.`,
      { folder, entries: foreign.length },
    )
  const state = names.includes(files.manifest)
    ? 'finished'
    : names.some((name) => isRunFile(name))
      ? 'unfinished'
      : 'empty'
  if (!options.resume && state !== 'empty')
    throw new AppError(
      'store/not-empty',
      state === 'finished'
        ? `"${folder}" already holds a trained model. Choose another folder, or delete this one first.`
        : `"${folder}" already holds an unfinished training run. Continue it with --resume, or choose another folder.`,
      { folder, state },
    )
  await removeUnfinishedFiles(folder)
  return state
}

/**
 * Writes a trained model into a folder that `prepareModelFolder` has accepted, `model.json` last, so that a folder
 * with a `model.json` is always whole; then removes the checkpoint.
 * @throws `store/no-space`, `store/not-writable`
 */
export async function writeModelFolder(folder: string, model: TrainedModel): Promise<ModelManifest> {
  const weights = encodeTensors(model.tensors)
  const samples = model.samples && new TextEncoder().encode(JSON.stringify(model.samples))
  const manifest: ModelManifest = {
    format: 'chronolens-model',
    version: 1,
    ...modelDescriptionSchema.parse(model.description),
    files: {
      [files.onnx]: seal(model.onnx),
      [files.weights]: seal(weights),
      ...(samples ? { [files.samples]: seal(samples) } : {}),
      ...(model.backbone ? { [files.backbone]: seal(model.backbone) } : {}),
    },
  }
  await writeFileAtomic(join(folder, files.weights), weights)
  await writeFileAtomic(join(folder, files.onnx), model.onnx)
  if (samples) await writeFileAtomic(join(folder, files.samples), samples)
  if (model.backbone) await writeFileAtomic(join(folder, files.backbone), model.backbone)
  await writeFileAtomic(join(folder, files.manifest), `${JSON.stringify(manifest, null, 1)}\n`)
  await removeCheckpoint(folder)
  return manifest
}

/**
 * Reads and checks a model folder: `model.json` by its schema, the graph by its checksum.
 * @throws `model/not-found`, `model/unfinished`, `model/damaged`, `model/newer-version`, `store/not-readable`
 */
export async function readModelFolder(folder: string): Promise<StoredModel> {
  const manifest = await readManifest(folder)
  const onnx = await readSealed(join(folder, files.onnx), manifest.files[files.onnx])
  return {
    folder,
    manifest,
    onnx,
    tensors: async () => {
      const path = join(folder, files.weights)
      return decodeTensors(await readSealed(path, manifest.files.weights), path)
    },
    backbone: async () => {
      const expected = manifest.files[files.backbone]
      return expected ? readSealed(join(folder, files.backbone), expected) : null
    },
  }
}

/**
 * What a model said about its test samples; null for models of older versions, which did not keep it.
 * @throws `model/damaged`, `store/not-readable`, and as `readManifest`
 */
export async function readTestSamples(folder: string): Promise<TestSamples | null> {
  const expected = (await readManifest(folder)).files[files.samples]
  if (!expected) return null
  const path = join(folder, files.samples)
  const bytes = await readSealed(path, expected)
  try {
    return testSamplesSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    const message = `"${path}" does not hold test samples as this program reads them. Train again to get them.`
    throw new AppError('model/damaged', message, { path }, { cause })
  }
}

/** The `model.json` of a folder, checked by its schema; the other files are not looked at. Throws as `readModelFolder`. */
export async function readManifest(folder: string): Promise<ModelManifest> {
  const path = join(folder, files.manifest)
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (error) {
    throw await withoutManifest(error, folder)
  }
  return parseManifest(text, path, manifestKind)
}

async function readSealed(path: string, expected: FileSeal): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw toReadError(error, path)
  }
  const found = seal(bytes)
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return bytes
  const what =
    found.bytes === expected.bytes
      ? 'its content does not match the checksum in model.json'
      : `it has ${found.bytes} bytes, and model.json says ${expected.bytes}`
  throw new AppError('model/damaged', `"${path}" is damaged: ${what}. Restore the file from a copy or train again.`, {
    path,
  })
}

async function withoutManifest(error: unknown, folder: string): Promise<unknown> {
  const names = await readdir(folder).catch(() => null)
  if (names?.some((name) => isRunFile(name)))
    return new AppError(
      'model/unfinished',
      `"${folder}" holds a training run that has not finished. Continue it with "train --resume".`,
      { folder },
    )
  const isMissing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  if (!isMissing) return toReadError(error, join(folder, files.manifest))
  const sentence =
    names === null
      ? `There is no model folder "${folder}".`
      : `"${folder}" is not a model folder: it has no model.json.`
  return new AppError('model/not-found', `${sentence} Give the folder that "train --out" wrote.`, { folder })
}

function isRunFile(name: string): boolean {
  return (
    isCheckpointFile(name) ||
    name === files.history ||
    name === files.onnx ||
    name === files.weights ||
    name === files.samples ||
    name === files.backbone
  )
}

function isOurs(name: string): boolean {
  return (
    name === files.manifest ||
    name === lockName ||
    name === runLogName ||
    isRunFile(name) ||
    (name.startsWith('.') && name.endsWith(temporarySuffix))
  )
}

function seal(bytes: Uint8Array): FileSeal {
  return { bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
}
