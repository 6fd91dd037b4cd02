import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

/** Who may import whom (docs/architecture.md); a layer may always import itself. */
const layers = {
  'shared/base': [],
  'shared/domain': ['shared/base'],
  'shared/metrics': ['shared/base', 'shared/domain'],
  'shared/imaging': ['shared/base', 'shared/domain'],
  'shared/contracts': ['shared/base', 'shared/domain'],
  'electron/formats': ['shared'],
  'electron/engine': ['shared/base', 'shared/domain'],
  'electron/models': ['shared/base', 'shared/domain', 'electron/engine'],
  'electron/store': ['shared/base', 'shared/domain'],
  'electron/analyses': ['shared', 'electron/formats', 'electron/engine', 'electron/models', 'electron/store'],
  'electron/compute': [
    'shared',
    'electron/formats',
    'electron/engine',
    'electron/models',
    'electron/store',
    'electron/analyses',
  ],
  'electron/core': ['shared', 'electron/formats', 'electron/store', 'electron/compute'],
  'electron/server': ['shared', 'electron/core'],
  // Compute for the entry of a compute process under Electron only.
  'electron/main': ['shared', 'electron/core', 'electron/compute'],
  'electron/preload': ['shared'],
  'electron/cli': ['shared', 'electron/core', 'electron/server'],
  renderer: ['shared'],
}
const roots = Object.keys(layers)

/** Local rule: a relative import must stay within the layers the importing file may use. */
const layering = {
  create(context) {
    const file = context.filename.replaceAll('\\', '/')
    const from = roots.find((root) => file.includes(`/${root}/`))
    // Tests mirror the folders, and may bring any of them together.
    if (!from || file.includes('/tests/')) return {}
    const check = (node) => {
      const specifier = node.source?.value
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return
      const target = new URL(specifier, `file://${file}`).pathname
      const to = roots.find((root) => target.includes(`/${root}/`))
      const allowed = to === from || layers[from].some((prefix) => to === prefix || to?.startsWith(`${prefix}/`))
      if (!allowed) context.report({ node, message: `${from} may not import ${to ?? specifier}.` })
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check }
  },
}

/** Local rule: every export says what it means, in a docstring directly before it. */
const documentedExports = {
  create(context) {
    const check = (node) => {
      if (!node.declaration) return
      const comment = context.sourceCode.getCommentsBefore(node).at(-1)
      if (comment?.type !== 'Block' || !comment.value.startsWith('*'))
        context.report({ node, message: 'An export needs a docstring that says what it means to the caller.' })
    }
    return { ExportNamedDeclaration: check }
  },
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'out/', 'release/', 'coverage/', 'tests/fixtures/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { chronolens: { rules: { layering, 'documented-exports': documentedExports } } },
    rules: {
      'chronolens/layering': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // Misfires on TF.js, whose operations infer their rank from what the assertion says.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'No default exports.' }],
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['shared/**/*.ts', 'electron/**/*.ts'],
    rules: { 'chronolens/documented-exports': 'error' },
  },
  {
    // A table of the standard, made by a script.
    files: ['electron/formats/dicom/deidentify/confidentiality-profile.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '*.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Types of components are checked by vue-tsc.
    files: ['**/*.vue'],
    extends: [...vue.configs['flat/essential'], tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    // A prop and a constant of the script may share a name: `props.` tells them apart.
    rules: { 'vue/no-dupe-keys': 'off' },
  },
)
