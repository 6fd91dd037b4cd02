import { type Rgb } from '../../../shared/imaging/class-colours.ts'
import type { TrackReport } from '../../../shared/domain/medical/track-report.ts'
import type { TrackingSummary } from '../../../shared/metrics/summarise-tracking.ts'
import { type ReportLanguage, type ReportTexts, reportTexts } from './report-texts.ts'

/** A key image by track number and study. */
export type KeyImages = ReadonlyMap<string, Buffer>

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => escapes[letter] ?? letter)

const style = `
:root { color-scheme: light; font: 14px/1.45 system-ui, sans-serif; color: #1c2330; background: #fff }
body { max-width: 1080px; margin: 2rem auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p, li { max-width: 75ch } .quiet { color: #5b6472 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .7rem; border-bottom: 1px solid #dde1e7; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } th { font-weight: 600; background: #f4f6f8 }
.verdict { font-weight: 700 } .PD { color: #b3261e } .PR, .CR { color: #14713d }
td.text { white-space: normal; text-align: left; min-width: 18rem } th.text { text-align: left }
.dot { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .45em; vertical-align: -.05em }
.pictures { display: flex; flex-wrap: wrap; gap: .75rem; margin: .5rem 0 1.25rem; break-inside: avoid }
figure { margin: 0 } figure img { display: block; width: 200px; height: 200px; background: #000 }
figcaption { font-size: .85rem; color: #5b6472; max-width: 200px }
svg text { font: 11px system-ui, sans-serif; fill: #5b6472 }
svg { max-width: 100%; height: auto }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 11px } h2, h3 { break-after: avoid } tr { break-inside: avoid }
  .scroll { overflow: visible } table { width: 100% }
  th, td { padding: .25rem .35rem; white-space: normal; overflow-wrap: break-word } td.text { min-width: 0; width: 34% }
  th:first-child, td:first-child { white-space: nowrap }
  .pictures, figure { break-inside: avoid } figure img { width: 165px; height: 165px } figcaption { max-width: 165px }
}
`

/** What a report is made of; what the reader said is there where it was corrected. */
export type HtmlReport = TrackReport & { readonly notes?: TrackingSummary['notes'] }

/**
 * The report as one HTML file that needs nothing else: response, table, growth, key images, registration. It names no patient.
 * Opened in a browser it prints on A4.
 */
export function trackHtml(
  report: HtmlReport,
  images: KeyImages,
  colourOf: (track: number) => Rgb,
  language: ReportLanguage = 'en',
): string {
  const { studies, lesions, warnings } = report
  const texts = reportTexts(language)
  const dates = studies.map(({ date, study }) => date ?? texts.study(study + 1))
  const dot = (track: number): string =>
    `<span class="dot" style="background: rgb(${colourOf(track).join(', ')})"></span>`
  const sections = [
    `<h1>${texts.heading(studies.length)}</h1>`,
    `<p class="quiet">${escaped(dates.join(' · '))}. ${texts.lead(lesions.length)}</p>`,
    `<h2>${texts.response}</h2>`,
    responseTable(report, dates, texts),
    `<p class="quiet">${escaped(targetText(report.response.roles, texts))}</p>`,
    `<h2>${texts.lesions}</h2>`,
    lesionTable(report, dates, dot, texts),
    `<h2>${texts.volume}</h2>`,
    growthChart(report, dates, colourOf, texts),
    `<h2>${texts.images}</h2>`,
    ...lesions.map((track) => pictures(report, track.number, images, dates, dot, texts)),
    `<h2>${texts.registration}</h2>`,
    registrationTable(report, dates, texts),
    ...(warnings.length > 0
      ? [`<h2>${texts.noted}</h2>`, `<ul>${warnings.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`]
      : []),
    ...(report.model ? [`<h2>${texts.network}</h2>`, `<p>${escaped(texts.model(report.model))}</p>`] : []),
    `<h2>${texts.how}</h2>`,
    `<p class="quiet">${texts.howText}</p>`,
  ]
  return `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${texts.title}</title><style>${style}</style></head><body>\n${sections.join('\n')}\n</body></html>\n`
}

const one = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits)
const percent = (value: number | null): string =>
  value === null ? '–' : `${value > 0 ? '+' : ''}${value.toFixed(1)} %`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => (/^<t[dh]/.test(cell) ? cell : `<${tag}>${cell}</${tag}>`)).join('')}</tr>`
  return `<div class="scroll"><table><thead>${line(head, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('')}</tbody></table></div>`
}

function responseTable({ response }: TrackReport, dates: readonly string[], texts: ReportTexts): string {
  const rows = response.followUps.map((entry) => [
    escaped(dates[entry.study] ?? ''),
    `<span class="verdict ${entry.overall}">${entry.overall}</span>`,
    `${one(entry.sumMm)}${entry.isComplete ? '' : texts.orMore}`,
    percent(entry.percentFromBaseline),
    percent(entry.percentFromNadir),
    entry.newLesions.length > 0 ? entry.newLesions.join(', ') : '–',
    `<td class="text">${escaped(texts.rule(entry.rule))}</td>`,
  ])
  const head = textHead(texts.responseHead)
  const base = [
    escaped(dates[0] ?? ''),
    texts.baseline,
    one(response.baselineSumMm),
    '–',
    '–',
    '–',
    '<td class="text"></td>',
  ]
  return table(head, [base, ...rows])
}

function targetText(roles: TrackReport['response']['roles'], texts: ReportTexts): string {
  const of = (role: string): string =>
    roles
      .filter((entry) => entry.role === role)
      .map(({ track, kind }) => `${track}${kind === 'node' ? ` (${texts.node})` : ''}`)
      .join(', ') || texts.none
  return texts.targets(of('target'), of('non-target'))
}

function lesionTable(
  report: HtmlReport,
  dates: readonly string[],
  dot: (track: number) => string,
  texts: ReportTexts,
): string {
  const byId = new Map(report.measurements.map((entry) => [entry.id, entry]))
  const organOf = (track: number): string => {
    const organ = report.notes?.get(track)?.organ
    return organ ? ` · ${escaped(organ)}` : ''
  }
  const rows = report.lesions.map((track) => [
    `${dot(track.number)}${track.number}${organOf(track.number)}`,
    ...track.lesions.map((id, study) => {
      const entry = byId.get(id ?? '')
      const event = track.events[study] ?? 'absent'
      if (!entry) {
        return event === 'absent' ? '–' : texts.event(event, track.mergedInto)
      }
      const { measures, volumeChangePercent } = entry
      const isNoted = event === 'new' || event === 'reappeared' || event === 'split'
      const note = isNoted ? ` (${texts.event(event, track.splitFrom)})` : ''
      const change = volumeChangePercent === null || study === 0 ? '' : ` · ${percent(volumeChangePercent)}`
      return `${one(measures.longAxisMm)} × ${one(measures.shortAxisMm)} mm · ${one(measures.volumeMl, 2)} ml${change}${note}`
    }),
  ])
  return table([texts.lesions, ...dates.map(escaped)], rows)
}

/** Volumes over the dates, on a logarithmic axis, where doubling is the same way up everywhere. */
function growthChart(
  report: TrackReport,
  dates: readonly string[],
  colourOf: (track: number) => Rgb,
  texts: ReportTexts,
): string {
  const volumes = report.measurements.map(({ measures }) => measures.volumeMl).filter((ml) => ml > 0)
  if (volumes.length === 0) return `<p>${texts.nothing}</p>`
  const [width, height, left, bottom] = [760, 260, 60, 30]
  const times = report.studies.map(({ date, study }) => (date === null ? study : Date.parse(date) / 86_400_000))
  const isDated = report.studies.every(({ date }) => date !== null) && new Set(times).size > 1
  const at = isDated ? times : report.studies.map(({ study }) => study)
  const [first, last] = [Math.min(...at), Math.max(...at)]
  const x = (study: number): number =>
    left + 20 + (((at[study] ?? 0) - first) / (last - first || 1)) * (width - left - 60)
  const [low, high] = [Math.floor(Math.log10(Math.min(...volumes))), Math.ceil(Math.log10(Math.max(...volumes)) + 1e-9)]
  const y = (ml: number): number => 10 + (1 - (Math.log10(ml) - low) / (high - low || 1)) * (height - bottom - 20)
  const byId = new Map(report.measurements.map((entry) => [entry.id, entry.measures.volumeMl]))
  const grid = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).map(
    (ml) =>
      `<line x1="${left}" x2="${width - 10}" y1="${y(ml)}" y2="${y(ml)}" stroke="#dde1e7"/><text x="${left - 8}" y="${y(ml) + 4}" text-anchor="end">${ml} ml</text>`,
  )
  const ticks = dates.map(
    (date, study) => `<text x="${x(study)}" y="${height - 8}" text-anchor="middle">${escaped(date)}</text>`,
  )
  const lines = report.lesions.map((track) => {
    const points = track.lesions.flatMap((id, study) => {
      const ml = byId.get(id ?? '')
      return ml === undefined || ml <= 0 ? [] : [{ x: x(study), y: y(ml) }]
    })
    const colour = `rgb(${colourOf(track.number).join(', ')})`
    const end = points.at(-1)
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map((p) => `${p.x},${p.y}`).join(' ')}"/>`,
      ...points.map((p) => `<circle cx="${p.x}" cy="${p.y}" r="3.5" fill="${colour}"/>`),
      end ? `<text x="${end.x + 7}" y="${end.y + 4}">${track.number}</text>` : '',
    ].join('')
  })
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${texts.volumeLabel}">${[...grid, ...ticks, ...lines].join('')}</svg>`
}

function pictures(
  report: TrackReport,
  number: number,
  images: KeyImages,
  dates: readonly string[],
  dot: (track: number) => string,
  texts: ReportTexts,
): string {
  const figures = report.studies.flatMap(({ study }) => {
    const image = images.get(`${number} ${study}`)
    if (!image) return []
    const track = report.lesions.find((one) => one.number === number)
    const event = track?.events[study] ?? 'absent'
    const note =
      event === 'followed' || event === 'baseline' || event === 'absent'
        ? ''
        : ` · ${texts.event(event, event === 'merged' ? (track?.mergedInto ?? null) : (track?.splitFrom ?? null))}`
    const label = `${texts.lesion(number)}, ${dates[study] ?? ''}${note}`
    return [
      `<figure><img alt="${escaped(label)}" src="data:image/png;base64,${image.toString('base64')}"><figcaption>${escaped((dates[study] ?? '') + note)}</figcaption></figure>`,
    ]
  })
  return figures.length === 0
    ? ''
    : `<h3>${dot(number)}${texts.lesion(number)}</h3><div class="pictures">${figures.join('')}</div>`
}

function registrationTable({ studies }: TrackReport, dates: readonly string[], texts: ReportTexts): string {
  const rows = studies
    .slice(1)
    .map(({ study, registration: { kind, quality, landmarks, remark } }) => [
      escaped(dates[study] ?? ''),
      landmarks ? texts.byLandmarks(landmarks) : (texts.registrationKind[kind] ?? kind),
      quality ? `${one(quality.mutualInformationBefore, 3)} → ${one(quality.mutualInformationAfter, 3)}` : '–',
      quality ? `${one(quality.correlationBefore, 3)} → ${one(quality.correlationAfter, 3)}` : '–',
      quality ? `${Math.round(quality.overlap * 100)} %` : '–',
      quality ? `${one(quality.largestShiftMm)} mm, ${one(quality.rotationDegrees)}°` : '–',
      `<td class="text">${escaped(remark ?? '')}</td>`,
    ])
  const head = textHead(texts.registrationHead)
  return table(head, rows)
}

/** The last column is a sentence. */
function textHead(names: readonly string[]): string[] {
  return names.map((name, i) => (i === names.length - 1 ? `<th class="text">${name}</th>` : name))
}
