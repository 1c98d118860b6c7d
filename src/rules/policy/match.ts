import type { JudgedAct } from '../judgement.ts'
import { intersects, isPattern, patternOfGlob } from '../paths/pattern.ts'
import { baseName } from '../paths/posix.ts'
import { nameFits, type PathMatcher } from './glob.ts'
import type { When } from './policy.ts'

/** One act as the policy sees it. */
export interface PolicyAct {
  readonly agent: string
  readonly action: string
  readonly tool: string
  /** Canonical; null where the act does not say. */
  readonly project: string | null
  /** A prompt, an answer or an event of the session is none. */
  readonly isAct: boolean
  /** Every program a command would run, as words; empty for other tools. */
  readonly calls: readonly (readonly string[])[]
  readonly acts: readonly JudgedAct[]
  readonly paths: PathMatcher
}

/**
 * What a rule speaks of in an act: effects, programs, or the act as a whole; nothing when it does not speak. Doubt counts
 * as yes.
 */
export function spokenOf(when: When, act: PolicyAct): readonly JudgedAct[] {
  if (!act.isAct || !isPlace(when, act, 'loosely')) return []
  if (when.effect || when.path || when.host) {
    const acts = when.host ? [...act.acts, ...act.calls.flatMap(addressesIn)] : act.acts
    return acts.filter(judged => mayBeEffect(when, judged, act.paths))
  }
  if (!when.command) return [plainAct(act.tool, [])]
  return act.calls
    .filter(argv => when.command!.some(words => startsLike(argv, words, 'loosely')))
    .map(argv => plainAct(baseName(argv[0] ?? ''), [argv]))
}

/** Programs that only say, search or keep an address. */
const SAYS_ONLY = /^(?:echo|printf|grep|egrep|fgrep|rg|ag|sed|awk|jq|export|test|\[)$/

/** Addresses given to a program, `https://host/x` and `user@host:x`: whatever it is, it may well go there. */
function addressesIn(argv: readonly string[]): JudgedAct[] {
  const program = baseName(argv[0] ?? '')
  if (SAYS_ONLY.test(program)) return []
  return argv.slice(1).flatMap(word => {
    const address = /^(?:-[^=\s]*=)?([a-z][a-z0-9+.-]*:\/\/\S+|[\w.-]+@[\w.-]+:\S*)$/i.exec(word)?.[1]
    if (address === undefined) return []
    const effect = { kind: 'connect', target: address, program } as const
    return [{ effect, pattern: address, isRecursive: false, calls: [argv], findings: [] }]
  })
}

/** A program or an act taken as one effect of unknown target. */
function plainAct(program: string, calls: JudgedAct['calls']): JudgedAct {
  return {
    effect: { kind: 'execute', target: null, program },
    pattern: null,
    isRecursive: false,
    calls,
    findings: [],
  }
}

/** Whether an exception speaks about one effect; doubt counts as no. */
export function coversEffect(when: When, act: PolicyAct, judged: JudgedAct): boolean {
  if (!isPlace(when, act, 'exactly')) return false
  const { effect, calls } = judged
  if (when.effect && !when.effect.includes(effect.kind)) return false
  if (when.path || when.host) {
    const target = certainTarget(judged)
    if (target === null) return false
    if (when.path && !when.path.some(glob => act.paths.isWithin(target, glob))) return false
    if (when.host && !(isHost(target, when.host) && calls.every(argv => goesOnlyTo(argv, when.host!))))
      return false
  }
  return !when.command || calls.some(argv => when.command!.some(words => startsLike(argv, words, 'exactly')))
}

/**
 * Whether a permission speaks about all of an act: every program it runs and every address it goes to. Doubt counts as no.
 */
export function coversAct(when: When, act: PolicyAct): boolean {
  if (!act.isAct || !isPlace(when, act, 'exactly')) return false
  const { command, host } = when
  const isMeant = (argv: readonly string[]) => command!.some(words => startsLike(argv, words, 'exactly'))
  if (command && !(act.calls.length > 0 && act.calls.every(isMeant))) return false
  if (!host) return true
  const going = act.acts.filter(({ effect }) => effect.kind === 'connect')
  return going.length > 0 && going.every(judged => coversEffect({ host }, act, judged))
}

/** Options that lead a connection elsewhere than its address says, shortened ones included. */
const REROUTES = /^--(?:conn|resol|doh|pro|pre|sock|conf|unix|abs|dns|load)|^-[xK]/

/** Whether no word of a program names another host or another way: one effect may stand for several addresses. */
function goesOnlyTo(argv: readonly string[], hosts: readonly string[]): boolean {
  const addresses = addressesIn(argv)
  if (addresses.some(({ pattern }) => pattern === null || !isHost(pattern, hosts))) return false
  if (!/^(?:curl|wget|https?|xh)$/.test(baseName(argv[0] ?? ''))) return true
  return argv.slice(1).every((word, index) => {
    const isValue =
      /^-/.test(argv[index] ?? '') && !/^-[sSLfkvgiI#]+$|^--(?:silent|location|fail)$/.test(argv[index]!)
    const isName = /^[\w-]+(?:\.[\w-]+)+(?:[:/].*)?$/.test(word)
    return !REROUTES.test(word) && (!isName || isValue || isHost(word, hosts))
  })
}

/**
 * The one path or host an effect is about, or null. Besides reading, writing and deleting a rule may give its target as
 * free text, several of them or what stands for something unknown.
 */
function certainTarget({ effect, pattern }: JudgedAct): string | null {
  if (pattern === null || isPattern(pattern)) return null
  const isCanonical = effect.kind === 'read' || effect.kind === 'write' || effect.kind === 'delete'
  return isCanonical || !/[\s<>*?,;|]/.test(pattern) ? pattern : null
}

function isPlace(when: When, act: PolicyAct, how: 'loosely' | 'exactly'): boolean {
  const { project } = act
  const isProject = (globs: readonly string[]) =>
    project === null ? how === 'loosely' : globs.some(glob => act.paths.isWithin(project, glob))
  return (
    fits(when.agent, act.agent) &&
    fits(when.action, act.action) &&
    fits(when.tool, act.tool) &&
    (!when.project || isProject(when.project))
  )
}

function fits(globs: readonly string[] | undefined, name: string): boolean {
  return !globs || globs.some(glob => nameFits(name, glob))
}

function mayBeEffect(when: When, { effect, pattern, calls, isRecursive }: JudgedAct, paths: PathMatcher) {
  if (when.effect && !when.effect.includes(effect.kind)) return false
  if (when.path && !(pattern !== null && isFile(effect.kind) && mayTouchAny(when.path))) return false
  if (when.host && !(pattern !== null && isHost(pattern, when.host))) return false
  return !when.command || calls.some(argv => when.command!.some(words => startsLike(argv, words, 'loosely')))

  function mayTouchAny(globs: readonly string[]) {
    // A target not known from its first character is judged by rules of its own; it would match every glob here.
    return pattern!.startsWith('/') && globs.some(glob => paths.mayTouch(pattern!, glob, isRecursive))
  }
}

function isFile(kind: JudgedAct['effect']['kind']): boolean {
  return kind !== 'connect'
}

/** The host of `https://user@Host:443/x` or `host:22`, against globs; `*.example.com` is every name below it. */
function isHost(target: string, globs: readonly string[]): boolean {
  const host = target
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/^[^/\\?#]*@/, '')
    .replace(/^\[([^\]]*)\].*$/s, '$1')
    .replace(/[/\\?#].*$/s, '')
    .replace(/^([^:]*):[^:]*$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
  return globs.some(glob => intersects(host, patternOfGlob(glob.toLowerCase()).replace(/\uE003/g, '\uE005')))
}

/**
 * Whether an argv is the program and arguments of `words`. Loosely: others may stand between, as in
 * `git -C elsewhere push`, and unknown words fit. Exactly: they are the first ones and known.
 */
function startsLike(argv: readonly string[], words: string, how: 'loosely' | 'exactly'): boolean {
  const [program = '', ...wanted] = words.split(/\s+/).filter(word => word !== '')
  const [name = '', ...args] = argv
  if (how === 'exactly')
    return (
      isThatProgram(name, program) &&
      wanted.every(
        (word, index) => args[index] !== undefined && !isPattern(args[index]) && nameFits(args[index], word),
      )
    )
  if (!nameFits(baseName(name), baseName(program))) return false
  let at = 0
  for (const word of wanted) {
    const next = args.findIndex((arg, index) => index >= at && (isPattern(arg) || nameFits(arg, word)))
    if (next < 0) return false
    at = next + 1
  }
  return true
}

/** A name says where it is looked for; a path must be the same, or lead to where a name leads. */
function isThatProgram(name: string, program: string): boolean {
  if (program.includes('/')) return nameFits(name, program)
  const place = name.slice(0, name.lastIndexOf('/') + 1)
  return (
    nameFits(baseName(name), program) &&
    /^(?:\/(?:usr\/)?(?:local\/)?s?bin\/|\/opt\/homebrew\/bin\/)?$/.test(place)
  )
}
