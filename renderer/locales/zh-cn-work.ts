/** Simplified Chinese: the pages of the work. */
export const zhCnWork = { label: { imported: '已添加 {added} 个标注，跳过 {skipped} 个。' } }
