import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Wrong codes or tokens within one minute after which all are refused for the rest of it. */
const mostWrongTries = 10
const minuteMs = 60_000
const codeLifetimeMs = 30 * minuteMs

interface Secret {
  readonly hash: Buffer
  readonly madeAt: number
}

/** What became of an attempt to exchange a code. */
export type ExchangeResult = 'accepted' | 'refused' | 'too-many-tries'

/** 32 random bytes in a form that fits into URLs and cookies. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Counts wrong tries: after ten in a minute everything is refused for the rest of it. */
export class WrongTries {
  private times: number[] = []
  private readonly now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  get areTooMany(): boolean {
    this.times = this.times.filter((at) => this.now() - at < minuteMs)
    return this.times.length >= mostWrongTries
  }

  count(): void {
    this.times.push(this.now())
  }
}

/** The token of the server's owner; only its hash is kept. */
export class OwnerToken {
  private readonly hash: Buffer
  private readonly tries: WrongTries

  constructor(token: string, tries = new WrongTries()) {
    this.hash = hashOf(token)
    this.tries = tries
  }

  /** Judges a token that was sent. */
  check(token: string): ExchangeResult {
    if (this.tries.areTooMany) return 'too-many-tries'
    if (timingSafeEqual(this.hash, hashOf(token))) return 'accepted'
    this.tries.count()
    return 'refused'
  }
}

/** One-time codes: each opens one session, once, within half an hour. Only hashes are kept. */
export class OneTimeCodes {
  private codes: Secret[] = []
  private readonly tries: WrongTries
  private readonly now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.now = now
    this.tries = new WrongTries(now)
  }

  /** Makes a new code. */
  issue(): string {
    const code = newSecret()
    this.codes.push({ hash: hashOf(code), madeAt: this.now() })
    return code
  }

  /** Takes a code; from then on it is dead. */
  exchange(code: string): ExchangeResult {
    const now = this.now()
    this.codes = this.codes.filter(({ madeAt }) => now - madeAt < codeLifetimeMs)
    if (this.tries.areTooMany) return 'too-many-tries'
    const hash = hashOf(code)
    const found = this.codes.find((candidate) => timingSafeEqual(candidate.hash, hash))
    if (!found) {
      this.tries.count()
      return 'refused'
    }
    this.codes = this.codes.filter((candidate) => candidate !== found)
    return 'accepted'
  }
}

/** Secrets that name something (session cookies); only their hashes are kept. */
export class SecretTable<Value> {
  private readonly entries: { readonly hash: Buffer; readonly value: Value }[] = []

  /** Makes a secret for a value. */
  add(value: Value): string {
    const secret = newSecret()
    this.entries.push({ hash: hashOf(secret), value })
    return secret
  }

  /** Takes a secret of which only the hash is known. */
  addHashed(hash: string, value: Value): void {
    this.entries.push({ hash: Buffer.from(hash, 'hex'), value })
  }

  /** The hash of a value's secret, hex. */
  hashOf(value: Value): string {
    return this.entries.find((entry) => entry.value === value)?.hash.toString('hex') ?? ''
  }

  /** The value a secret names; takes the same time for every wrong secret. */
  find(secret: string): Value | undefined {
    const hash = hashOf(secret)
    let found: Value | undefined
    for (const entry of this.entries) if (timingSafeEqual(entry.hash, hash)) found = entry.value
    return found
  }

  /** Forgets a value and its secret. */
  remove(value: Value): void {
    const index = this.entries.findIndex((entry) => entry.value === value)
    if (index >= 0) this.entries.splice(index, 1)
  }

  get size(): number {
    return this.entries.length
  }

  values(): Value[] {
    return this.entries.map(({ value }) => value)
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
