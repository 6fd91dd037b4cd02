declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  // eslint-disable-next-line no-restricted-syntax -- Vue's compiler gives components as default exports
  export default component
}
