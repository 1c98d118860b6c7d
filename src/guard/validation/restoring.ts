import { type Obligation, type Reason, type RestoredSecret, reason } from '../../access/decision.ts'
import type { Principal } from '../../access/principal.ts'
import type { AccessRequest, Action, Resource } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import { Secret } from '../../kernel/secret.ts'
import type { FileSystemView, Judgement } from '../../rules/judgement.ts'
import { nameFits } from '../../rules/policy/glob.ts'
import { coversAct } from '../../rules/policy/match.ts'
import { kindOfPlaceholder } from '../../rules/secrets/placeholders.ts'
import { kindOfRule } from '../../rules/secrets/replace.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { policyAct } from './policy.ts'
import type { Refusal, SecretOutcome } from './secrets.ts'
import type { SecretVault } from './vault.ts'

/** The rule under which a secret goes back into a file that holds it already. */
const FILE_HOLDS_IT = 'file-holds-it'

export interface RestorerParts {
  readonly engine: SecretEngine
  readonly vault: SecretVault
  readonly view: FileSystemView
  /** The text of a regular file that is no link, or null. */
  readonly readFile: (path: string) => string | null
  /** The variable of the environment that holds a known secret, by its placeholder. */
  readonly variableOf?: ((placeholder: string) => string | undefined) | undefined
}

/** What is behind a placeholder in one request. */
type Found = Secret | 'ambiguous' | undefined

/** A request with placeholders in it, on its way through the layer. */
interface Restoring {
  /** The request as it would be carried out: this is what the rules for acts must see. */
  readonly asDone: AccessRequest
  /** Which secrets may go back, once the act is judged; a placeholder that would do harm as it stands is refused. */
  settle(act: Judgement): { readonly refusal?: Refusal; readonly obligations: readonly Obligation[] }
}

export interface Restorer {
  /** Undefined for a request without placeholders. */
  consider(request: AccessRequest, principal: Principal | null): Restoring | undefined
  /** Remembers what is masked on its way to a model. */
  learn(request: AccessRequest, principal: Principal | null, texts: SecretOutcome): void
}

/**
 * Puts masked secrets back into what a tool is given, only where that takes them to no new place: into a file that holds
 * them already, and where `validation.secrets.restore` says so.
 */
export function createRestorer(config: Config, parts: RestorerParts): Restorer {
  const permissions = config.validation.secrets.restore
  return {
    consider(request, principal) {
      const placeholders = request.placeholders ?? []
      if (placeholders.length === 0) return undefined
      const { found, held } = lookUp(request, sessionOf(request, principal), parts)
      const known = placeholders.flatMap(placeholder => {
        const secret = found(placeholder)
        return secret instanceof Secret ? [{ placeholder, secret }] : []
      })
      return {
        asDone: { ...request, resource: asDone(request.resource, known) },
        settle: act => settle({ request, act, found, held }, placeholders, permissions, parts),
      }
    },
    learn(request, principal, { obligations }) {
      const session = sessionOf(request, principal)
      const masked = obligations.flatMap(one => (one.type === 'mask' ? one.findings : []))
      for (const { rule, span } of session === undefined ? [] : masked) {
        const text = span && request.resource.texts[span.leaf]?.text.slice(span.start, span.end)
        if (text) parts.vault.learn(session!, kindOfRule(rule), text)
      }
    },
  }
}

interface Case {
  readonly request: AccessRequest
  readonly act: Judgement
  readonly found: (placeholder: string) => Found
  readonly held: (secret: Secret) => boolean
}

type Permission = Config['validation']['secrets']['restore'][number]

function settle(
  judged: Case,
  placeholders: readonly string[],
  permissions: readonly Permission[],
  { view, variableOf }: RestorerParts,
): ReturnType<Restoring['settle']> {
  const { request, act, found } = judged
  const secrets: RestoredSecret[] = []
  const left: string[] = []
  for (const placeholder of placeholders) {
    const allowed = allowedBack(judged, placeholder, permissions, view)
    if (allowed) secrets.push({ placeholder, ...allowed, target: request.resource.id })
    else left.push(placeholder)
  }
  const [first, ...rest] = left
  if (first !== undefined && doesHarmAsItStands(request.action, act)) {
    const why = (one: string) => refusalFor(request, one, found(one), variableOf?.(one))
    return { refusal: { kind: 'deny', reasons: [why(first), ...rest.map(why)] }, obligations: [] }
  }
  return { obligations: secrets.length > 0 ? [{ type: 'restore', secrets }] : [] }
}

/** The secret behind a placeholder and the rule by which it may go back; null when none does. */
function allowedBack(
  { request, act, found, held }: Case,
  placeholder: string,
  permissions: readonly Permission[],
  view: FileSystemView,
): Pick<RestoredSecret, 'rule' | 'secret'> | null {
  const secret = found(placeholder)
  if (!(secret instanceof Secret) || isInName(request.resource, placeholder)) return null
  if (request.action === 'file:write') return held(secret) ? { rule: FILE_HOLDS_IT, secret } : null
  if (act.isPartial || !isPlainWord(secret.reveal())) return null
  const policy = policyAct(request, act, view)
  const permission = permissions.find(
    ({ kinds, when }) =>
      kinds.some(kind => nameFits(kindOfPlaceholder(placeholder), kind)) &&
      (request.action !== 'command:run' || when.command !== undefined) &&
      coversAct(when, policy),
  )
  return permission ? { rule: permission.id, secret } : null
}

/** A person and a session of theirs. The gateway sees the person, a hook the agent that works for them. */
function sessionOf({ context }: AccessRequest, principal: Principal | null): string | undefined {
  if (principal === null || context.session === undefined) return undefined
  const owner = principal.kind === 'agent' ? principal.onBehalfOf : principal.id
  return `${owner} ${context.session}`
}

/** What the session was shown, and what the file holds that would be written. */
function lookUp(
  { action, resource }: AccessRequest,
  session: string | undefined,
  { engine, vault, readFile }: RestorerParts,
): Pick<Case, 'found' | 'held'> {
  const isWrite = action === 'file:write' && resource.type === 'file'
  const text = isWrite ? readFile(resource.path) : null
  const inFile = text === null ? null : secretsIn(text, engine, vault)
  const seen = new Map<string, Found>()
  const isNotebook = isWrite && resource.path.toLowerCase().endsWith('.ipynb')

  function find(placeholder: string): Found {
    const shown = session === undefined ? undefined : vault.find(session, placeholder)
    const there = inFile?.get(placeholder)
    if (!there || shown === 'ambiguous') return shown
    const all = shown ? new Set([...there, shown.reveal()]) : there
    return all.size === 1 ? new Secret([...all][0]!) : 'ambiguous'
  }

  return {
    found(placeholder) {
      if (!seen.has(placeholder)) seen.set(placeholder, find(placeholder))
      return seen.get(placeholder)
    },
    held(secret) {
      const value = secret.reveal()
      // A cell is written with escapes of its own, so that what was read with some would get them twice.
      return text?.includes(value) === true && !(isNotebook && value.includes('\\'))
    },
  }
}

function secretsIn(text: string, engine: SecretEngine, vault: SecretVault): Map<string, Set<string>> {
  const secrets = new Map<string, Set<string>>()
  for (const { rule, start, end } of engine.scan(text)) {
    const value = text.slice(start, end)
    const placeholder = vault.placeholder(kindOfRule(rule), value)
    secrets.set(placeholder, (secrets.get(placeholder) ?? new Set()).add(value))
  }
  return secrets
}

/** The text with every one of the secrets in place of its placeholder. */
export function putBack(
  text: string,
  secrets: readonly Pick<RestoredSecret, 'placeholder' | 'secret'>[],
): string {
  let restored = text
  for (const { placeholder, secret } of secrets) {
    // A function, so that a `$&` in a secret means nothing.
    restored = restored.replaceAll(placeholder, () => secret.reveal())
  }
  return restored
}

/** The secrets that every one of several acts may have. */
export function restoredByAll([first = [], ...others]: readonly (readonly RestoredSecret[])[]) {
  return first.filter(({ placeholder, secret }) =>
    others.every(list =>
      list.some(one => one.placeholder === placeholder && one.secret.reveal() === secret.reveal()),
    ),
  )
}

function asDone(
  resource: Resource,
  known: readonly Pick<RestoredSecret, 'placeholder' | 'secret'>[],
): Resource {
  if (known.length === 0) return resource
  const texts = resource.texts.map(({ text, where }) => ({ text: putBack(text, known), where }))
  switch (resource.type) {
    case 'command':
      return { ...resource, texts, command: putBack(resource.command, known) }
    case 'url':
      return { ...resource, texts, id: putBack(resource.id, known) }
    default:
      return { ...resource, texts }
  }
}

/** A path or a folder that changes under the hands of whoever looked at it would be another one. */
function isInName(resource: Resource, placeholder: string): boolean {
  const names = 'workplace' in resource ? Object.values(resource.workplace) : []
  if (resource.type === 'file') names.push(resource.path)
  return names.some(name => name.includes(placeholder))
}

/** Nothing that a shell, an address or a JSON text would read as more than letters. */
function isPlainWord(text: string): boolean {
  return /^[A-Za-z0-9_\-.~+/=:@%,]+$/.test(text)
}

/** A file would be spoiled in silence, and a shell reads the angle brackets as files. Elsewhere it is a word like others. */
function doesHarmAsItStands(action: Action, act: Judgement): boolean {
  return (
    action === 'file:write' ||
    action === 'command:run' ||
    action === 'net:connect' ||
    (action !== 'file:read' && writesFile(act))
  )
}

/** Whether what a tool is given lands in a file, whatever the tool is called. */
export function writesFile({ effects }: Judgement): boolean {
  return effects.some(({ kind }) => kind === 'write')
}

function refusalFor(
  { action, resource }: AccessRequest,
  placeholder: string,
  found: Found,
  variable: string | undefined,
): Reason {
  const remedy =
    variable === undefined
      ? {}
      : { remedy: `let the program read \`$${variable}\` from its environment in place of the masked value` }
  return reason('validation.placeholder-not-restored', factOf(action, resource, placeholder, found), remedy)
}

function factOf(action: Action, resource: Resource, placeholder: string, found: Found): string {
  if (found === 'ambiguous') return `two secrets share the placeholder \`${placeholder}\``
  if (action === 'file:write')
    return `\`${placeholder}\` stands for a secret that \`${resource.id}\` does not hold`
  if (found === undefined) return `nothing is known of a secret behind \`${placeholder}\` in this session`
  return `no rule lets the secret behind \`${placeholder}\` go into this call`
}
