declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  // Vue's compiler gives components as default exports; this is for tools that do not know it (ESLint).
  // eslint-disable-next-line no-restricted-syntax
  export default component
}
