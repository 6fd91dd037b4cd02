// Opens every TIFF given by the parent and reads all its pixels by window, telling the outcome file by file.
const { openGeoTiff } = await import(process.argv[2])
const { AppError } = await import(process.argv[3])

const mostPixels = 4_000_000

async function outcomeOf(path) {
  const started = performance.now()
  try {
    const raster = await openGeoTiff(path)
    try {
      const { width, height } = raster.grid
      const columns = Math.min(width, mostPixels)
      const rows = Math.max(1, Math.min(height, Math.floor(mostPixels / columns)))
      for (let band = 0; band < Math.min(raster.bands.length, 16); band++)
        for (let row = 0, windows = 0; row < height && windows < 32; row += rows, windows++)
          await raster.readWindow(band, { row, column: 0, height: Math.min(rows, height - row), width: columns })
    } finally {
      await raster.close()
    }
    return { path, outcome: 'read', milliseconds: performance.now() - started }
  } catch (error) {
    const outcome = error instanceof AppError ? error.code : `not an AppError: ${error?.stack}`
    return { path, outcome, milliseconds: performance.now() - started }
  }
}

process.on('message', async (paths) => {
  for (const path of paths) {
    process.send({ begun: path })
    process.send({ ...(await outcomeOf(path)), peakBytes: process.resourceUsage().maxRSS * 1024 })
  }
  process.disconnect()
})
