import { useI18n } from 'vue-i18n'
import { useFormat } from '../../../composables/use-format.ts'
import { useConnectionStore } from '../../../stores/connection.ts'
import { useLookStore } from '../../../stores/look.ts'
import { useVideoPredictionsStore } from '../../../stores/video-predictions.ts'
import { fullTimecode } from '../full-timecode.ts'
import { useVideoStore } from '../video-store.ts'
import { actionPictureSize, drawActionPicture } from './draw-action-picture.ts'
import { drawFramesPicture, framesPictureSize, type FramesTexts } from './draw-frames-picture.ts'
import { heatPicture, nearestSeen, strongest } from './heat-map.ts'

/** Pictures of a prediction, one after the other, for files. */
export interface ClipPictures {
  readonly width: number
  readonly height: number
  readonly count: number
  /** The one that is looked at. */
  readonly now: number
  readonly framesPerSecond: number
  readonly draw: (context: CanvasRenderingContext2D, index: number, signal: AbortSignal) => Promise<void>
}

/** Frames smaller than this are enlarged. */
const usefulEdge = 480
/** Longest edge of a frame in a file. */
const largestEdge = 1280
/** Pictures per second where a sequence has no rate of its own, and of predicted frames. */
const plainRate = 5

/** Gives the function that prepares the pictures of the prediction as it is shown now; null where there is nothing to draw. */
export function useClipPictures(): () => ClipPictures | null {
  const { t } = useI18n()
  const format = useFormat()
  const connection = useConnectionStore()
  const look = useLookStore()
  const range = useVideoStore()
  const video = useVideoPredictionsStore()

  function ofActions(): ClipPictures | null {
    const { sequence, frames } = look
    const { clip, explained } = video
    if (!sequence || !clip) return null
    // Small clips are enlarged by whole numbers, so that what is written on them can be read.
    const edge = Math.max(sequence.info.width, sequence.info.height)
    const part = Math.max(Math.min(1, largestEdge / edge), Math.floor(usefulEdge / edge))
    const stored = { width: sequence.info.width, height: sequence.info.height }
    const read =
      part > 1 ? stored : { width: Math.round(stored.width * part), height: Math.round(stored.height * part) }
    const size = { width: Math.round(sequence.info.width * part), height: Math.round(sequence.info.height * part) }
    const { from, to } = range.playRange
    const found =
      clip.curve === null
        ? [{ label: clip.label, colour: video.classAt(0)?.colour ?? '#888888', from: 0, to: frames }]
        : video.intervals.map((one) => ({ ...one, colour: video.classes.find(({ label }) => label === one.label)?.colour ?? '#888888' })) // prettier-ignore
    const heatOf = heatPictures()
    const timecode = (frame: number): string =>
      sequence.clip ? fullTimecode(sequence.clip, frame) : t('time.frame', { n: frame + 1 })
    return {
      ...actionPictureSize(size.width, size.height),
      count: to - from + 1,
      now: Math.min(Math.max(0, look.frame - from), to - from),
      framesPerSecond: Math.min(60, sequence.clip?.frameRate ?? sequence.info.frameRate ?? plainRate),
      draw: async (context, index, signal) => {
        const frame = from + index
        const { values } = await connection
          .data()
          .read(sequence.handle, { kind: 'picture', frame, outHeight: read.height, outWidth: read.width }, signal)
        const image = new ImageData(read.width, read.height)
        image.data.set(values)
        const picture = new OffscreenCanvas(read.width, read.height)
        picture.getContext('2d')?.putImageData(image, 0, 0)
        const at = video.isCaptionVisible ? video.classAt(frame) : null
        const heat = heatOf(frame)
        drawActionPicture(context, picture, size, {
          frame,
          frames,
          timecode: timecode(frame),
          caption: at && { ...at, probability: format.percent(at.probability, 0) },
          found,
          legend: video.classes,
          heat:
            heat && explained ? { picture: heat, opacity: video.heatOpacity, place: explained.saliency.place } : null,
        })
      },
    }
  }

  /** The heat maps of the explanation that is shown, as pictures; one that was made is kept. */
  function heatPictures(): (frame: number) => OffscreenCanvas | null {
    const { explained } = video
    if (!explained || !video.isHeatVisible) return () => null
    const { saliency, maps } = explained
    const [height, width] = saliency.size
    const limit = strongest(maps)
    const made = new Map<number, OffscreenCanvas>()
    return (frame) => {
      const seen = nearestSeen(saliency, frame)
      if (seen === null) return null
      const known = made.get(seen)
      if (known) return known
      const image = new ImageData(width, height)
      image.data.set(heatPicture(maps.subarray(seen * height * width, (seen + 1) * height * width), limit))
      const canvas = new OffscreenCanvas(width, height)
      canvas.getContext('2d')?.putImageData(image, 0, 0)
      made.set(seen, canvas)
      return canvas
    }
  }

  function ofFrames(): ClipPictures | null {
    const { frames, pictures } = video
    if (!frames || !pictures) return null
    const textsAt = (step: number): FramesTexts => {
      const future = step - frames.inputFrames
      const frame = frames.start + step * frames.frameStep + 1
      const score = frames.metrics?.perStep.ssim?.[future]
      const where =
        future < 0
          ? t('predicted.stepKnown', { n: step + 1, of: frames.inputFrames, frame })
          : t(future < frames.truths ? 'predicted.stepFuture' : 'predicted.stepBeyond', { n: future + 1, of: frames.horizon, frame }) // prettier-ignore
      return {
        truth: future < 0 ? t('predicted.known') : t('predicted.truth'),
        predicted: future < 0 ? t('predicted.known') : t('predicted.predicted'),
        difference: t('predicted.difference'),
        none: future < 0 ? t('predicted.noneYet') : t('predicted.noTruth'),
        where: score === undefined ? where : `${where} · SSIM ${format.number(score, 3)}`,
        legend: [
          { colour: '#ff4040', text: t('predicted.tooBright') },
          { colour: '#4040ff', text: t('predicted.tooDark') },
        ],
      }
    }
    const { width, height } = framesPictureSize(frames)
    return {
      width,
      height,
      count: frames.inputFrames + frames.horizon,
      now: video.step,
      framesPerSecond: plainRate,
      draw: (context, index) => {
        drawFramesPicture(context, pictures, frames, index, textsAt(index))
        return Promise.resolve()
      },
    }
  }

  return () => (video.actions ? ofActions() : ofFrames())
}
