/** English: what a training will do, what came of it sample by sample, runs side by side, and remarks of the core. */
export const enResults = {
  plan: {
    title: 'Learned and tested',
    working: 'Reading and dividing the labels …',
    failed: 'The labels cannot be prepared as they are.',
    learn: 'Learn',
    validate: 'Watch',
    test: 'Test',
    learnTip: 'The model sees these and learns from them.',
    validateTip: 'Looked at after every epoch to see whether learning still helps. Never learned from.',
    testTip: 'Kept back until the end. The score comes from these alone.',
    samples: '{n} samples',
    pixels: 'An area counts once for each of its pixels.',
    where: 'Where they lie',
    whereTip: 'One square is one block of {size} × {size} pixels. A block of one colour keeps neighbours together.',
    whenTip: 'Samples by the year their time begins.',
    when: 'When they begin',
    series: 'Each sample is {frames} dates, {step} days apart, of {bands} bands.',
    seasonStart: 'It begins on {day}.',
    dates: 'The data have {n} dates from {from} to {to}.',
    seasons: 'One season can be mapped: {names}. | {n} seasons can be mapped: {names}.',
    noSeasons: 'No whole season is covered, so no map can be made of these data.',
    fine: 'Nothing speaks against this split.',
    again: 'Check again',
    cell: '{train} to learn, {validation} to watch, {test} to test',
  },
  cost: {
    title: 'What this takes',
    text: '{parameters} numbers to learn · {epochs} epochs of {steps} steps · about {memory} of memory for a step',
    measured: 'about {time} in all, judging by “{run}”',
    unmeasured: 'The time shows after the first epoch.',
    working: 'Estimating …',
  },
  tested: {
    title: 'Tested samples',
    cell: '“{truth}” taken for “{predicted}”',
    cellRight: '“{truth}” recognised',
    wrong: 'All errors',
    all: 'All tested samples',
    show: 'Show',
    order: 'Order',
    orders: { loss: 'Most wrong first', confidence: 'Least sure first', file: 'As in the labels' },
    count: '{n} samples',
    none: 'No sample of the test is like this.',
    notKept:
      'This run was made by an older version, which did not keep what was said of each sample. Train again to see it.',
    truth: 'Truth',
    predicted: 'Predicted',
    sure: 'Sure of it',
    sureTip: 'Probability of the predicted class.',
    given: 'Gave the truth',
    givenTip: 'Probability the model gave the true class. Near zero: surely wrong, or the label is.',
    time: 'Time',
    look: 'Look at it',
    lookTip: 'Opens the images at this place and time, with its curve.',
    noPlace: 'The images it was taken from are not there.',
    more: 'Show more',
    hint: 'Choose a cell to see its samples.',
  },
  runlog: {
    title: 'Log',
    copy: 'Copy',
    copied: 'The log is on the clipboard.',
    empty: 'Nothing was written down yet.',
    none: 'This run was made by an older version, which kept no log.',
    start: 'Training begins.',
    resume: 'Goes on from the last checkpoint.',
    device: 'Computes on {device}.',
    data: '{train} samples to learn from, {validation} to watch, {test} to test, {classes} classes.',
    epoch: 'Epoch {epoch}: loss {loss}, validation {validationLoss}, gradient {gradient}, {seconds} s, {megabytes} MB',
    stop: 'Stopped; a checkpoint is kept.',
    end: 'Finished; the model is written.',
    device2: 'Device',
    memory: 'Memory',
    megabytes: '{n} MB',
    unfinished: 'A run was stopped before its end',
    unfinishedText: '“{name}” has learned for {n} epochs. It can go on where it stopped.',
    unfinishedNone: '“{name}” ended before its first checkpoint. Start it anew.',
    open: 'Show it',
  },
  gradient: {
    title: 'How far the gradient reaches',
    layers: 'By layer',
    dates: 'By date',
    layersTip: 'Size of the gradient of each layer’s weights, on a logarithmic scale.',
    datesTip: 'Size of the gradient at each date, from the first (left) to the last, epoch by epoch.',
    date: 'Date',
    teach: {
      vanishing:
        'Learning sends its signal back through time, date by date. In “{layer}” only {part} of what reaches the last date reaches the first: it vanishes, so early dates are hardly learned from. More epochs, gates (LSTM, GRU) or attention help.',
      exploding:
        'In “{layer}” the signal grows {times} times on its way back to the first date: it explodes. It is clipped, so training holds; a smaller learning rate helps.',
      healthy:
        'In “{layer}” {part} of the signal at the last date reaches the first: early dates take part in learning.',
    },
    notKept:
      'To see how far the signal reaches back through the dates, switch on “Gradient per date” in the model’s settings.',
    norm: 'gradient {value}',
  },
  loss: {
    weighted: 'Rare classes count more while training, so the two lines differ in height.',
    smoothed: 'Training minimises a smoothed loss that cannot fall below {floor}; older runs drew that one.',
    plain: 'Both lines are the plain cross-entropy. While training, dropout is on, so its line may lie above.',
  },
  versus: {
    title: 'Runs side by side',
    choose: 'Runs to compare',
    differ: 'What differs',
    same: 'All settings are the same.',
    setting: 'Setting',
    sameTest: 'All were tested on the same samples: the scores can be compared.',
    otherTest:
      'They were tested on different samples, so a small difference in score says little. Use the same seed, split and labels to compare.',
    unknownTest: 'An older run did not note which samples it was tested on, so the scores may not be comparable.',
    seeds: 'The same settings with several seeds',
    seedsTip: 'Each seed begins with other numbers and divides the labels anew, so the range holds both.',
    mean: 'Mean',
    range: 'Range',
    n: 'Runs',
    metric: { validationLoss: 'Validation loss', validationAccuracy: 'Validation accuracy' },
    curve: 'Curve',
    seed: 'Seed',
    epochs: 'Epochs',
    batch: 'Batch',
    device: 'Device',
    data: 'Data',
    samples: 'Samples learned from',
    split: 'Split',
    own: 'own',
  },
  evaluation: {
    title: 'On other labelled data',
    text: 'How well does the model do where it was not trained? Choose other images with labels.',
    start: 'Test on other data',
    running: 'Testing …',
    data: 'Data',
    none: 'Not tested on other data yet.',
    baseline: 'Naive guess',
    choose: 'Choose data',
    other: 'Another folder …',
  },
  newdata: {
    data: 'Images',
    add: 'Other images …',
    addTip: 'Maps images that are not part of the project yet. They stay where they are.',
    checking: 'Checking whether the model fits …',
    fits: 'The model fits these images.',
    misfit: 'The model cannot be used on these images:',
    several: 'Which of them?',
    shown: 'The map shows “{name}”.',
    term: {
      bands: 'Bands: needs {expected}; there are {found}.',
      step: 'Interval: needs a date about every {expected} days; there is one every {found}.',
      frames: 'Dates: needs a series of {expected}; there are {found}.',
      dates: 'Dates: the images have none.',
      'time-span': 'Period: needs a whole season; the images reach from {found}.',
    },
    seasonsArea: 'Areas over the seasons',
    cancelled: 'The prediction was stopped. Nothing of it is kept.',
    incomplete: 'stopped',
    removeIncomplete: 'Remove {n} stopped predictions',
  },
  interval: {
    note: 'The interval keeps a width where no error was seen, since few samples without an error do not prove that there is none (Wilson 1927, combined as Zou et al. 2009).',
  },
  remark: {
    labels: {
      'some-outside-raster': '{count} of {of} labels lie outside the images and are left out. Check their position.',
      'some-outside-time':
        '{count} of {of} labels lie outside the period of the images and are left out. Check their dates.',
      'no-interval':
        '{count} labels have no dates and stand for all of {from} to {to}. Give them a season if the ground changes.',
      repeated: '{count} labels repeat another at the same pixel and time; they count once.',
      contradicting:
        '{count} labels contradict each other and are left out, for example “{firstLabel}” and “{secondLabel}” at one pixel. Correct one of them.',
      drawn:
        '{count} of {of} labels were drawn, at most {limit} of each class. Raise “Most labels per class” to use more.',
      'class-not-of-model': '{count} labels are of classes the model does not know and are left out.',
    },
    samples: {
      'left-out':
        '{count} of {of} labelled pixels have no value in some band and are left out. Look at clouds and gaps there.',
    },
    split: {
      'same-observations':
        '{count} pixels are learned from and tested at the same time: the score will be too good. Split by blocks.',
      'same-pixels':
        '{count} pixels are in more than one part at other times: the score may be too good. Split by blocks.',
      'same-polygons': '{count} areas are in more than one part: the score will be too good. Split by blocks.',
      'small-blocks':
        '{percent} % of the test lies beside a learned pixel: the score will be too good. Choose blocks larger than {blockSize} pixels.',
      neighbours: '{percent} % of the test lies beside a learned pixel: the score will be too good. Split by blocks.',
      'few-blocks':
        'The labels lie in only {blocks} blocks, so chance decides what is tested. Choose smaller blocks, or cross-validate.',
      'few-tested':
        'Only {count} samples of “{label}” are tested: one error changes its score by {points} points. Add labels, or cross-validate.',
      'class-not-learned':
        'Nothing of {labels} is learned from, so the model cannot know it. Add labels in other places.',
      'class-not-tested':
        'Nothing of {labels} is tested, so the score says nothing about it. Add labels in other places.',
      'uneven-classes':
        '“{most}” has {ratio} times as many samples as “{least}”. Look at the scores by class, or balance the class weights.',
      empty:
        'A part of the split stays empty: the labels lie in too few blocks or years. Choose smaller blocks or another split.',
      'not-given':
        '{count} labels do not say which part they belong to. Choose another split, or fill the column “split”.',
    },
    contract: {
      'odd-intervals':
        '{count} of {of} samples hold much longer or shorter than the {days} days the model looks at. Set “Dates per season”, or give labels of one length.',
      'long-gap':
        'Up to {days} days lie between two dates, bridged by straight lines. Look at what happens there with care.',
    },
    evaluate: {
      'seen-samples': 'The model has learned from some of these samples, so this score is too good.',
    },
  },
}
