import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findStudies } from '../../../../electron/analyses/lesion-segmentation/find-studies.ts'
import { splitStudies } from '../../../../electron/analyses/lesion-segmentation/split-studies.ts'
import { encodeNifti, niftiGrid } from '../../../../electron/formats/nifti/write-nifti.ts'
import { stack } from '../lesions/lesion-phantom.ts'
import { realData } from '../../formats/real-data.ts'

const root = mkdtempSync(join(tmpdir(), 'studies-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const context = { signal: new AbortController().signal, report: (): void => undefined }

/** A folder of small NIfTI files. */
async function folderOf(name: string, files: readonly string[]): Promise<string> {
  const geometry = stack({ size: [2, 4, 5], spacingMm: [3, 1, 1] })
  for (const file of files) {
    const path = join(root, name, `${file}.nii.gz`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, await encodeNifti(new Uint8Array(40).fill(1), niftiGrid(geometry)))
  }
  return join(root, name)
}

const summary = async (path: string, series: string | null = null) =>
  (await findStudies(path, series === null ? {} : { series }, context)).studies.map(
    ({ name, patient, masks, before, subset }) => ({
      name: name.split('/').slice(1).join('/'),
      patient,
      masks: masks?.volumes.map(({ info }) => info.name),
      before: before?.name.split('/').slice(1).join('/') ?? null,
      subset,
    }),
  )

describe('finding studies with masks', () => {
  it('takes the only image of a folder with its masks, the first folder as patient, the folder before as the study before', async () => {
    const path = await folderOf('visits', [
      'a/v1/flair',
      'a/v1/lesions',
      'a/v2/flair',
      'a/v2/seg',
      'b/v1/flair',
      'b/v2/t2',
      'b/v2/gt',
    ])
    expect(await summary(path)).toEqual([
      { name: 'a/v1/flair', patient: 'nifti a', masks: ['lesions'], before: null, subset: null },
      { name: 'a/v2/flair', patient: 'nifti a', masks: ['seg'], before: 'a/v1/flair', subset: null },
      { name: 'b/v2/t2', patient: 'nifti b', masks: ['gt'], before: 'b/v1/flair', subset: null },
    ])
  })

  it('pairs images and masks of one folder by their names, each image a patient of its own', async () => {
    const path = await folderOf('flat', ['case1', 'case1_mask', 'case2', 'case2_mask', 'case10', 'case10_seg'])
    expect((await summary(path)).map(({ patient, masks }) => [patient, masks])).toEqual([
      ['nifti case1', ['case1_mask']],
      ['nifti case2', ['case2_mask']],
      ['nifti case10', ['case10_seg']],
    ])
  })

  it('knows the subjects of BIDS and the parts of a split', async () => {
    const path = await folderOf('bids', [
      'train/sub-01/ses-1/anat/x_FLAIR',
      'train/sub-01/ses-1/anat/x_label-lesion_mask',
      'test/sub-02/anat/x_FLAIR',
      'test/sub-02/anat/x_mask',
    ])
    expect((await summary(path)).map(({ patient, subset }) => [patient, subset])).toEqual([
      ['nifti sub-02', 'test'],
      ['nifti sub-01', 'train'],
    ])
  })

  it('leaves a mask out that could be of several images, and says so; the setting series decides', async () => {
    const path = await folderOf('several', ['p/t1', 'p/flair', 'p/lesions'])
    await expect(findStudies(path, {}, context)).rejects.toMatchObject({ code: 'dataset/no-masks' })
    expect(await summary(path, 'flair')).toMatchObject([{ name: 'p/flair', masks: ['lesions'] }])
  })

  it('takes what was painted on a series instead of the masks beside it', async () => {
    const path = await folderOf('painted', ['a/flair', 'a/seg', 'b/flair'])
    const labels = join(root, 'painted.json')
    const painted = [
      { label: 'lesion', frames: [{ frame: 0, counts: '0' }] },
      { label: 'organ', frames: [] },
    ]
    writeFileSync(labels, JSON.stringify({ format: 'chronolens-painted', series: { 'painted/b/flair': painted } }))
    const { studies } = await findStudies(path, { labels, classes: ['lesion'] }, context)
    expect(studies.map(({ name, masks }) => [name, masks?.painted?.map(({ label }) => label) ?? null])).toEqual([
      ['painted/a/flair', null],
      ['painted/b/flair', ['lesion']],
    ])
    writeFileSync(labels, '{')
    await expect(findStudies(path, { labels }, context)).rejects.toMatchObject({ code: 'labels/damaged' })
  })

  const real = realData('ms_longitudinal_p01')
  it.skipIf(real === null)(
    'finds the one study of ms_longitudinal_p01 that has a segmentation, with the study before',
    async () => {
      const { studies } = await findStudies(join(real ?? '', 'dicom'), { series: 'common' }, context)
      expect(studies.map(({ name, masks }) => [name, masks?.segmentations.length])).toEqual([
        ['dicom/study2/FLAIR_common_grid', 1],
      ])
      expect(studies[0]?.before?.name).toBe('dicom/study1/FLAIR_common_grid')
    },
  )
})

describe('dividing studies', () => {
  const of = (...patients: string[]) => patients.map((patient) => ({ patient, subset: null }))

  it('never puts a patient into two parts, and warns while they are few', () => {
    const studies = of('a', 'a', 'b', 'b', 'c', 'd', 'e')
    const { subsets, description, remarks } = splitStudies(studies, { split: 'auto' }, 1)
    expect(description.method).toBe('group')
    for (const patient of 'abcde')
      expect(new Set(subsets.filter((_, i) => studies[i]?.patient === patient)).size, patient).toBe(1)
    expect(new Set(subsets).size).toBe(3)
    expect(remarks.map(({ code }) => code)).toEqual(['split/few-patients-tested'])
  })

  it('divides the studies of one patient, and says loudly that the score says nothing of others', () => {
    const { subsets, remarks } = splitStudies(of('a', 'a'), { split: 'auto' }, 1)
    expect([...subsets].sort()).toEqual(['test', 'train'])
    expect(remarks[0]?.code).toBe('split/same-patient')
  })

  it('refuses one study alone: slices are never divided', () => {
    expect(() => splitStudies(of('a'), { split: 'auto' }, 1)).toThrow(
      expect.objectContaining({ code: 'split/few-studies' }),
    )
  })

  it('refuses to divide one patient by patient', () => {
    expect(() => splitStudies(of('a', 'a'), { split: 'group' }, 1)).toThrow(
      expect.objectContaining({ code: 'split/few-patients' }),
    )
  })
})
