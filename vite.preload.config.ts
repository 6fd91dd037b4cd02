import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// The preload: one CommonJS file, the only form a sandboxed preload may have.
export default defineConfig({
  build: {
    outDir: fileURLToPath(new URL('dist/electron/preload', import.meta.url)),
    emptyOutDir: true,
    minify: false,
    target: 'node20',
    lib: {
      entry: fileURLToPath(new URL('electron/preload/preload.ts', import.meta.url)),
      formats: ['cjs'],
      fileName: () => 'preload.cjs',
    },
    rolldownOptions: { external: ['electron'] },
  },
})
