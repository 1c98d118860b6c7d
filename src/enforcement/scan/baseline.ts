import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import type { Fingerprint, LocatedFinding } from './findings.ts'

const schema = z.strictObject({
  version: z.literal(1),
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
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new PortcullisError(
      'usage',
      `\`${path}\` is not a baseline of this version`,
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

export async function writeBaseline(
  path: string,
  findings: readonly LocatedFinding[],
  fingerprint: Fingerprint,
): Promise<void> {
  const fingerprints = [...new Set(findings.flatMap(finding => finding.fingerprint ?? []))].sort()
  const baseline = { version: 1, key: keyMark(fingerprint), fingerprints } satisfies z.input<typeof schema>
  try {
    await writeFile(path, `${JSON.stringify(baseline, null, 2)}\n`)
  } catch (error) {
    const code = systemCode(error) ?? 'unknown'
    throw new PortcullisError(
      'usage',
      `cannot write the baseline \`${path}\` (${code})`,
      'choose a writable place',
      error,
    )
  }
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
