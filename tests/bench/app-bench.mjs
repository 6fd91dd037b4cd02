// Times what people wait for: from a folder to its first image, to all of it, and one view after the other. Everything goes
// the way it goes in the program: a core, its reader processes, the data plane over a port. `npm run build` first.
//   node tests/bench/app-bench.mjs [--runs 3] [--slices 300] [--only dicom|map] [--json]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { Workbench } from '../../dist/electron/core/app/workbench.js'
import { createCore } from '../../dist/electron/core/create-core.js'
import { NodeComputeStarter } from '../../dist/electron/core/node-compute-starter.js'
import { nodePortChannel } from '../../dist/electron/core/port-channel.js'
import { residentBytes } from '../../dist/electron/core/process-memory.js'
import { serveData, serveRpc } from '../../dist/electron/core/serve-channel.js'
import { enlargeSeries } from './enlarge-series.mjs'
import { writeLargeRaster } from './large-raster.mjs'

const { values: given } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    slices: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})
const root = fileURLToPath(new URL('../..', import.meta.url))
const data = process.env.CHRONOLENS_DATA ?? join(dirname(root.replace(/\/$/, '')), 'shared', 'data')
const folder = mkdtempSync(join(tmpdir(), 'chronolens-bench-'))
const rows = []

const now = () => performance.now()
async function timed(work) {
  const start = now()
  const value = await work()
  return [now() - start, value]
}

/** A core with one client, as a window has them. */
function startProgram() {
  const core = createCore({ computeStarter: new NodeComputeStarter() })
  const workbench = new Workbench(core, {
    version: '0.0.0',
    settingsFolder: join(folder, 'settings'),
    projectsFolder: join(folder, 'projects'),
    samplesFolder: join(root, 'resources', 'samples'),
  })
  const info = { kind: 'electron', version: '0.0.0', platform: 'linux', canPick: true, canDrop: true }
  const session = workbench.openSession({ info, roots: [], isConfined: false })
  const [rpc, bulk] = [new MessageChannel(), new MessageChannel()]
  serveRpc(workbench, session, nodePortChannel(rpc.port1))
  serveData(session, nodePortChannel(bulk.port1))
  rpc.port2.start()
  const waiting = new Map()
  bulk.port2.on('message', (answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  let id = 0
  const ask = (handle, read) =>
    new Promise((resolve, reject) => {
      waiting.set(id, ({ error, buffer }) => (error ? reject(new Error(error.message)) : resolve(buffer)))
      bulk.port2.postMessage({ id: id++, handle, read })
    })
  return {
    client: createORPCClient(new RPCLink({ port: rpc.port2 })),
    session,
    ask,
    pids: () => core.readers.pids,
    warm: () => core.readers.warm(),
    memory: async () => {
      const bytes = await Promise.all(core.readers.pids.map(residentBytes))
      return bytes.reduce((sum, one) => sum + (one ?? 0), 0)
    },
    close: async () => {
      rpc.port2.close()
      bulk.port2.close()
      await workbench.close()
    },
  }
}

const wholeFrame = ({ height, width }, frame) => ({
  kind: 'frame',
  frame,
  bands: [0],
  window: { row: 0, column: 0, height, width },
  outHeight: height,
  outWidth: width,
  resampling: 'nearest',
})

/** CPU time of processes so far, in ms: of this one, and of the readers (Linux counts in hundredths of a second). */
function cpuTime(pids) {
  const { user, system } = process.cpuUsage()
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return { own: (user + system) / 1000, readers: ticks.reduce((sum, one) => sum + one * 10, 0) }
}

/** The CPU time that work takes. */
async function cpuOf(pids, work) {
  const before = cpuTime(pids())
  await work()
  const after = cpuTime(pids())
  return { own: after.own - before.own, readers: after.readers - before.readers }
}

async function inParallel(count, width, work) {
  let next = 0
  const one = async () => {
    for (let i = next++; i < count; i = next++) await work(i)
  }
  await Promise.all(Array.from({ length: width }, one))
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

function report(name, unit, values, aim = '') {
  rows.push({ name, unit, median: median(values), least: Math.min(...values), aim })
}

async function benchDicom(series, slices, runs) {
  const times = { found: [], open: [], first: [], drop: [], all: [], again: [], bytes: [], one: [], memory: [] }
  const cpu = { bytes: [], core: [], reader: [], coreAgain: [], readerAgain: [] }
  const files = readdirSync(series).map((name) => join(series, name))
  for (let run = 0; run < runs; run++) {
    const program = startProgram()
    const [grant] = await program.session.grantPaths([series])
    // The peer: the bytes of the same files, as many at once.
    const readBytes = () => inParallel(files.length, 8, (i) => readFile(files[i]))
    await readBytes() // Once for the page cache and the code.
    const [bytes, bytesCpu] = await timed(() => cpuOf(() => [], readBytes))
    times.bytes.push(bytes)
    cpu.bytes.push(bytesCpu.own)
    // A program that was just started has a process waiting.
    program.warm()
    await sleep(2000)
    const start = now()
    const { job } = await program.client.sequences.inspect({ grants: [grant.id] })
    const { sequences } = await program.client.sequences.found({ job })
    times.found.push(now() - start)
    if (sequences[0]?.frames !== slices) throw new Error(`found ${sequences[0]?.frames} frames`)
    const opening = now()
    const { handle, info } = await program.client.sequences.open({ grants: [grant.id], sequence: sequences[0].id })
    times.open.push(now() - opening)
    await program.ask(handle, wholeFrame(info, Math.floor(slices / 2)))
    times.first.push(now() - opening)
    times.drop.push(now() - start)
    const readAll = () => inParallel(slices, 8, (frame) => program.ask(handle, wholeFrame(info, frame)))
    const [all, allCpu] = await timed(() => cpuOf(program.pids, readAll))
    times.all.push(all)
    cpu.core.push(allCpu.own)
    cpu.reader.push(allCpu.readers)
    const [again, againCpu] = await timed(() => cpuOf(program.pids, readAll))
    times.again.push(again)
    cpu.coreAgain.push(againCpu.own)
    cpu.readerAgain.push(againCpu.readers)
    for (let frame = 0; frame < 20; frame++)
      times.one.push((await timed(() => program.ask(handle, wholeFrame(info, frame * 7))))[0])
    times.memory.push((await program.memory()) / 2 ** 20)
    await program.close()
  }
  report(`${slices} slices: looked at`, 'ms', times.found)
  report(`${slices} slices: opened, after that`, 'ms', times.open)
  report(`${slices} slices: first image, from the request to open`, 'ms', times.first, '< 300')
  report(`${slices} slices: first image, from dropping the folder`, 'ms', times.drop)
  report(`${slices} slices: all images, after that`, 'ms', times.all)
  report(`${slices} slices: all images, once more`, 'ms', times.again)
  report(`${slices} slices: reading the bytes of the files`, 'ms', times.bytes)
  const ratios = times.all.map((all, i) => all / times.bytes[i])
  report(`${slices} slices: all images / reading the bytes`, '', ratios, '< 1.5')
  report('CPU of reading the bytes', 'ms', cpu.bytes)
  report('CPU of all images: core and page', 'ms', cpu.core)
  report('CPU of all images: reader', 'ms', cpu.reader)
  report('CPU of all images, once more: core and page', 'ms', cpu.coreAgain)
  report('CPU of all images, once more: reader', 'ms', cpu.readerAgain)
  report('one slice that is not prefetched', 'ms', times.one)
  report('memory of the reader processes', 'MiB', times.memory)
}

/** Three bands of int16 that look like land: fields of smooth ground with noise, which compresses as imagery does. */
async function benchMap(path, runs) {
  const times = { open: [], whole: [], pan: [], zoom: [] }
  for (let run = 0; run < runs; run++) {
    const program = startProgram()
    const [grant] = await program.session.grantPaths([path])
    const { job } = await program.client.sequences.inspect({ grants: [grant.id] })
    await program.client.sequences.found({ job })
    const [open, { handle, info }] = await timed(() => program.client.sequences.open({ grants: [grant.id] }))
    times.open.push(open)
    const [outHeight, outWidth] = [800, 1280]
    const view = (row, column, height, width) => {
      const window = { row, column, height, width }
      return program.ask(handle, {
        ...{ kind: 'frame', frame: 0, bands: [0, 1, 2], window, resampling: 'average' },
        outHeight: Math.min(outHeight, height),
        outWidth: Math.min(outWidth, width),
      })
    }
    times.whole.push((await timed(() => view(0, 0, info.height, info.width)))[0])
    for (let i = 0; i < 6; i++) times.pan.push((await timed(() => view(300 + 150 * i, 200 + 300 * i, 800, 1280)))[0])
    for (let i = 0; i < 4; i++)
      times.zoom.push((await timed(() => view(100, 100, Math.min(3900, 800 << i), Math.min(3900, 1280 << i))))[0])
    await program.close()
  }
  report('4096 x 4096 x 3: opened', 'ms', times.open)
  report('4096 x 4096 x 3: the whole picture at 1280 x 800', 'ms', times.whole)
  report('4096 x 4096 x 3: a view further on', 'ms', times.pan, '< 200')
  report('4096 x 4096 x 3: a view at another zoom', 'ms', times.zoom, '< 200')
}

try {
  const runs = Number(given.runs)
  const slices = Number(given.slices)
  if (given.only !== 'map') {
    const series = join(folder, 'series')
    enlargeSeries(join(data, 'mr_series_sag_anon'), series, slices)
    await benchDicom(series, slices, runs)
  }
  if (given.only !== 'dicom') {
    const raster = join(folder, 'large_2020-01-01.tif')
    await writeLargeRaster(raster, 4096)
    await benchMap(raster, runs)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const load = loadavg()[0].toFixed(1)
if (given.json) console.log(JSON.stringify({ load, rows }, null, 2))
else {
  console.log(`load ${load}; median, and least in brackets`)
  for (const { name, unit, median: middle, least, aim } of rows)
    console.log(`${name.padEnd(58)} ${middle.toFixed(1)} (${least.toFixed(1)}) ${unit} ${aim}`)
}
