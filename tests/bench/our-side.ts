import { createInterface } from 'node:readline'
import { referenceSize, type BenchSize, type PreparedCase } from './bench-case.ts'
import type { FailureReply, StepReply, StepRequest } from './line-protocol.ts'
import { ourCases } from './our-cases.ts'

// Our side of the comparison, the counterpart of torch_peer.py; arguments: device, threads.
const WARM_UP = 2
const [device = 'cpu', threads = '2'] = process.argv.slice(2)

/** maxRSS is the high-water mark in KiB on every platform. */
const peakMb = (): number => process.resourceUsage().maxRSS / 1024
const idleMb = peakMb()

let loaded: { readonly key: string; readonly prepared: PreparedCase } | undefined

async function answer(request: StepRequest): Promise<StepReply> {
  const reference = referenceSize[request.case]
  const size: BenchSize = {
    batch: request.batch ?? reference.batch,
    length: request.length ?? reference.length,
    width: request.width ?? reference.width,
  }
  const key = JSON.stringify([request.case, size])
  if (loaded?.key !== key) {
    await loaded?.prepared.close()
    loaded = undefined
    const found = ourCases.find((one) => one.name === request.case)
    if (!found) throw new Error(`our side has no case ${request.case}`)
    const prepared = await found.prepare(size, { device, threads: Number(threads) })
    for (let step = 0; step < (request.warmup ?? WARM_UP); step++) await prepared.step()
    loaded = { key, prepared }
  }
  const ms: number[] = []
  for (let step = 0; step < request.iterations; step++) {
    const start = performance.now()
    await loaded.prepared.step()
    ms.push(performance.now() - start)
  }
  return { ms, peakMb: peakMb(), idleMb }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue
  let reply: StepReply | FailureReply
  try {
    reply = await answer(JSON.parse(line) as StepRequest)
  } catch (error) {
    // The harness prints it; one size that does not fit must not end the run.
    reply = { error: error instanceof Error ? error.message : String(error) }
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
await loaded?.prepared.close()
