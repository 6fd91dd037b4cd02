import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { PredictionReport, PredictRequest } from '../../../shared/domain/run.ts'
import { areaAccuracy } from '../../../shared/metrics/area-accuracy.ts'
import type { Confusion } from '../../../shared/metrics/classification.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { parseSettings, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { frameDays } from './calendar.ts'
import type { MapSummary } from './change.ts'
import { checkContract } from './contract.ts'
import { openLandUseSource } from './land-use-source.ts'
import { mapFileNames, seasonFileOpener, writeTables } from './map-files.ts'
import { predictMaps } from './predict-maps.ts'
import { enumerateSeasons } from './seasons.ts'
import { loadLandUse } from './trained-land-use.ts'

const settingsSchema = z.object({
  /** Id of the sequence, where the input holds several. */
  sequence: z.string().optional(),
  /** Labels of the seasons to map, for example `2008-2009`; by default all that the data cover. */
  seasons: z.array(z.string()).optional(),
})

/**
 * The areas of a map with the error that the test samples show, where the model was tested.
 * The interval is right only as far as the test samples are a random sample of each mapped class.
 * Source: Olofsson et al. 2014.
 */
function estimateAreas(confusion: Confusion | undefined, summary: MapSummary): unknown {
  if (!confusion) return null
  const hectares = confusion.labels.map((label) => summary.perClass[label]?.hectares ?? 0)
  return hectares.every((area) => area === 0) ? null : areaAccuracy(confusion, hectares)
}

/**
 * Maps the classes of every pixel for each season the data cover, with probabilities, uncertainty, areas and changes.
 * @throws `contract/*` that names the broken term; codes of the readers and of the store; `AbortError`
 */
export async function predictLandUse(request: PredictRequest, context: JobContext): Promise<PredictionReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const settings = parseSettings(request.set, settingsSchema)
  const device = await chooseDevice(request.device)
  const trained = await loadLandUse(request.model, device)
  try {
    const { manifest } = trained
    const source = await openLandUseSource(request.input, trained.pipeline, settings.sequence)
    try {
      const { reader, grid } = source
      checkContract(manifest.contract, reader.info)
      const all = enumerateSeasons(manifest.contract, frameDays(reader.info))
      const seasons = settings.seasons ? all.filter((season) => settings.seasons?.includes(season.label)) : all
      const result = await predictMaps({
        reader,
        grid,
        contract: manifest.contract,
        classes: manifest.labels,
        seasons,
        classify: trained.classify,
        openSeason: seasonFileOpener({
          folder: request.out,
          grid,
          classes: manifest.labels,
          geoKeys: source.geoKeys,
          metadata: { MODEL: manifest.model.name },
        }),
        signal: context.signal,
        report: context.report,
      })
      const tables = await writeTables(request.out, result)
      const confusion = (manifest.report.metrics as { confusion?: Confusion }).confusion
      const folder = resolve(request.out)
      const maps = seasons.flatMap((season) =>
        Object.entries(mapFileNames(season)).map(([role, name]) => ({ path: join(folder, name), role })),
      )
      return {
        task: 'land-use',
        model: manifest.model.name,
        device,
        seconds: (performance.now() - started) / 1000,
        files: [...maps, ...tables.map((name) => ({ path: join(folder, name), role: 'table' }))],
        warnings: [],
        remarks: [],
        tables: {
          seasons,
          areas: result.summaries,
          changes: result.changes,
          estimatedAreas: result.summaries.map((summary) => ({
            map: summary.map,
            estimate: estimateAreas(confusion, summary),
          })),
        },
      }
    } finally {
      await source.reader.close()
    }
  } finally {
    await trained.close()
  }
}
