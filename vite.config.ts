import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The page, as both hosts serve it: plain files under a strict CSP, hence nothing inlined.
export default defineConfig({
  root: fileURLToPath(new URL('renderer', import.meta.url)),
  base: './',
  plugins: [vue()],
  resolve: {
    // The XML reader within Cornerstone's metadata asks for Node's events; this is the same for the page.
    alias: { events: fileURLToPath(new URL('node_modules/events/events.js', import.meta.url)) },
  },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
  },
  build: {
    outDir: fileURLToPath(new URL('dist/renderer', import.meta.url)),
    emptyOutDir: true,
    minify: true,
    assetsInlineLimit: 0,
    // The polyfill would be an inline script in some browsers; both hosts know module preloading.
    modulePreload: { polyfill: false },
    target: 'chrome130',
    chunkSizeWarningLimit: 2000,
  },
})
