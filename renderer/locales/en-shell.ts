/** English: opening anything, projects of many sequences, the page that adapts to the kind. */
export const enShell = {
  shell: {
    noViewer: 'This kind cannot be shown yet',
    opening: 'Opening …',
    failed: 'This sequence could not be opened',
  },
}
