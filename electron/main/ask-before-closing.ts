import { app, BrowserWindow, dialog, type MessageBoxOptions } from 'electron'
import type { CoreProcess } from './core-process.ts'

const texts = {
  en: {
    message: 'Chronolens is still working.',
    detail:
      'Training and predictions can go on without a window. Start Chronolens again to see how far they are. A training run that is stopped now can be resumed later.',
    buttons: ['Keep working', 'Stop and quit', 'Back'],
  },
  zh: {
    message: 'Chronolens 仍在运行任务。',
    detail: '训练和预测可以在没有窗口的情况下继续进行。再次启动 Chronolens 即可查看进度。现在停止的训练以后可以继续。',
    buttons: ['继续运行', '停止并退出', '返回'],
  },
} as const

/** Asks what shall become of running jobs when the last window is closed. Without jobs it closes as usual. */
export function askBeforeClosing(window: BrowserWindow, core: CoreProcess, locale: string): void {
  const { message, detail, buttons } = locale.startsWith('zh') ? texts.zh : texts.en
  window.on('close', (event) => {
    if (core.runningJobs === 0 || BrowserWindow.getAllWindows().length > 1) return
    event.preventDefault()
    const box: MessageBoxOptions = {
      type: 'question',
      message,
      detail,
      buttons: [...buttons],
      defaultId: 0,
      cancelId: 2,
    }
    void dialog.showMessageBox(window, box).then(({ response }) => {
      // `destroy` does not ask again.
      if (response === 0) window.destroy()
      else if (response === 1) app.quit()
    })
  })
}
