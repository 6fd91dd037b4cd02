import { computed, ref } from 'vue'
import type { FolderListing, Grant } from '../../shared/contracts/files.ts'
import { useConnectionStore } from '../stores/connection.ts'
import { useNoticesStore } from '../stores/notices.ts'

type Purpose = 'data' | 'data-files' | 'project' | 'label-file' | 'network'

/** Ways to name files: the system's dialog where there is one, else browsing what the server may read, or a drop. */
export function useFolders() {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const canDrop = computed(() => connection.host?.canDrop === true && connection.transport?.grantDropped != null)
  /** What is being browsed for, on a host without a dialog of its own. */
  const browsing = ref<Purpose | null>(null)
  let answer: ((grants: readonly Grant[]) => void) | null = null

  const roots = (): Promise<Grant[] | undefined> => notices.guard(() => connection.core().files.roots())
  const browse = (folder: Grant): Promise<FolderListing | undefined> =>
    notices.guard(() => connection.core().files.browse({ folder: folder.id }))

  /** Asks the person for a folder or file; empty when they change their mind. */
  async function ask(purpose: Purpose): Promise<readonly Grant[]> {
    if (connection.host?.canPick) return (await notices.guard(() => connection.core().files.pick({ purpose }))) ?? []
    browsing.value = purpose
    return new Promise((resolve) => {
      answer = resolve
    })
  }

  function answerWith(grants: readonly Grant[]): void {
    browsing.value = null
    answer?.(grants)
    answer = null
  }

  /** Grants for what was dropped; empty where the host cannot tell where it lies. */
  async function dropped(event: DragEvent): Promise<readonly Grant[]> {
    const files = [...(event.dataTransfer?.files ?? [])]
    const grant = connection.transport?.grantDropped
    if (files.length === 0 || !grant) return []
    return (await notices.guard(() => grant(files))) ?? []
  }

  return { canDrop, browsing, roots, browse, ask, answerWith, dropped }
}
