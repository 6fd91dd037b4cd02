import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import StartView from './views/start-view.vue'

/** The pages. Hash addresses work the same from a server and from the window's own protocol. */
export function createPageRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'start', component: StartView },
      { path: '/data', name: 'data', component: () => import('./views/data-view.vue') },
      { path: '/look', name: 'look', component: () => import('./views/look-view.vue') },
      { path: '/label', name: 'label', component: () => import('./views/label-view.vue') },
      { path: '/follow', name: 'follow', component: () => import('./views/follow-view.vue') },
      { path: '/train', name: 'train', component: () => import('./views/train-view.vue') },
      { path: '/results/:run?', name: 'results', component: () => import('./views/results-view.vue') },
      { path: '/predict', name: 'predict', component: () => import('./views/predict-view.vue') },
      { path: '/help/:page?', name: 'help', component: () => import('./views/help-view.vue') },
      { path: '/:rest(.*)', redirect: '/' },
    ],
  })
}
