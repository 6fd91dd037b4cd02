/** The pages of the guide: what is common, and one for each field. */
export const guideNames = ['README', 'land-use', 'medical', 'video'] as const
/** A page of the guide. */
export type GuideName = (typeof guideNames)[number]

const texts: Readonly<Record<string, string>> = import.meta.glob('../../../docs/guide/**/*.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const pictures: Readonly<Record<string, string>> = import.meta.glob('../../../docs/guide/pictures/**/*.png', {
  query: '?url',
  import: 'default',
  eager: true,
})
const folder = '../../../docs/guide/'

/** Text of a page in a language; it is part of the program. */
export function guideText(name: GuideName, language: string): string {
  const own = language === 'zh-CN' ? `${folder}zh-cn/${name}.md` : `${folder}${name}.md`
  return texts[own] ?? ''
}

/** Address of a picture that a page names; null where it is not there. */
export function guidePicture(source: string): string | null {
  return pictures[folder + source.replace(/^\.\.\//, '')] ?? null
}
