import { readPrivateFile, writePrivateFile } from '../../../config/private-files.ts'
import { PortcullisError } from '../../../kernel/errors.ts'

/** What somebody looked at. */
export interface Pin {
  /** Of the bytes, in hex. */
  readonly sha256: string
  /** Rules that were named and accepted when it was pinned. */
  readonly accepted: readonly string[]
}

/** Absolute path → pin. */
export type Pins = ReadonlyMap<string, Pin>

/** The pins of a file, none when there is no file; throws `file.insecure` when others may write it and `config.invalid` when it is no list of pins. */
export function readPins(path: string): Pins {
  const bytes = readPrivateFile(path)
  return bytes === null ? new Map() : parsePins(bytes.toString('utf8'), path)
}

/** Replaces the list, whole or not at all. */
export async function writePins(path: string, pins: Pins): Promise<void> {
  const sorted = [...pins].toSorted(([a], [b]) => (a < b ? -1 : 1))
  await writePrivateFile(
    path,
    `${JSON.stringify({ version: 1, pins: sorted.map(([script, pin]) => ({ path: script, ...pin })) }, null, 2)}\n`,
  )
}

function parsePins(text: string, path: string): Pins {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw malformed(path, 'it is not JSON', error)
  }
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['pins']))
    throw malformed(path, 'it has no `version` 1 and `pins`')
  const pins = new Map<string, Pin>()
  for (const entry of value['pins'] as unknown[]) {
    const pin = pinOf(entry)
    if (pin === null) throw malformed(path, `entry ${pins.size + 1} is no pin`)
    if (pins.has(pin[0])) throw malformed(path, `\`${pin[0]}\` is pinned twice`)
    pins.set(...pin)
  }
  return pins
}

function pinOf(entry: unknown): [string, Pin] | null {
  if (!isRecord(entry)) return null
  const { path, sha256, accepted, ...rest } = entry
  const isWhole =
    typeof path === 'string' &&
    path.startsWith('/') &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    Array.isArray(accepted) &&
    accepted.every(rule => typeof rule === 'string') &&
    Object.keys(rest).length === 0
  return isWhole ? [path, { sha256, accepted }] : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(path: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError(
    'config.invalid',
    `\`${path}\` cannot be used: ${why}`,
    'remove it and pin the scripts again with `portcullis scripts pin`',
    cause,
  )
}
