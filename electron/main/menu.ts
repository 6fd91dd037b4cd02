import { Menu, type MenuItemConstructorOptions } from 'electron'

const texts = {
  en: {
    edit: 'Edit',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    selectAll: 'Select all',
    view: 'View',
    zoomIn: 'Larger',
    zoomOut: 'Smaller',
    resetZoom: 'Normal size',
    fullScreen: 'Full screen',
    devTools: 'Developer tools',
    window: 'Window',
    minimise: 'Minimise',
    close: 'Close',
  },
  zh: {
    edit: '编辑',
    undo: '撤销',
    redo: '重做',
    cut: '剪切',
    copy: '复制',
    paste: '粘贴',
    selectAll: '全选',
    view: '视图',
    zoomIn: '放大',
    zoomOut: '缩小',
    resetZoom: '实际大小',
    fullScreen: '全屏',
    devTools: '开发者工具',
    window: '窗口',
    minimise: '最小化',
    close: '关闭',
  },
} as const

/** What the menu depends on. */
export interface MenuOptions {
  /** Language of the system, as `zh-CN`. */
  readonly locale: string
  readonly platform: NodeJS.Platform
  /** Only while developing: the tools see everything the page sees. */
  readonly hasDevTools: boolean
}

/** The entries of the application's menu: what systems expect; the work itself is done on the page. */
export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  const text = options.locale.startsWith('zh') ? texts.zh : texts.en
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const template: MenuItemConstructorOptions[] = [
    {
      label: text.edit,
      submenu: [
        { role: 'undo', label: text.undo },
        { role: 'redo', label: text.redo },
        separator,
        { role: 'cut', label: text.cut },
        { role: 'copy', label: text.copy },
        { role: 'paste', label: text.paste },
        { role: 'selectAll', label: text.selectAll },
      ],
    },
    {
      label: text.view,
      submenu: [
        { role: 'zoomIn', label: text.zoomIn },
        { role: 'zoomOut', label: text.zoomOut },
        { role: 'resetZoom', label: text.resetZoom },
        separator,
        { role: 'togglefullscreen', label: text.fullScreen },
        ...(options.hasDevTools ? [{ role: 'toggleDevTools', label: text.devTools } as const] : []),
      ],
    },
    {
      label: text.window,
      submenu: [
        { role: 'minimize', label: text.minimise },
        { role: 'close', label: text.close },
      ],
    },
  ]
  // macOS names its first menu after the program, and keeps Quit there.
  return options.platform === 'darwin' ? [{ role: 'appMenu' }, ...template] : template
}

/** Sets the application's menu. */
export function setMenu(options: MenuOptions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(options)))
}
