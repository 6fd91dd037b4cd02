import { type Rgb } from '../../../shared/imaging/class-colours.ts'
import type { LesionModel, TrackReport } from '../../../shared/domain/medical/track-report.ts'
import { ruleSentence } from './rule-sentence.ts'

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
@media print { body { margin: 0; max-width: none } h2 { break-after: avoid } tr { break-inside: avoid } }
`

/**
 * The report as one HTML file that needs nothing else: response, table, growth, key images, registration. It names no patient.
 * Opened in a browser it prints on A4.
 */
export function trackHtml(
  report: TrackReport,
  images: KeyImages,
  colourOf: (track: number) => Rgb,
  _language: 'en' | 'zh-CN' = 'en',
): string {
  const { studies, lesions, response, warnings } = report
  const dates = studies.map(({ date, study }) => date ?? `Study ${study + 1}`)
  const dot = (track: number): string =>
    `<span class="dot" style="background: rgb(${colourOf(track).join(', ')})"></span>`
  const sections = [
    `<h1>Lesions over ${studies.length} studies</h1>`,
    `<p class="quiet">${escaped(dates.join(' · '))}. ${lesions.length} ${lesions.length === 1 ? 'lesion' : 'lesions'}. Made by Chronolens; for research, to be checked by a reader.</p>`,
    `<h2>Response (RECIST 1.1)</h2>`,
    responseTable(report, dates),
    `<p class="quiet">Targets: ${escaped(targetText(response.roles))}.</p>`,
    `<h2>Lesions</h2>`,
    lesionTable(report, dates, dot),
    `<h2>Volume</h2>`,
    growthChart(report, dates, colourOf),
    `<h2>Key images</h2>`,
    ...lesions.map((track) => pictures(report, track.number, images, dates, dot)),
    `<h2>Registration</h2>`,
    registrationTable(report, dates),
    ...(warnings.length > 0
      ? [`<h2>To be noted</h2>`, `<ul>${warnings.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`]
      : []),
    ...(report.model ? [`<h2>Network</h2>`, `<p>${escaped(modelText(report.model))}</p>`] : []),
    `<h2>How it was measured</h2>`,
    `<p class="quiet">On the pixels as taken, calibrated by spacing and position. Longest diameter in a slice and its longest perpendicular, from the lesion's outline; volume as the sum of its voxels. Studies are laid over each other only to find the same lesion again.</p>`,
  ]
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Lesions over time</title><style>${style}</style></head><body>\n${sections.join('\n')}\n</body></html>\n`
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

function responseTable({ response }: TrackReport, dates: readonly string[]): string {
  const rows = response.followUps.map((entry) => [
    escaped(dates[entry.study] ?? ''),
    `<span class="verdict ${entry.overall}">${entry.overall}</span>`,
    `${one(entry.sumMm)}${entry.isComplete ? '' : ' or more'}`,
    percent(entry.percentFromBaseline),
    percent(entry.percentFromNadir),
    entry.newLesions.length > 0 ? entry.newLesions.join(', ') : '–',
    `<td class="text">${escaped(ruleSentence(entry.rule))}</td>`,
  ])
  const head = [
    'Date',
    'Response',
    'Sum (mm)',
    'From baseline',
    'From smallest',
    'New lesions',
    '<th class="text">Rule that decided</th>',
  ]
  const base = [
    escaped(dates[0] ?? ''),
    'baseline',
    one(response.baselineSumMm),
    '–',
    '–',
    '–',
    '<td class="text"></td>',
  ]
  return table(head, [base, ...rows])
}

function modelText({ name, sha256, ...tested }: LesionModel): string {
  const studies = `${tested.testStudies} ${tested.testStudies === 1 ? 'study' : 'studies'}`
  const figures = [
    `Dice ${one(tested.dice, 2)}`,
    `${one(tested.lesionSensitivity === null ? null : 100 * tested.lesionSensitivity, 0)} % of lesions found`,
    `${one(tested.falsePositivesPerScan)} false ones for each study`,
  ].join(', ')
  return `Studies without masks were marked by the trained network ${name} (fingerprint ${sha256.slice(0, 12)}). When it was tested on ${studies} kept apart (${tested.split}): ${figures}. Studies that differ from those it learned from may do worse.`
}

function targetText(roles: TrackReport['response']['roles']): string {
  const of = (role: string): string =>
    roles
      .filter((entry) => entry.role === role)
      .map(({ track, kind }) => `${track}${kind === 'node' ? ' (node)' : ''}`)
      .join(', ') || 'none'
  return `${of('target')}; non-targets: ${of('non-target')}`
}

function lesionTable(report: TrackReport, dates: readonly string[], dot: (track: number) => string): string {
  const byId = new Map(report.measurements.map((entry) => [entry.id, entry]))
  const rows = report.lesions.map((track) => [
    `${dot(track.number)}${track.number}`,
    ...track.lesions.map((id, study) => {
      const entry = byId.get(id ?? '')
      const event = track.events[study] ?? ''
      if (!entry) {
        const into = event === 'merged' && track.mergedInto !== null ? ` into ${track.mergedInto}` : ''
        return event === 'absent' ? '–' : `${event}${into}`
      }
      const { measures, volumeChangePercent } = entry
      const note =
        event === 'new' || event === 'reappeared'
          ? ` (${event})`
          : event === 'split'
            ? ` (split from ${track.splitFrom})`
            : ''
      const change = volumeChangePercent === null || study === 0 ? '' : ` · ${percent(volumeChangePercent)}`
      return `${one(measures.longAxisMm)} × ${one(measures.shortAxisMm)} mm · ${one(measures.volumeMl, 2)} ml${change}${note}`
    }),
  ])
  return table(['Lesion', ...dates.map(escaped)], rows)
}

/** Volumes over the dates, on a logarithmic axis, where doubling is the same way up everywhere. */
function growthChart(report: TrackReport, dates: readonly string[], colourOf: (track: number) => Rgb): string {
  const volumes = report.measurements.map(({ measures }) => measures.volumeMl).filter((ml) => ml > 0)
  if (volumes.length === 0) return '<p>There is nothing to show.</p>'
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
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Volume of each lesion over time">${[...grid, ...ticks, ...lines].join('')}</svg>`
}

function pictures(
  report: TrackReport,
  number: number,
  images: KeyImages,
  dates: readonly string[],
  dot: (track: number) => string,
): string {
  const figures = report.studies.flatMap(({ study }) => {
    const image = images.get(`${number} ${study}`)
    if (!image) return []
    const event = report.lesions.find((track) => track.number === number)?.events[study] ?? ''
    const note = event === 'followed' || event === 'baseline' ? '' : ` · ${event}`
    const label = `Lesion ${number}, ${dates[study] ?? ''}${note}`
    return [
      `<figure><img alt="${escaped(label)}" src="data:image/png;base64,${image.toString('base64')}"><figcaption>${escaped((dates[study] ?? '') + note)}</figcaption></figure>`,
    ]
  })
  return figures.length === 0
    ? ''
    : `<h3>${dot(number)}Lesion ${number}</h3><div class="pictures">${figures.join('')}</div>`
}

function registrationTable({ studies }: TrackReport, dates: readonly string[]): string {
  const rows = studies
    .slice(1)
    .map(({ study, registration: { kind, quality, remark } }) => [
      escaped(dates[study] ?? ''),
      kind,
      quality ? `${one(quality.mutualInformationBefore, 3)} → ${one(quality.mutualInformationAfter, 3)}` : '–',
      quality ? `${one(quality.correlationBefore, 3)} → ${one(quality.correlationAfter, 3)}` : '–',
      quality ? `${Math.round(quality.overlap * 100)} %` : '–',
      quality ? `${one(quality.largestShiftMm)} mm, ${one(quality.rotationDegrees)}°` : '–',
      `<td class="text">${escaped(remark ?? '')}</td>`,
    ])
  const head = [
    'Date',
    'Kind',
    'Mutual information',
    'Correlation',
    'Imaged in both',
    'Largest shift, turn',
    '<th class="text">Remark</th>',
  ]
  return table(head, rows)
}
