import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretSources } from '../../adapters/secrets/source.ts'
import type { Config } from '../../config/schema.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Secret } from '../../kernel/secret.ts'
import { type KnownValue, secretVariables, variablesOf } from './variables.ts'

type Settings = Config['validation']['secrets']

/** Secret values of this installation and of the sessions it serves. They are kept in memory and never written. */
export interface KnownValues {
  /** All values by the present configuration. Throws `file.insecure` or `file.unreadable` for a source that is not fit. */
  secrets(settings: Settings): readonly Secret[]
  /** The variable a placeholder's value comes from. */
  variableOf(placeholder: string): string | undefined
  /** Variables of an agent's own environment; true when some were new. */
  learn(variables: Readonly<Record<string, string>>): boolean
  /** The `.env` files of a folder an agent works in, looked at now and then; true when they held something new. */
  learnFolder(folder: string): boolean
}

/** More literals would make every scan slower; whoever has more secrets in one environment has other worries. */
const MOST_VALUES = 200
const MOST_FILES = 10
const MOST_FOLDERS = 200
const LOOK_EVERY_MS = 30_000
const LARGEST_FILE = 64 * 1024
const EXAMPLES = /example|sample|template|dist|default/i

interface KnownValueParts {
  readonly env: NodeJS.ProcessEnv
  readonly sources: SecretSources
  readonly clock: Clock
  readonly placeholder: (kind: string, secret: string) => string
}

export function createKnownValues({ env, sources, clock, placeholder }: KnownValueParts): KnownValues {
  const learnt = new Map<string, KnownValue>()
  const looked = new Map<string, number>()
  let variables = new Map<string, string>()

  function add(values: readonly KnownValue[]): boolean {
    let isNew = false
    for (const value of values) {
      const text = value.secret.reveal()
      if (learnt.has(text) || learnt.size >= MOST_VALUES) continue
      learnt.set(text, value)
      isNew = true
    }
    return isNew
  }

  return {
    secrets({ known, environment }) {
      const configured = known.flatMap((source): KnownValue[] => {
        const isVariable = 'env' in source
        const secret = isVariable ? sources.env(source.env).read() : sources.file(source.file).read()
        return secret ? [{ name: isVariable ? source.env : '', secret }] : []
      })
      const found = environment ? [...secretVariables(env), ...learnt.values()] : []
      const all = new Map([...found, ...configured].map(value => [value.secret.reveal(), value]))
      variables = new Map(
        [...all].flatMap(([text, { name }]) => (name === '' ? [] : [[placeholder('known', text), name]])),
      )
      return [...all.values()].map(({ secret }) => secret)
    },
    variableOf: of => variables.get(of),
    learn: found => add(secretVariables(found)),
    learnFolder(folder) {
      const now = clock.monotonic()
      if (now - (looked.get(folder) ?? -LOOK_EVERY_MS) < LOOK_EVERY_MS) return false
      if (looked.size >= MOST_FOLDERS) looked.clear()
      looked.set(folder, now)
      return add(envFilesOf(folder).flatMap(path => secretVariables(variablesIn(path))))
    },
  }
}

function envFilesOf(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(name => /^\.env(?:\.|$)/.test(name) && !EXAMPLES.test(name))
    return names.slice(0, MOST_FILES).map(name => join(folder, name))
  } catch {
    // A folder that cannot be listed has no files whose values could be known; what it prints is scanned all the same.
    return []
  }
}

function variablesIn(path: string): Record<string, string> {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    if (!fstatSync(file).isFile()) return {}
    const bytes = Buffer.alloc(LARGEST_FILE)
    return variablesOf(bytes.toString('utf8', 0, readSync(file, bytes, 0, LARGEST_FILE, 0)))
  } catch {
    // As above: knowing a value is a help beside the scan, which goes on without it.
    return {}
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
