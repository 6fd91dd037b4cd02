import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './app.vue'
import { tip } from './components/tip.ts'
import { createTranslations } from './locales/translations.ts'
import { createPageRouter } from './router.ts'
import { useConnectionStore } from './stores/connection.ts'
import { connect } from './transport/connect.ts'
import 'ol/ol.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/map.css'

const app = createApp(App)
app.use(createPinia())
app.use(createTranslations())
app.use(createPageRouter())
app.directive('tip', tip)
app.mount('#app')
void useConnectionStore().connect(connect)
