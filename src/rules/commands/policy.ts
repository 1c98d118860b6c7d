import type { Finding } from '../../access/finding.ts'
import { coversCredentials, type PathClass, type PathMap } from '../paths/classify.ts'
import { isPattern, isUnknown, readable, UNKNOWN } from '../paths/pattern.ts'
import type { PolicyOptions } from '../paths/policy-options.ts'
import { normalise } from '../paths/posix.ts'
import type { Act } from './acts.ts'
import { commandRules, type RuleName } from './rule-names.ts'

interface Refusal {
  readonly rule: RuleName
  readonly severity?: 'ask' | 'deny'
  /** Said after the target. */
  readonly detail?: string
}

/** What policy says about one act; undefined when nothing speaks against it. */
export function judgeAct(act: Act, paths: PathMap, options: PolicyOptions): Finding | undefined {
  const refusal = refusalOf(act, paths, options)
  if (!refusal || act.severity === 'note') return undefined
  const { threat, severity, does } = commandRules[refusal.rule]
  const target = act.target === null ? '' : ` \`${shorten(readable(act.target))}\``
  return {
    rule: refusal.rule,
    threat,
    grade: severity === 'deny' ? 'certain' : 'likely',
    severity: act.severity ?? refusal.severity ?? severity,
    message: `\`${shorten(readable(act.program))}\` ${does}${target}${refusal.detail ? ` (${refusal.detail})` : ''}`,
  }
}

function shorten(text: string): string {
  const line = text.replace(/[\u0000-\u001f]+/g, ' ')
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}

function refusalOf(act: Act, paths: PathMap, options: PolicyOptions): Refusal | undefined {
  if (act.rule) return { rule: act.rule }
  switch (act.kind) {
    case 'delete':
      return deletion(act, paths, options)
    case 'write':
      return writing(act, paths, options)
    case 'read':
      return reading(act, paths)
    default:
      return undefined
  }
}

/** Where git keeps what was committed and what points to it. */
const HISTORY = /\/\.git\/(?:objects(?:\/(?!.*\.lock$).*)?|refs(?:\/heads)?|packed-refs|HEAD)$/

/** Deleting and hiding settings is changing them; the order goes from the gravest loss to the mildest. */
const deleteRules: Partial<Record<PathClass, RuleName>> = {
  own: 'command.touches-portcullis',
  protected: 'command.touches-protected-path',
  'agent-settings': 'command.changes-agent-settings',
  'agent-memory': 'command.changes-agent-memory',
  record: 'command.erases-record',
  'shell-profile': 'command.changes-shell-profile',
  persistence: 'command.deletes-protected-folder',
  device: 'command.overwrites-device',
  'git-internals': 'command.writes-git-internals',
}

function deletion(act: Act, paths: PathMap, options: PolicyOptions): Refusal | undefined {
  const target = act.target
  if (target === null || isUnknownWhole(target)) return { rule: 'command.deletes-unknown-target' }
  const loss = catastrophe(target, act, paths)
  if (loss)
    return loss.includes('repository')
      ? { rule: 'command.deletes-repository-history' }
      : { rule: 'command.deletes-protected-folder', detail: loss }
  const kind = paths.classify(target)
  if (kind === 'git-internals' && HISTORY.test(target)) return { rule: 'command.deletes-repository-history' }
  const rule =
    deleteRules[kind] ??
    (act.recursive && holdsSettings(target, paths) ? 'command.changes-agent-settings' : undefined)
  if (rule) return { rule }
  if (kind === 'credential')
    return { rule: 'command.deletes-credential', severity: isInProject(target, paths) ? 'ask' : 'deny' }
  if (isUnknown(target)) return { rule: 'command.deletes-unknown-target' }
  if (act.recursive && KEEPS_DATA.test(target)) return { rule: 'command.destroys-data', severity: 'deny' }
  if (kind === 'system' || isSharedFolder(target))
    return { rule: 'command.deletes-outside-project', severity: 'ask' }
  if (kind === 'home' || kind === 'outside') return outside('command.deletes-outside-project', options)
  return undefined
}

/** An unknown part may turn out empty: `rm -rf ~/$X` then takes the home folder. */
function catastrophe(target: string, act: Act, paths: PathMap): string | undefined {
  if (!act.recursive && !/[\uE003-\uE005]/.test(target)) return singleCatastrophe(target, paths)
  const emptied = target.replace(/[\uE000-\uE002]+/g, '')
  return paths.catastrophe(normalise(emptied))
}

/** A single file: only what is a part of the system, or a folder whose loss is one. */
function singleCatastrophe(target: string, paths: PathMap): string | undefined {
  return isUnknown(target) ? undefined : paths.catastrophe(target)
}

/** A folder whose files would be an agent's settings goes with them. */
function holdsSettings(target: string, paths: PathMap): boolean {
  if (isUnknown(target)) return false
  return ['settings.json', 'config.toml', 'mcp.json'].some(
    name => paths.classify(`${target}/${name}`) === 'agent-settings',
  )
}

function isUnknownWhole(target: string): boolean {
  return isUnknown(target[0] ?? UNKNOWN)
}

/** Where services of the machine keep what they were given; what lies deeper may be one of many things. */
const KEEPS_DATA =
  /^\/var\/lib\/(?:postgresql|pgsql|mysql|mariadb|mongo(?:db)?|redis|elasticsearch|opensearch|cassandra|couchdb|influxdb|neo4j|clickhouse|rabbitmq|kafka|etcd|docker|containerd|kubelet|rancher|libvirt|minio|vault|consul|grafana|prometheus|gitlab|jenkins)(?:\/[^/]*){0,2}$/

/** A whole temporary folder belongs to every program of the machine. */
function isSharedFolder(target: string): boolean {
  return /^(?:\/private)?\/(?:tmp|var\/tmp|dev\/shm)(?:\/\.?[\uE003]+)?$/.test(target)
}

function isInProject(target: string, paths: PathMap): boolean {
  return target.startsWith(`${paths.workplace.project}/`)
}

const writeRules: Partial<Record<PathClass, RuleName>> = {
  own: 'command.touches-portcullis',
  protected: 'command.touches-protected-path',
  'agent-settings': 'command.changes-agent-settings',
  'agent-memory': 'command.changes-agent-memory',
  persistence: 'command.installs-persistence',
  'shell-profile': 'command.changes-shell-profile',
  record: 'command.erases-record',
  'git-internals': 'command.writes-git-internals',
  device: 'command.overwrites-device',
  system: 'command.writes-to-system',
}

function writing(act: Act, paths: PathMap, options: PolicyOptions): Refusal | undefined {
  const target = act.target
  if (target === null || isUnknownWhole(target)) return { rule: 'command.writes-unknown-target' }
  const kind = paths.classify(target)
  const rule = writeRules[kind]
  if (
    rule === 'command.writes-to-system' &&
    /^\/(?:opt|srv|usr\/local|var\/(?:www|lib|cache)|mnt|media|run)\//.test(target)
  )
    return { rule, severity: 'ask' }
  if (rule) return { rule }
  if (isUnknown(target) && holdsSettings(knownFolder(target), paths))
    return { rule: 'command.changes-agent-settings', severity: 'ask' }
  if (kind === 'credential')
    return isInProject(target, paths)
      ? { rule: 'command.writes-credential' }
      : {
          rule: 'command.writes-outside-project',
          severity: /\/\.(?:ssh|gnupg)\/|^\/etc\//.test(target) ? 'deny' : 'ask',
          detail: 'a credential',
        }
  if (isUnknown(target) && kind !== 'temp' && kind !== 'project')
    return { rule: 'command.writes-unknown-target' }
  if (kind === 'home' || kind === 'outside') return outside('command.writes-outside-project', options)
  return undefined
}

/** The folder that is certain, of a path whose name is not. */
function knownFolder(target: string): string {
  return target.slice(0, target.search(/[\uE000-\uE005]/)).replace(/\/[^/]*$/, '')
}

const readRules: Partial<Record<PathClass, RuleName>> = {
  own: 'command.touches-portcullis',
  protected: 'command.touches-protected-path',
  credential: 'command.reads-credential',
}

function reading(act: Act, paths: PathMap): Refusal | undefined {
  if (act.target === null) return undefined
  const kind = paths.classify(act.target)
  const rule = readRules[kind]
  if (rule) return { rule }
  // All of a folder that is protected file by file.
  if (act.recursive && !isPattern(act.target) && paths.classify(`${act.target}/x`) === 'protected')
    return { rule: 'command.touches-protected-path' }
  if (paths.mayReachCredential(act.target)) return { rule: 'command.reads-credential' }
  // The file holds an agent's account and the secrets of its servers beside its settings.
  if (kind === 'agent-settings' && /\/\.claude\.json$/.test(act.target))
    return { rule: 'command.reads-credential', severity: 'ask' }
  if (kind === 'record' && /history$/.test(act.target))
    return { rule: 'command.reads-credential', severity: 'ask' }
  if (act.recursive && coversCredentials(act.target, paths.workplace.home))
    return { rule: 'command.reads-credential', severity: 'ask' }
  return undefined
}

function outside(rule: RuleName, options: PolicyOptions): Refusal | undefined {
  return options.outsideProject === 'allow' ? undefined : { rule, severity: options.outsideProject }
}
