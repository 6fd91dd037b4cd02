import type { Directive } from 'vue'

/** What a tooltip says: a name, what it is good for, and the keys that do it. */
export interface TipContent {
  readonly title: string
  readonly text?: string
  readonly keys?: string
}

const showAfterMs = 450
const margin = 8
let bubble: HTMLElement | null = null
let timer: ReturnType<typeof setTimeout> | undefined
const contents = new WeakMap<HTMLElement, TipContent | string | null | undefined>()

function makeBubble(): HTMLElement {
  if (bubble) return bubble
  bubble = document.createElement('div')
  bubble.className = 'tip'
  bubble.id = 'tip'
  bubble.setAttribute('role', 'tooltip')
  document.body.append(bubble)
  return bubble
}

function line(className: string, text: string, tag = 'div'): HTMLElement {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}

function show(anchor: HTMLElement): void {
  const content = contents.get(anchor)
  if (!content || !anchor.isConnected) return
  const { title, text, keys } =
    typeof content === 'string' ? { title: content, text: undefined, keys: undefined } : content
  const element = makeBubble()
  // A dialog lies in the top layer; its tooltips must be inside it to be seen.
  ;(anchor.closest('dialog') ?? document.body).append(element)
  const head = line('tip-title', title)
  if (keys) head.append(line('tip-keys', keys, 'kbd'))
  element.replaceChildren(head, ...(text ? [line('tip-text', text)] : []))
  element.classList.add('shown')
  anchor.setAttribute('aria-describedby', 'tip')
  const place = anchor.getBoundingClientRect()
  const { width, height } = element.getBoundingClientRect()
  const isBeside = anchor.dataset['tipSide'] === 'right'
  let left = isBeside ? place.right + margin : place.left + place.width / 2 - width / 2
  let top = isBeside ? place.top + place.height / 2 - height / 2 : place.bottom + margin
  if (!isBeside && top + height > innerHeight - margin) top = place.top - height - margin
  left = Math.min(Math.max(margin, left), innerWidth - width - margin)
  top = Math.min(Math.max(margin, top), innerHeight - height - margin)
  element.style.left = `${left}px`
  element.style.top = `${top}px`
}

function hide(anchor: HTMLElement): void {
  clearTimeout(timer)
  bubble?.classList.remove('shown')
  anchor.removeAttribute('aria-describedby')
}

/** `v-tip`: a tooltip on hover and on keyboard focus; Escape closes it. */
export const tip: Directive<HTMLElement, TipContent | string | null | undefined> = {
  mounted(anchor, { value }) {
    contents.set(anchor, value)
    anchor.addEventListener('pointerenter', (event) => {
      if (event.pointerType === 'touch') return
      clearTimeout(timer)
      timer = setTimeout(() => show(anchor), showAfterMs)
    })
    anchor.addEventListener('focus', () => {
      if (anchor.matches(':focus-visible')) show(anchor)
    })
    for (const event of ['pointerleave', 'pointerdown', 'blur']) anchor.addEventListener(event, () => hide(anchor))
    anchor.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') hide(anchor)
    })
  },
  updated(anchor, { value }) {
    contents.set(anchor, value)
  },
  beforeUnmount(anchor) {
    hide(anchor)
  },
}
