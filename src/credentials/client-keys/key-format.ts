import { crc32 } from 'node:zlib'
import type { Random } from '../../kernel/random.ts'
import { Secret } from '../../kernel/secret.ts'

// pcl_<env>_<kid 8>_<secret 43><crc32 6>: the prefix lets scanners find a leaked key, the checksum lets them
// (and us) tell a key from a look-alike without asking anybody.

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Without 0, 1, i, l and o: ids are read aloud and typed. */
const KID = '23456789abcdefghjkmnpqrstuvwxyz'

const ENV_LENGTH = 12
const KID_LENGTH = 8
/** 62^43 > 2^256. */
const SECRET_LENGTH = 43
/** 62^6 > 2^32. */
const CHECKSUM_LENGTH = 6

const shape = new RegExp(
  `^pcl_([a-z][a-z0-9]{0,${ENV_LENGTH - 1}})_([a-z0-9]{${KID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`,
)
const LONGEST = 'pcl_'.length + ENV_LENGTH + 1 + KID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH

/** What a key says about itself; nothing here is secret. */
export interface ParsedClientKey {
  readonly env: string
  readonly id: string
}

/** A new key: its public id and the text to be shown once. `env` must pass `isKeyEnvironment`. */
export function createClientKey(env: string, random: Random): { id: string; secret: Secret } {
  if (!isKeyEnvironment(env)) throw new TypeError('the environment of a key is 1 to 12 of a-z and 0-9')
  const id = draw(KID, KID_LENGTH, random)
  const body = `pcl_${env}_${id}_${draw(BASE62, SECRET_LENGTH, random)}`
  return { id, secret: new Secret(body + checksum(body)) }
}

/** Takes a key apart by shape and checksum alone; null when it cannot be one of ours. Says nothing about validity. */
export function parseClientKey(text: string): ParsedClientKey | null {
  // The length first: a megabyte of header must cost nothing.
  if (text.length > LONGEST) return null
  const match = shape.exec(text)
  if (match === null) return null
  const body = text.slice(0, -CHECKSUM_LENGTH)
  if (checksum(body) !== text.slice(-CHECKSUM_LENGTH)) return null
  return { env: match[1]!, id: match[2]! }
}

/** Whether the text wants to be one of our keys, whole or not. */
export function looksLikeClientKey(text: string): boolean {
  return text.startsWith('pcl_')
}

export function isKeyEnvironment(text: string): boolean {
  return text.length <= ENV_LENGTH && /^[a-z][a-z0-9]*$/.test(text)
}

export function isKeyId(text: string): boolean {
  return text.length === KID_LENGTH && /^[a-z0-9]*$/.test(text)
}

function checksum(body: string): string {
  let rest = crc32(body)
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62[rest % 62]! + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** Letters drawn evenly: bytes past the last whole multiple of the alphabet are thrown away, or some letters would come more often. */
function draw(alphabet: string, length: number, random: Random): string {
  const limit = 256 - (256 % alphabet.length)
  const pool = new Uint8Array(length * 2)
  let text = ''
  while (text.length < length) {
    for (const byte of random(pool)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length]
    }
  }
  return text
}
