import type { LandmarkFit } from '../../../shared/domain/medical/landmarks.ts'
import type { TrackEvent } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { LesionModel } from '../../../shared/domain/medical/track-report.ts'
import type { RecistRule } from '../../../shared/metrics/recist.ts'
import { ruleSentence } from '../../../shared/metrics/recist-sentence.ts'

/** Languages a report can be written in. */
export type ReportLanguage = 'en' | 'zh-CN'

/** All words of a report. */
export interface ReportTexts {
  readonly title: string
  readonly heading: (studies: number) => string
  readonly lead: (lesions: number) => string
  readonly study: (number: number) => string
  readonly response: string
  readonly responseHead: readonly string[]
  readonly baseline: string
  readonly orMore: string
  readonly rule: (rule: string) => string
  readonly targets: (targets: string, others: string) => string
  readonly node: string
  readonly none: string
  readonly lesions: string
  readonly lesion: (number: number) => string
  readonly volume: string
  readonly volumeLabel: string
  readonly nothing: string
  readonly images: string
  readonly event: (event: TrackEvent, other: number | null) => string
  readonly registration: string
  readonly registrationHead: readonly string[]
  readonly registrationKind: Readonly<Record<string, string>>
  readonly byLandmarks: (fit: LandmarkFit) => string
  readonly noted: string
  readonly network: string
  readonly model: (model: LesionModel) => string
  readonly how: string
  readonly howText: string
}

const figure = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits))

const english: ReportTexts = {
  title: 'Lesions over time',
  heading: (studies) => `Lesions over ${studies} studies`,
  lead: (lesions) =>
    `${lesions} ${lesions === 1 ? 'lesion' : 'lesions'}. Made by Chronolens; for research, to be checked by a reader.`,
  study: (number) => `Study ${number}`,
  response: 'Response (RECIST 1.1)',
  responseHead: ['Date', 'Response', 'Sum (mm)', 'From baseline', 'From smallest', 'New lesions', 'Rule that decided'],
  baseline: 'baseline',
  orMore: ' or more',
  rule: ruleSentence,
  targets: (targets, others) => `Targets: ${targets}; non-targets: ${others}.`,
  node: 'node',
  none: 'none',
  lesions: 'Lesions',
  lesion: (number) => `Lesion ${number}`,
  volume: 'Volume',
  volumeLabel: 'Volume of each lesion over time',
  nothing: 'There is nothing to show.',
  images: 'Key images',
  event: (event, other) =>
    event === 'merged' ? `merged into ${other}` : event === 'split' ? `split from ${other}` : event,
  registration: 'Registration',
  registrationHead: [
    'Date',
    'Kind',
    'Mutual information',
    'Correlation',
    'Imaged in both',
    'Largest shift, turn',
    'Remark',
  ],
  registrationKind: {},
  byLandmarks: ({ model, pairs, meanMm, largestMm }) =>
    `by ${pairs.length} landmarks (${model}), residual ${figure(meanMm, 1)} mm, largest ${figure(largestMm, 1)} mm`,
  noted: 'To be noted',
  network: 'Network',
  model: ({ name, sha256, ...tested }) =>
    `Studies without masks were marked by the trained network ${name} (fingerprint ${sha256.slice(0, 12)}). When it was tested on ${tested.testStudies} ${tested.testStudies === 1 ? 'study' : 'studies'} kept apart (${tested.split}): Dice ${figure(tested.dice, 2)}, ${figure(tested.lesionSensitivity === null ? null : 100 * tested.lesionSensitivity, 0)} % of lesions found, ${figure(tested.falsePositivesPerScan, 1)} false ones for each study. Studies that differ from those it learned from may do worse.`,
  how: 'How it was measured',
  howText:
    "On the pixels as taken, calibrated by spacing and position. Longest diameter in a slice and its longest perpendicular, from the lesion's outline; volume as the sum of its voxels. Studies are laid over each other only to find the same lesion again.",
}

const chineseRules: Readonly<Record<RecistRule, string>> = {
  'new-lesion': '出现基线时没有的病灶。',
  'targets-grew': '靶病灶总和较最小值至少增加 20 % 且 5 mm。',
  'target-reappeared': '靶病灶全部消失后又有一个出现。',
  'non-target-progression': '非靶病灶明确进展。',
  'all-gone': '所有靶病灶和非靶病灶均已消失（淋巴结：短轴小于 10 mm）。',
  'targets-gone-non-targets-left': '靶病灶已消失；非靶病灶仍在。',
  'targets-shrank': '靶病灶总和较基线至少减少 30 %。',
  'neither-grew-nor-shrank': '靶病灶总和既未较基线减少 30 %，也未较最小值增加 20 % 且 5 mm。',
  'target-not-evaluable': '有靶病灶未成像或无法评估。',
  'non-target-not-evaluable': '有非靶病灶未成像或无法评估。',
  'non-targets-left': '没有靶病灶（均不够大）；非靶病灶仍在。',
  'nothing-followed': '基线时没有可跟踪的病灶。',
}

const chineseEvents: Readonly<Record<TrackEvent, string>> = {
  baseline: '基线',
  followed: '',
  new: '新出现',
  gone: '消失',
  merged: '并入',
  split: '分裂',
  reappeared: '再次出现',
  absent: '–',
}

const chinese: ReportTexts = {
  title: '病灶随时间的变化',
  heading: (studies) => `${studies} 次检查中的病灶`,
  lead: (lesions) => `${lesions} 个病灶。由 Chronolens 生成；供研究使用，须由阅片者核对。`,
  study: (number) => `检查 ${number}`,
  response: '疗效（RECIST 1.1）',
  responseHead: ['日期', '疗效', '总和（mm）', '较基线', '较最小值', '新病灶', '依据的规则'],
  baseline: '基线',
  orMore: ' 以上',
  rule: (rule) => chineseRules[rule as RecistRule] ?? rule,
  targets: (targets, others) => `靶病灶：${targets}；非靶病灶：${others}。`,
  node: '淋巴结',
  none: '无',
  lesions: '病灶',
  lesion: (number) => `病灶 ${number}`,
  volume: '体积',
  volumeLabel: '各病灶体积随时间的变化',
  nothing: '没有可显示的内容。',
  images: '关键图像',
  event: (event, other) =>
    event === 'merged' ? `并入 ${other}` : event === 'split' ? `由 ${other} 分裂` : chineseEvents[event],
  registration: '配准',
  registrationHead: ['日期', '方式', '互信息', '相关性', '共同成像', '最大位移、旋转', '备注'],
  registrationKind: { none: '无', rigid: '刚性', affine: '仿射', landmarks: '标志点' },
  byLandmarks: ({ model, pairs, meanMm, largestMm }) =>
    `${pairs.length} 对标志点（${model === 'rigid' ? '刚性' : '仿射'}），平均残差 ${figure(meanMm, 1)} mm，最大 ${figure(largestMm, 1)} mm`,
  noted: '请注意',
  network: '网络',
  model: ({ name, sha256, ...tested }) =>
    `没有掩膜的检查由训练好的网络 ${name}（指纹 ${sha256.slice(0, 12)}）标记。在 ${tested.testStudies} 次留出的检查上测试（${tested.split}）：Dice ${figure(tested.dice, 2)}，找到 ${figure(tested.lesionSensitivity === null ? null : 100 * tested.lesionSensitivity, 0)} % 的病灶，每次检查 ${figure(tested.falsePositivesPerScan, 1)} 个误报。与训练数据不同的检查结果可能更差。`,
  how: '测量方法',
  howText:
    '在原始像素上测量，按间距和位置校准。最长径为某一切片中病灶轮廓的最大距离，短轴为与其垂直的最长线段；体积为体素之和。各次检查相互配准只是为了重新找到同一病灶。',
}

/** The words of a report in a language. */
export function reportTexts(language: ReportLanguage): ReportTexts {
  return language === 'zh-CN' ? chinese : english
}
