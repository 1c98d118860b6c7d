import { lstatSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { resolvePaths } from '../../config/paths.ts'
import { sandboxUser } from '../../enforcement/exec/identity.ts'
import { type Pin, readPins, writePins } from '../../enforcement/exec/scripts/pins.ts'
import { placeScript } from '../../enforcement/exec/scripts/place-script.ts'
import {
  carryOut,
  findAccount,
  type HookPlace,
  lineOf,
  lookAtHookPlace,
  planHookPlace,
} from '../../enforcement/exec/scripts/setup.ts'
import {
  type ScriptReport,
  type ScriptRules,
  validateScript,
} from '../../enforcement/exec/scripts/validate.ts'
import { limitExitCodes } from '../../enforcement/exec/verdict.ts'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import { asTyped } from '../command-name.ts'
import { printable } from '../printable.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { withoutSecrets } from '../without-secrets.ts'

interface ScriptOptions extends GlobalOptions {
  readonly owner?: string
  readonly pinned?: boolean
}

interface PinOptions extends ScriptOptions {
  readonly acceptDanger?: boolean
  readonly remove?: boolean
}

interface RunOptions extends ScriptOptions {
  readonly policy?: string
  readonly profile?: string
  readonly allowUnpinned?: boolean
  readonly asHook?: boolean
}

interface SetupOptions extends GlobalOptions {
  readonly folder?: string
  readonly user?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const OWNER = [
  '--owner <user>',
  'take scripts and folders of this user too, besides root’s and your own',
] as const
const CODES = '\nExit codes: 0 it may start, 1 refused, 2 usage.'

export const register: RegisterCommand = (program, terminal) => {
  const scripts = program
    .command('scripts')
    .description('hook scripts: look at them, pin them, set up their folder')
  scripts
    .command('check <path...>')
    .description('tell whether scripts, or all in a folder, may start, and what they would do; runs nothing')
    .option(...OWNER)
    .option('--pinned', 'refuse what nobody pinned, as `run` does')
    .addHelpText('after', CODES)
    .action((paths: string[], _options: unknown, self: Command) =>
      check(paths, self.optsWithGlobals<ScriptOptions>(), terminal),
    )
  scripts
    .command('pin <path...>')
    .description('remember the bytes of scripts that you have looked at: only these are run')
    .option(...OWNER)
    .option('--accept-danger', 'pin a script although the rules name harm, and accept what they name now')
    .option('--remove', 'forget them instead')
    .addHelpText('after', CODES)
    .action((paths: string[], _options: unknown, self: Command) =>
      pin(paths, self.optsWithGlobals<PinOptions>(), terminal),
    )
  scripts
    .command('run <script> [args...]')
    .description('run a script that may start, in the sandbox; arguments for it stand behind `--`')
    .option(...OWNER)
    .option('--policy <file>', 'policy of your own, as for `exec`')
    .option('--profile <name>', 'built-in policy (default: hook)')
    .option('--allow-unpinned', 'run it although nobody pinned it')
    .option('--as-hook', 'end with 2, which agents read as a deny, when it is refused or stopped')
    .addHelpText('after', '\nExit codes: the script’s own; 126 refused, and those of `exec`; 2 usage.')
    .action((script: string, args: string[], _options: unknown, self: Command) =>
      runScript(script, args, self.optsWithGlobals<RunOptions>(), terminal),
    )
  scripts
    .command('setup')
    .description('the folder of hook scripts (0750) and, for root, the user they run as; shows the commands')
    .option('--folder <path>', 'default: /var/lib/portcullis-hooks for root, $PORTCULLIS_HOME/hooks else')
    .option('--user <name>', `default: ${sandboxUser}; only root can make one`)
    .option('--dry-run', 'only show the commands (the default)')
    .option('--yes', 'run them')
    .action((_options: unknown, self: Command) => setUp(self.optsWithGlobals<SetupOptions>(), terminal))
}

function check(paths: readonly string[], options: ScriptOptions, terminal: Terminal): void {
  const rules = rulesFor(options, options.pinned === true, terminal)
  const reports = paths
    .flatMap(path => scriptsAt(absolute(path, terminal)))
    .map(path => validateScript(path, rules))
  show(reports, options, terminal)
}

async function pin(paths: readonly string[], options: PinOptions, terminal: Terminal): Promise<void> {
  const file = pinsFile(options, terminal)
  const pins = new Map<string, Pin>(readPins(file))
  if (options.remove) {
    for (const path of paths.map(path => absolute(path, terminal)))
      if (!pins.delete(path))
        throw new PortcullisError(
          'usage',
          `\`${path}\` is not pinned`,
          `look into \`${file}\` for the exact path`,
        )
    await writePins(file, pins)
    return
  }
  const rules = { ...rulesFor(options, false, terminal), pins: new Map() }
  const reports = paths.map(path => acceptDanger(validateScript(absolute(path, terminal), rules), options))
  const good = reports.flatMap(({ refusals, script, advice }) =>
    refusals.length === 0 && script ? [{ script, advice }] : [],
  )
  for (const { script, advice } of good) {
    const accepted = [...new Set(advice.flatMap(({ rule, severity }) => (severity === 'deny' ? [rule] : [])))]
    pins.set(script.path, { sha256: script.sha256, accepted })
  }
  if (good.length > 0) await writePins(file, pins)
  show(
    reports.map(report => (report.refusals.length === 0 ? { ...report, pin: 'matches' } : report)),
    options,
    terminal,
  )
}

async function runScript(
  path: string,
  args: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<void> {
  const report = validateScript(
    absolute(path, terminal),
    rulesFor(options, options.allowUnpinned !== true, terminal),
  )
  const { script, refusals } = report
  if (!script || refusals.length > 0) {
    show([report], options, terminal, terminal.stderr)
    terminal.exitCode = options.asHook ? 2 : 126
    return
  }
  const { execute } = await import('./exec.ts')
  const { argv, file } = placeScript(script)
  const sandbox = options.policy === undefined ? { profile: 'hook', ...options } : options
  await execute([...argv, ...args], sandbox, terminal, [file])
  // Whatever ended it from outside; a script that ends like that by itself is taken for one.
  if (options.asHook && stopCodes.has(terminal.exitCode)) terminal.exitCode = 2
}

const stopCodes: ReadonlySet<number> = new Set([126, ...Object.values(limitExitCodes)])

function acceptDanger(report: ScriptReport, { acceptDanger: accepts }: PinOptions): ScriptReport {
  if (!accepts) return report
  return { ...report, refusals: report.refusals.filter(({ code }) => code !== 'script.is-dangerous') }
}

function setUp(options: SetupOptions, terminal: Terminal): void {
  const uid = process.geteuid?.() ?? 0
  const place = placeFor(options, uid, terminal)
  const steps = planHookPlace(place, lookAtHookPlace(place, uid))
  const isDone = options.yes === true && options.dryRun !== true
  if (isDone) for (const step of steps) carryOut(step)
  if (options.json) {
    terminal.stdout.write(`${JSON.stringify({ ...place, done: isDone, steps })}\n`)
    return
  }
  if (steps.length === 0) terminal.stdout.write(`\`${printable(place.folder)}\` is as it should be\n`)
  for (const step of steps) terminal.stdout.write(`${lineOf(step)}    # ${step.why}\n`)
  if (steps.length > 0 && !isDone)
    terminal.stdout.write('nothing was changed; run the same with --yes to do it\n')
}

function placeFor({ folder, user, ...rest }: SetupOptions, uid: number, terminal: Terminal): HookPlace {
  if (uid === 0)
    return {
      folder: folder === undefined ? '/var/lib/portcullis-hooks' : absolute(folder, terminal),
      user: user ?? sandboxUser,
    }
  if (user !== undefined)
    throw new PortcullisError('usage', 'only root can make a user', 'run it as root, or leave --user out')
  const { home } = resolvePaths({ ...rest, env: terminal.env })
  return folder === undefined
    ? { folder: join(home, 'hooks'), privateHome: home }
    : { folder: absolute(folder, terminal) }
}

function rulesFor(options: ScriptOptions, mustBePinned: boolean, terminal: Terminal): ScriptRules {
  const owner = options.owner === undefined ? [] : [uidOf(options.owner)]
  return {
    trusted: [process.geteuid?.() ?? 0, ...owner],
    home: terminal.env['HOME'] || homedir(),
    pins: readPins(pinsFile(options, terminal)),
    mustBePinned,
  }
}

function uidOf(owner: string): number {
  if (/^\d{1,10}$/.test(owner)) return Number(owner)
  const account = findAccount(owner)
  if (account) return account.uid
  throw new PortcullisError('usage', `there is no user \`${owner}\``, 'name a user of this machine or a uid')
}

function pinsFile(options: GlobalOptions, terminal: Terminal): string {
  return join(resolvePaths({ ...options, env: terminal.env }).trust, 'hook-scripts.json')
}

/** Not normalised: behind a link, `..` is another folder than the text says. */
function absolute(path: string, terminal: Terminal): string {
  return path === '' || path.startsWith('/') ? path : `${terminal.cwd}/${path}`
}

/** What lies in a folder, whatever it is; a path that is none stands for itself. */
function scriptsAt(path: string): readonly string[] {
  try {
    if (path.includes('\0') || !lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
    return readdirSync(path)
      .toSorted()
      .map(name => `${path.replace(/\/+$/, '')}/${name}`)
  } catch (error) {
    // A place that cannot be looked at is named by the validation, with its reason and remedy.
    if (systemCode(error) !== undefined) return [path]
    throw error
  }
}

function show(
  reports: readonly ScriptReport[],
  options: GlobalOptions,
  terminal: Terminal,
  out = terminal.stdout,
): void {
  const { env } = terminal
  const typed = (text: string) => withoutSecrets(asTyped(printable(text), env))
  if (options.json) {
    const rows = reports.map(({ script, ...report }) => ({
      ...report,
      ...(script && { sha256: script.sha256, interpreter: script.interpreter }),
    }))
    out.write(`${withoutSecrets(JSON.stringify(rows))}\n`)
  } else for (const report of reports) out.write(`${linesOf(report).map(typed).join('\n')}\n`)
  terminal.exitCode = reports.some(({ refusals }) => refusals.length > 0) ? 1 : 0
}

function linesOf({ path, refusals, advice, score, script, pin }: ScriptReport): string[] {
  const known = script
    ? ` (${script.interpreter.name}, sha256 ${script.sha256.slice(0, 12)}…, pin: ${pin})`
    : ''
  const lines = [`${path}: ${refusals.length === 0 ? 'may start' : 'does not start'}${known}`]
  for (const [i, { code, message, remedy }] of refusals.entries()) {
    lines.push(`  ${message} [${code}]`)
    if (refusals[i + 1]?.remedy !== remedy) lines.push(`    ${remedy}`)
  }
  if (advice.length > 0) lines.push(`  the rules say, with a weight of ${score} of 100:`)
  for (const { severity, message, rule, line } of advice)
    lines.push(`    ${severity}: ${message} [${rule}]${line === undefined ? '' : `, line ${line}`}`)
  return lines
}
