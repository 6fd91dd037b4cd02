// Saves labels again and again until it is killed. Arguments: built core folder, project folder.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [core, folder] = process.argv.slice(2)
const load = (name) => import(pathToFileURL(join(core, 'app', `${name}.js`)).href)
const [{ OpenProject }, { LabelBook }] = [await load('open-project'), await load('label-book')]
const project = await OpenProject.open(folder, { mayWrite: true, onClosed: () => {} })
const book = await LabelBook.of(project)
const classes = [{ name: 'walk', colour: '#112233' }]
for (;;) {
  // Every save writes the same number into each of many labels, so that a mixture would be seen.
  const from = book.revision
  const frames = Array.from({ length: 3000 }, (_, i) => ({
    kind: 'interval',
    id: `i${i}`,
    sequence: 'clip',
    label: 'walk',
    from,
    to: from + 1,
  }))
  const change = { features: [], frames, remove: [] }
  const { revision } = await book.save('data-1', { base: book.revision, classes, change })
  process.stdout.write(`${revision}\n`)
}
