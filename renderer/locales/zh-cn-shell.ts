/** 简体中文：打开各类数据、多序列项目、随类型而变的页面。 */
export const zhCnShell = {
  shell: {
    noViewer: '暂时无法显示这种类型',
    opening: '正在打开 …',
    failed: '无法打开该序列',
  },
}
