import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import type { Fingerprint } from './findings.ts'
import type { LocatedFinding } from './outcome.ts'

const VERSION = 1

const schema = z.strictObject({
  version: z.literal(VERSION),
  /** Tells a baseline made with another key from one whose secrets are all gone. */
  key: z.string(),
  fingerprints: z.array(z.string()),
})

/** The findings accepted before, by keyed fingerprint: a plain hash of a short password can be guessed. */
export async function readBaseline(path: string, fingerprint: Fingerprint): Promise<ReadonlySet<string>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = systemCode(error) ?? 'unknown'
    throw new PortcullisError(
      'usage',
      `cannot read the baseline \`${path}\` (${code})`,
      'make one with --update-baseline',
      error,
    )
  }
  const value = parseJson(text)
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const version = versionOf(value)
    throw new PortcullisError(
      'usage',
      version === undefined || version === VERSION
        ? `\`${path}\` is not a baseline`
        : `\`${path}\` is a baseline of version ${version}; this program reads version ${VERSION}`,
      'make a new one with --update-baseline',
    )
  }
  if (parsed.data.key !== keyMark(fingerprint)) {
    throw new PortcullisError(
      'usage',
      `the baseline \`${path}\` was made with another key`,
      'use the data folder it was made with (--data), or make a new one with --update-baseline',
    )
  }
  return new Set(parsed.data.fingerprints)
}

/** Replaces the file in one step: whoever reads it meanwhile sees the old one or the new one. */
export async function writeBaseline(
  path: string,
  findings: readonly LocatedFinding[],
  fingerprint: Fingerprint,
): Promise<void> {
  const fingerprints = [...new Set(findings.flatMap(finding => finding.fingerprint ?? []))].sort()
  const baseline = { version: 1, key: keyMark(fingerprint), fingerprints } satisfies z.input<typeof schema>
  const temporary = `${path}.portcullis-${process.pid}`
  try {
    await writeFile(temporary, `${JSON.stringify(baseline, null, 2)}\n`, { flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    const code = systemCode(error) ?? 'unknown'
    throw new PortcullisError(
      'usage',
      `cannot write the baseline \`${path}\` (${code})`,
      'choose a writable place',
      error,
    )
  }
}

function versionOf(value: unknown): number | undefined {
  const isVersioned = typeof value === 'object' && value !== null && 'version' in value
  return isVersioned && typeof value.version === 'number' ? value.version : undefined
}

function keyMark(fingerprint: Fingerprint): string {
  return fingerprint('baseline', 'key').slice(0, 16)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
