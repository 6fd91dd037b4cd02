import { isContractProcedure } from '@orpc/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../../../shared/contracts/contract.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  type TestWorkbench,
} from '../../contract/app/workbench-fixture.ts'
import { connectBySocket, enter, startTestServer, type TestServer } from '../../contract/app/server-fixture.ts'

type Call = (input: unknown) => Promise<unknown>

function pathsOf(node: unknown, path: string[] = []): string[][] {
  if (isContractProcedure(node)) return [path]
  return Object.entries(node as Record<string, unknown>).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))
}

/** Harmless whatever the input: they look at nothing but the session. Trying out devices is not a matter of input. */
const procedures = pathsOf(contract).filter(
  (path) => path.join('.') !== 'devices.list' && path.join('.') !== 'training.choices',
)

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 })
const leaf = fc.oneof(
  fc.string(),
  hex,
  fc.uuid(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, '__proto__', 'constructor', '../../etc/passwd', '\u0000', 1e308, -1, 'a'.repeat(10_000)),
)
const key = fc.constantFrom(
  ...['grants', 'handle', 'project', 'run', 'data', 'job', 'folder', 'file', 'name', 'set', 'view', 'row', 'column'],
  ...['labels', 'classes', 'collection', 'revision', 'prediction', 'season', 'role', 'table', 'purpose', 'x'],
)
const input = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 4 }),
  fc.dictionary(key, fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }), fc.dictionary(key, leaf))),
)

describe('calls with arbitrary inputs', () => {
  let bench: TestWorkbench
  let page: PortClient
  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench, {
      info: { kind: 'server', version: '0', platform: 'linux', canPick: false, canDrop: false },
      roots: [],
      isConfined: true,
    })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  it.each(procedures.map((path) => [path.join('.'), path] as const))(
    'end in an answer or in an error that is meant: %s',
    async (_name, path) => {
      const call = path.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], page.client) as Call
      await fc.assert(
        fc.asyncProperty(input, async (value) => {
          const code = await codeOf(call(value))
          expect(code).toMatch(/^(no error|BAD_REQUEST|[a-z]+\/[a-z-]+)$/)
          expect(code).not.toBe('internal/unexpected')
        }),
        { numRuns: 25, seed: 20261121 },
      )
    },
  )

  it.each([
    ['constructor'],
    ['__proto__', 'toString'],
    ['files', 'constructor'],
    ['files', 'browse', 'bind'],
    ['projects', 'dispose'],
  ])('reach nothing that is not in the contract: %s %s', async (...path) => {
    const names = path.filter((part) => typeof part === 'string')
    const call = names.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], page.client)
    // Some of these names are the client's own and cannot be called at all.
    if (typeof call !== 'function' || names.includes('__proto__') || names.at(-1) === 'bind') return
    expect(['NOT_FOUND', 'BAD_REQUEST']).toContain(await codeOf((call as Call)({})))
  })

  it('refuse a view that is too large', async () => {
    const [sample] = await page.client.files.samples()
    const { id } = await page.client.projects.create({ name: 'Large', data: [sample?.data.id ?? ''] })
    const save = page.client.projects.saveView({ project: id, view: { x: 'y'.repeat(300_000) } })
    await expect(codeOf(save)).resolves.toBe('projects/view-too-large')
  })

  it('come to no harm by a view of 100 000 levels', async () => {
    const [sample] = await page.client.files.samples()
    const { id } = await page.client.projects.create({ name: 'Deep', data: [sample?.data.id ?? ''] })
    const view = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
    // By hand: the client's own encoder gives up on it.
    const body = `{"json":{"project":"${id}","view":${view}}}`
    page.rpcPort.postMessage(`{"i":"deep","p":{"u":"/projects/saveView","b":${body}}}`)
    await expect(page.client.projects.get({ project: id })).resolves.toMatchObject({ name: 'Deep', view: {} })
  })
})

const garbage: unknown[] = [
  '',
  'nonsense',
  '{}',
  '{"i":1}',
  '{"i":"g1","p":{"u":"orpc://x/files/roots"}}',
  '{"i":"g2","t":99,"p":null}',
  '{"i":"g3","p":{"u":"/files/roots","b":{"json":{},"meta":[[1,"__proto__","x"]]}}}',
  '{"i":"g4","p":{"u":"http://[","b":1}}',
  `{"i":${'['.repeat(100_000)}`,
  new Uint8Array([0xff, 0xfe, 0, 1]),
]

describe('messages that are no calls', () => {
  it('are dropped by a message port, which goes on answering', async () => {
    const bench = await createTestWorkbench()
    const page = connectByPorts(bench.workbench)
    try {
      for (const message of [...garbage, null, undefined, 7, { i: 1 }, [], new Map(), new Float32Array(3)])
        page.rpcPort.postMessage(message)
      for (const message of [
        ...garbage,
        { id: 1 },
        { id: -1, handle: 3 },
        { id: 2, handle: 'x', read: {} },
        { id: 0, cancel: true },
      ])
        page.dataPort.postMessage(message)
      expect(await page.client.host.info()).toMatchObject({ kind: 'electron' })
      await expect(codeOf(page.read('0'.repeat(32), { kind: 'file' }))).resolves.toBe('data/unknown-handle')
      expect(({} as { x?: unknown }).x).toBeUndefined()
    } finally {
      await page.close()
      await bench.close()
    }
  })

  it('end at most their own WebSocket; others go on', async () => {
    const server: TestServer = await startTestServer()
    try {
      const cookie = await enter(server)
      const [bad, good] = [await connectBySocket(server, cookie), await connectBySocket(server, cookie)]
      for (const message of garbage) bad.socket.send(message as string | Uint8Array)
      expect(await bad.client.host.info()).toMatchObject({ kind: 'server' })
      const ended = new Promise((resolve) => bad.socket.once('close', resolve))
      bad.socket.send(new Uint8Array(33 * 1024 * 1024))
      await ended
      expect(await good.client.host.info()).toMatchObject({ kind: 'server' })
      await good.close()
    } finally {
      await server.close()
    }
  })

  it('are limited to sixteen connections for one browser', async () => {
    const server: TestServer = await startTestServer()
    try {
      const cookie = await enter(server)
      for (let i = 0; i < 16; i++) await connectBySocket(server, cookie)
      await expect(connectBySocket(server, cookie)).rejects.toThrow('503')
    } finally {
      await server.close()
    }
  })
})
