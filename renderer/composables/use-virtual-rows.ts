import { computed, onBeforeUnmount, ref, watch, type Ref } from 'vue'

/** What is in the page of a long list. */
export interface VisibleRows {
  readonly first: number
  /** Index after the last one. */
  readonly end: number
  /** Where the first one lies, and the height of all, in CSS pixels. */
  readonly offset: number
  readonly total: number
}

/** Rows kept above and below what is in sight, so that a quick wheel meets no gap. */
const spare = 4

/**
 * Which rows of a list are in sight.
 * @param tops  place of each row and, last, the height of all; ascending
 */
export function visibleRows(tops: readonly number[], scroll: number, height: number): VisibleRows {
  const count = Math.max(0, tops.length - 1)
  const total = tops.at(-1) ?? 0
  const rowAt = (place: number): number => {
    let [low, high] = [0, count]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((tops[middle] ?? 0) <= place) low = middle
      else high = middle - 1
    }
    return low
  }
  const first = Math.max(0, rowAt(Math.max(0, scroll)) - spare)
  const end = Math.min(count, rowAt(scroll + height) + 1 + spare)
  return { first, end, offset: tops[first] ?? 0, total }
}

/**
 * Keeps only the rows of a scrolled list in the page that are in sight, so that thousands stay fluid.
 * @param element  the scrolling element
 * @param heights  height of each row in CSS pixels
 */
export function useVirtualRows(element: Ref<HTMLElement | null>, heights: Ref<readonly number[]>) {
  const scroll = ref(0)
  const height = ref(400)
  const tops = computed(() => {
    const all = [0]
    for (const one of heights.value) all.push((all.at(-1) ?? 0) + one)
    return all
  })
  const visible = computed(() => visibleRows(tops.value, scroll.value, height.value))
  const observer = new ResizeObserver(([entry]) => {
    if (entry) height.value = entry.contentRect.height
  })
  const follow = (): void => {
    scroll.value = element.value?.scrollTop ?? 0
  }
  watch(element, (now, before) => {
    if (before) {
      observer.unobserve(before)
      before.removeEventListener('scroll', follow)
    }
    if (!now) return
    observer.observe(now)
    now.addEventListener('scroll', follow, { passive: true })
    height.value = now.clientHeight
    follow()
  })
  // A list that became shorter scrolls up by itself, without an event on some systems.
  watch(tops, () => requestAnimationFrame(follow), { flush: 'post' })
  onBeforeUnmount(() => observer.disconnect())

  /** Scrolls as little as needed to bring a row into sight. */
  function reveal(row: number): void {
    const box = element.value
    const [top, bottom] = [tops.value[row], tops.value[row + 1]]
    if (!box || top === undefined || bottom === undefined) return
    if (top < box.scrollTop) box.scrollTop = top
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight
    follow()
  }

  return { visible, reveal }
}
