import type { LabelFeature } from '../../../shared/domain/label-collection.ts'
import type { Subset } from '../../../shared/domain/labels.ts'

/** A labelled place or area as a file states it: longitude and latitude (WGS 84, degrees). */
export type LabelledPlace = Omit<LabelFeature, 'id' | 'type'>

const subsetNames: Readonly<Record<string, Subset>> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
}

/** The subset that a word in a label file names, in any case; undefined when it names none. */
export function subsetNamed(word: string): Subset | undefined {
  return subsetNames[word.trim().toLowerCase()]
}
