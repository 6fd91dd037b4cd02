import { defineAsyncComponent, type Component } from 'vue'
import type { SequenceKind } from '../../shared/domain/sequence.ts'

/** The parts of the page that show one kind of sequence; loaded when one is opened. */
export interface KindViewer {
  readonly stage: Component
  readonly panel: Component
}

const medical: KindViewer = {
  stage: defineAsyncComponent(() => import('./dicom/dicom-stage.vue')),
  panel: defineAsyncComponent(() => import('./dicom/dicom-panel.vue')),
}
const moving: KindViewer = {
  stage: defineAsyncComponent(() => import('./video/video-stage.vue')),
  panel: defineAsyncComponent(() => import('./video/video-panel.vue')),
}

/**
 * What shows a kind; null where it is the map. Stages and panels take no props: they work from the look store, stay mounted
 * while another sequence of their kind is opened (`look.sequence` is null then), and set `look.frameView` while they show a frame.
 */
export const kindViewers: Readonly<Record<SequenceKind, KindViewer | null>> = {
  geotiff: null,
  dicom: medical,
  nifti: medical,
  video: moving,
  images: moving,
}
