/** 简体中文：各类序列的标注。 */
export const zhCnLabels = {
  labels: {
    merged: '已采用另一窗口改动的 {n} 个标注。',
    overwrote: '有 {n} 个标注在另一窗口中也被改动过，现已由此处的改动取代；撤销可恢复此处先前的状态。',
  },
}
