/** English: what models can be trained for, and what training on clips asks and shows. */
export const enTasks = {
  task: {
    choose: 'What to train',
    'land-use': { name: 'Land use', text: 'Which class each pixel has in each season, from labelled places.' },
    'action-recognition': {
      name: 'Actions',
      text: 'Which action a clip shows, and in long clips when what happens, from clips with a class and from intervals.',
    },
    'frame-prediction': {
      name: 'Future frames',
      text: 'How a sequence goes on. Needs no labels: the frames themselves are the truth.',
    },
  },
  clips: {
    found: 'What was found',
    foundActions: '{clips} labelled clips of {sources} sources, {classes} classes.',
    foundFrames: '{n} sequences long enough, cut into clips of {known} known and {future} future frames.',
    labelsFromPage:
      'The classes and intervals you set on the Label page are used as they are; folders and tables count where there are none.',
    clip: 'Clip',
    framesOf: '{name}, frames {from} to {to}',
    lookTip: 'Opens the clip on the Look page, with its part as the one that is played.',
    class: 'Class',
    count: 'Clips',
    source: 'Sequence',
    sources: 'By source',
    sourcesTip: 'What belongs together (patient, actor, scene, sequence) stays in one part of the split.',
    more: '{n} more',
    looking: 'Looking for clips …',
    nothing: 'Nothing to learn from yet',
    splitActions:
      'Clips of one patient, actor or scene resemble each other: what is learned from must not be tested on.',
    splitFrames: 'Frames that follow each other resemble each other: no frame may be learned from and tested on.',
    split: {
      auto: {
        name: 'Automatic',
        text: 'As the data say, where they do; else by source; by time where there are fewer than three.',
      },
      group: { name: 'By source', text: 'Whatever belongs together goes to one part: the fairest test.' },
      source: { name: 'By sequence', text: 'Whole sequences go to one part: the fairest test.' },
      time: {
        name: 'By time',
        text: 'What comes last is tested. The same scene, so it says little about other scenes.',
      },
      given: { name: 'As given', text: 'The table or the folders train, val and test say which part a clip is in.' },
    },
    planActions: 'The model looks at {frames} frames of {height} × {width} pixels of each clip ({bands}).',
    planFrames:
      'Each clip is {frames} known frames of {height} × {width} pixels ({bands}) and the future ones that follow.',
    summary: '{n} clips · {classes} classes',
    summaryFrames: '{n} clips',
    frames: 'Frames',
    future: 'Future frames',
    layer: {
      frames: 'The frames of a clip, brought to one size.',
      future: 'The frames that follow, predicted one after another.',
      convolution: 'Looks for patterns in every frame, at ever coarser sizes.',
      recurrent: 'Follows the frames one after another and remembers.',
      attention: 'Weighs the frames: which ones decided?',
    },
    ssim: 'Likeness (SSIM)',
    ssimTip: 'How much the predicted frames look like the true ones, on clips kept back: 1 is the same.',
  },
  ofTask: {
    'action-recognition': {
      frames: { name: 'Frames per clip', tip: 'How many frames the model looks at.' },
      batch: { tip: 'Clips per learning step.' },
      epochs: { tip: 'How often all clips are gone through.' },
      filters: { name: 'Filters per layer', tip: 'One number per convolution, for example 16,32,64.' },
      units: { name: 'Units', tip: 'Width of the recurrent layer.' },
      kernelSize: { name: 'Filter size', tip: 'Edge of a filter in pixels.' },
      crop: {
        name: 'Shift clips',
        tip: 'Shows training clips a little shifted, so that places are not learned by heart.',
      },
      stepNorms: { name: 'Gradient per frame', tip: 'Records how much of the gradient reaches each frame.' },
    },
    'frame-prediction': {
      batch: { tip: 'Clips per learning step.' },
      epochs: { tip: 'How often all clips are gone through.' },
      filters: { name: 'Filters per layer', tip: 'One number per recurrent layer, for example 32,32.' },
      kernelSize: { name: 'Filter size', tip: 'Edge of a filter; odd.' },
      stepNorms: { name: 'Gradient per frame', tip: 'Records how much of the gradient reaches each frame.' },
    },
  },
}
