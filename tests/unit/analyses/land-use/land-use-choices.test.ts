import { describe, expect, it } from 'vitest'
import { landUseChoices } from '../../../../electron/analyses/land-use/land-use-choices.ts'
import { defaultModel, landUseOptions } from '../../../../electron/analyses/land-use/land-use-options.ts'
import { sequenceClassifiers } from '../../../../electron/models/sequence-classifiers.ts'

const { models, settings } = landUseChoices()

describe('the choices of land use', () => {
  it('offers every model, and marks the one that a request without a model gets', () => {
    expect(models.map(({ id }) => id)).toEqual(sequenceClassifiers.map(({ id }) => id))
    expect(models.filter(({ isDefault }) => isDefault).map(({ id }) => id)).toEqual([defaultModel])
  })

  it('describes a number, a list, a truth value and a choice with limits and initial value', () => {
    const find = (key: string) => [...settings, ...(models[0]?.settings ?? [])].find((setting) => setting.key === key)
    expect(find('dropout')).toEqual({
      key: 'dropout',
      type: 'number',
      initial: '0.2',
      minimum: 0,
      maximum: 0.9,
      choices: [],
    })
    expect(find('units')).toMatchObject({ type: 'list', initial: '64,64' })
    expect(find('stepNorms')).toMatchObject({ type: 'boolean', initial: 'false' })
    expect(find('split')).toMatchObject({ type: 'choice', initial: 'block', choices: ['block', 'year', 'given'] })
    expect(find('folds')).toMatchObject({ type: 'integer', initial: '0', minimum: 0, maximum: 50 })
  })

  it('never offers a setting that names files', () => {
    const keys = [...settings, ...models.flatMap((model) => model.settings)].map(({ key }) => key)
    for (const key of ['labels', 'sequence', 'crs', 'labelProperty']) expect(keys).not.toContain(key)
  })

  it.each(models.map((model) => [model.id, model] as const))(
    'states initial values that, sent back as they are, change nothing: %s',
    (id, model) => {
      const own = new Set(model.settings.map(({ key }) => key))
      const all = [...model.settings, ...settings.filter(({ key }) => !own.has(key))]
      const set = Object.fromEntries(all.flatMap(({ key, initial }) => (initial === null ? [] : [[key, initial]])))
      expect(landUseOptions(id, set, {})).toEqual(landUseOptions(id, {}, {}))
    },
  )
})
