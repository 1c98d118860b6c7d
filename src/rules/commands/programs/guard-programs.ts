import { baseName } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import { argumentText } from './by-program.ts'

const INSTALLERS =
  /^(?:npm|pnpm|yarn|bun|brew|apt|apt-get|dnf|yum|pacman|apk|zypper|snap|pip|pip3|pipx|uv|cargo|gem|volta|mise|asdf|nix-env|choco|scoop|winget|dpkg|rpm|flatpak|port)$/
const REMOVES =
  /(?:^|\s)(?:uninstall|un|remove|rm|r|purge|erase|unlink|unpin|disable|revert|-R\w*|-e|--uninstall|--remove|--purge|autoremove)(?:\s|$)/
const GUARDS = /(?:^|[\s/@])portcullis(?:-hook)?(?:@\S*)?(?:\s|$)/

const CHANGES =
  /^(?:chmod|chown|chgrp|chattr|setfacl|mv|cp|rm|unlink|ln|truncate|shred|tee|install|dd|sponge|ed|sed|xattr|setcap|mount)$/

/** Raises what takes Portcullis away, changes its program or weakens it through its own commands. */
export function judgeGuardPrograms(call: Call): void {
  const { shell, name, args } = call
  const mentions = args.some(arg => arg.includes('portcullis'))
  if (!mentions && !name.startsWith('portcullis')) return
  const text = argumentText(args)
  if (INSTALLERS.test(name) && REMOVES.test(text) && GUARDS.test(text))
    shell.raise('command.disables-guard', name, text)
  else if (CHANGES.test(name) && args.some(isGuardProgram)) shell.raise('command.disables-guard', name, text)
  else if (/^portcullis(?:-hook)?$/.test(name) || isStartedByLauncher(call)) judgeOwnVerb(call)
}

function isGuardProgram(arg: string): boolean {
  const path = arg.replace(/^(?:of|--\w+)=/, '')
  return (
    /\//.test(path) &&
    /^portcullis(?:-hook)?(?:\.(?:js|mjs|cjs|ts))?$/.test(baseName(path)) &&
    !/^\.{0,2}\/?(?:src|test|docs|bench)\//.test(path)
  )
}

function isStartedByLauncher({ name, args }: Call): boolean {
  return (
    /^(?:npx|bunx|pnpm|npm|yarn|bun|node|corepack)$/.test(name) &&
    args.some(arg => /^(?:.*\/)?portcullis(?:@.*)?$/.test(arg))
  )
}

/** Words by which a person decides, or the guard is weakened; looking and explaining stays free. */
const WEAKENS =
  /^(?:break-glass|uninstall|keys?|tokens?|credentials|secrets?|init|up|down|stop|start|restart|policy|store|disable|enable|pause|resume|off|on|reset|hook|approve|allow|grant|accept|deny|reject|trust|untrust|unblock|exempt|except(?:ion)?|ignore|bypass|override|skip|suppress|warn|observe|mode|set|unset|config|configure|edit|install|remove|delete|purge|clear|prune|rotate|revoke|import|restore|migrate|login|logout|learn|downgrade)$/
const READS =
  /^(?:show|get|list|ls|test|check|print|explain|status|validate|view|path|schema|verify|diff|help)$/

function judgeOwnVerb({ shell, name, args }: Call): void {
  const own = args.slice(Math.max(0, args.findIndex(arg => /portcullis/.test(arg)) + 1))
  const words = (/^portcullis/.test(name) ? args : own).filter(arg => !arg.startsWith('-'))
  const text = argumentText(args)
  if (/(?:^|\s)--(?:help|version)(?:\s|$)/.test(text)) return
  const weakens = WEAKENS.test(words[0] ?? '') && !READS.test(words[1] ?? '')
  const loosens =
    /(?:^|\s)--?(?:mode|set|disable|off|no-\w+|force|approve|allow|yes-really|skip|unsafe|insecure)\b/.test(
      text,
    )
  if (
    weakens ||
    (loosens && !/^(?:check|explain|scan|doctor|status|audit|threats|mask)$/.test(words[0] ?? ''))
  )
    shell.raise('command.disables-guard', name, text)
}

/** What an agent is told so that nothing asks any more. */
const UNGUARDED: Readonly<Record<string, RegExp>> = {
  'cursor-agent': /(?:^|\s)(?:-f|--force|--yolo|--approve-mcps)(?:\s|$)/,
  agent: /(?:^|\s)(?:--force|--yolo|--approve-mcps)(?:\s|$)/,
  copilot: /--allow-all(?:-tools|-paths|-urls)?\b|--yolo/,
  aider: /--yes-always|--yes\b/,
  amp: /--dangerously-allow-all/,
  q: /--trust-all-tools|--trust-tools/,
  kiro: /--trust-all-tools/,
  goose: /GOOSE_MODE=auto/,
  codex:
    /(?:^|\s)(?:-a\s*never|--ask-for-approval[= ]never|-s\s*danger\S*|--sandbox[= ]danger\S*|--yolo|approval_policy=\S*never|sandbox_mode=\S*danger|--disable[= ]hooks|features[. ]disable\s+hooks|features\.hooks\s*=\s*false)/,
  claude:
    /^plugin\s+(?:uninstall|remove|disable)|--permission-mode[= ](?:bypassPermissions|acceptEdits|dontAsk)|--allow-dangerously|--allowed-?[tT]ools[= ]\S*Bash(?:\(\*|\s|"|,|$)/,
  gemini: /(?:^|\s)-y(?:\s|$)|--yolo|--approval-mode[= ](?:yolo|auto_edit)|--allowed-tools/,
  qwen: /(?:^|\s)-y(?:\s|$)|--yolo|--approval-mode[= ]yolo/,
  opencode: /--auto-approve|--dangerously|--pure\b/,
  crush: /(?:^|\s)(?:-y|--yolo)(?:\s|$)/,
  droid: /--skip-permissions-unsafe|--auto[= ]high/,
  auggie: /--dont-ask|--allow-all/,
  cline: /--yolo|(?:^|\s)-y(?:\s|$)/,
}

/** Raises agents started without anything that asks. */
export function judgeUnguardedAgents({ shell, name, args }: Call): void {
  if (Object.hasOwn(UNGUARDED, name) && UNGUARDED[name]!.test(argumentText(args)))
    shell.raise('command.disables-guard', name, argumentText(args))
}
