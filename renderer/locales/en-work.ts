/** English: the pages of the work. */
export const enWork = { label: { imported: '{added} labels added, {skipped} skipped.' } }
