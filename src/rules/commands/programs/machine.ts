import type { Severity } from '../../../access/finding.ts'
import { isUnknown } from '../../paths/pattern.ts'
import type { Program } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { readMentioned } from '../dispatch/mentions.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import type { RuleName } from '../rule-names.ts'

const NONE = { text: '', connected: false }

/** Raises a rule when the arguments meet the pattern. */
const raises =
  (rule: RuleName, pattern = /(?:)/, severity?: Severity): Program =>
  call => {
    const text = call.args.join(' ')
    if (/^(?:--help|--version|-h|-V)$/.test(text)) return undefined
    if (pattern.test(text)) call.shell.raise(rule, call.name, text || null, severity)
    return readMentioned(call)
  }

const first =
  (...programs: readonly Program[]): Program =>
  call => {
    for (const program of programs) program(call)
    return undefined
  }

const DEFENCES =
  /apparmor|selinux|auditd|firewalld|ufw|iptables|nftables|fail2ban|falcon|crowdstrike|clamav|ossec|wazuh|osquery|sysmon|rsyslog|syslog|journald|aide|tripwire|defender|mdatp|sentinel/i

const systemctl: Program = call => {
  const text = call.args.join(' ')
  const { shell, name } = call
  // A service is named within a folder: a path leads out of it.
  if (/^(?:service|rc-service)$/.test(name) && call.args[0]?.includes('/'))
    shell.raise('command.runs-unknown-program', name, call.args[0])
  if (/\bportcullis/i.test(text) && /\b(?:stop|disable|mask|kill|remove|unload|bootout)\b/.test(text))
    shell.raise('command.disables-guard', name, text)
  else if (DEFENCES.test(text) && /\b(?:stop|disable|mask|kill|unload|bootout)\b/.test(text))
    shell.raise('command.disables-defence', name, text)
  else if (/\b(?:poweroff|reboot|halt|kexec|rescue|emergency|suspend|hibernate|isolate)\b/.test(text))
    shell.raise('command.stops-machine', name, text)
  else if (
    /\b(?:enable|link|edit|load|bootstrap|submit|set-default|preset|import-environment|set-environment|add-wants)\b/.test(
      text,
    )
  )
    shell.raise('command.installs-persistence', name, text, 'ask')
  else if (
    /\b(?:start|stop|restart|disable|mask|kill|reload|daemon-reload|unload|remove|kickstart|bootout)\b/.test(
      text,
    )
  )
    shell.raise('command.changes-system', name, text)
  return undefined
}

const crontab: Program = call => {
  const read = readOptions(call.args, { valued: 'u' })
  const lists = call.args.includes('-l')
  if (call.args.includes('-r')) call.shell.raise('command.destroys-data', call.name, call.args.join(' '))
  // With `-e` an editor opens, and what is typed there is a person's.
  else if (!lists)
    call.shell.raise(
      'command.installs-persistence',
      call.name,
      read.operands[0] ?? null,
      read.options.has('e') && !call.stdin.connected ? 'ask' : undefined,
    )
  return undefined
}

/** An agent started by an agent, without its guards. */
const agent: Program = call => {
  const text = call.args.join(' ')
  if (
    /--dangerously-skip-permissions|--yolo|--dangerously-bypass|bypassPermissions|danger-full-access|--bare\b|disableAllHooks|--settings|--setting-sources|--full-auto|--approval-mode[= ]yolo|--no-sandbox/.test(
      text,
    )
  )
    call.shell.raise('command.disables-guard', call.name, text)
  else if (
    /^(?:mcp\s+(?:add|remove)|config\s+(?:set|add|remove)|plugin\s+(?:install|add|marketplace)|extensions?\s+install|hooks?\s)/.test(
      text,
    )
  )
    call.shell.raise('command.changes-agent-settings', call.name, text)
  return undefined
}

const debug: Program = call => {
  const text = call.args.join(' ')
  if (
    /(?:^|\s)(?:-p|--pid|attach|-c)\s*\d|^\d+/.test(text) ||
    /^(?:gcore|procdump|mimipenguin)$/.test(call.name)
  )
    call.shell.raise('command.dumps-process-memory', call.name, text)
  for (const code of optionValues(
    readOptions(call.args, {
      valued: 'x',
      valuedLong: ['ex', 'eval-command', 'command'],
      singleDashLong: true,
    }),
    'ex',
    'eval-command',
  )) {
    if (/^\s*(?:shell|!|python|call)\b|^!/.test(code))
      call.shell.raise('command.runs-unknown-code', call.name, code)
    const python = /^\s*(?:python|py|script)\s+(.+)$/s.exec(code)?.[1]
    if (python !== undefined) judgeForeignCode(call, python)
    else call.shell.runText(code.replace(/^\s*(?:shell|!)\s*/, ''), NONE, call.state)
  }
  return undefined
}

const firewall = raises(
  'command.disables-defence',
  /(?:^|\s)(?:-F|--flush|-X|disable|reset|flush|-P\s+\w+\s+ACCEPT|stop|--panic-off)(?:\s|$)/,
)
const tune = raises('command.changes-system')
const users = raises('command.grants-privilege')
const stress = raises('command.exhausts-machine')
const halt = raises('command.stops-machine')

/** Programs that change the machine, its users, its services or its defences. */
export const machine: Readonly<Record<string, Program>> = {
  systemctl,
  service: systemctl,
  'rc-service': systemctl,
  'rc-update': systemctl,
  chkconfig: systemctl,
  launchctl: systemctl,
  initctl: systemctl,
  loginctl: raises('command.changes-system', /terminate|kill|enable-linger/),
  crontab,
  shutdown: halt,
  reboot: halt,
  poweroff: halt,
  halt: halt,
  init: raises('command.stops-machine', /^[0-6]$/),
  telinit: halt,
  kexec: halt,
  useradd: users,
  adduser: users,
  usermod: users,
  userdel: users,
  deluser: users,
  groupadd: users,
  groupmod: users,
  gpasswd: users,
  passwd: users,
  chpasswd: users,
  chsh: users,
  visudo: users,
  vipw: users,
  dscl: raises('command.grants-privilege', /create|append|passwd|delete/i),
  setcap: users,
  setfacl: raises('command.opens-permissions'),
  newgrp: raises('command.raises-privilege'),
  sudoedit: raises('command.raises-privilege'),
  dseditgroup: users,
  pw: users,
  setenforce: raises('command.disables-defence', /0|permissive/i),
  ufw: firewall,
  iptables: firewall,
  ip6tables: firewall,
  nft: firewall,
  'firewall-cmd': firewall,
  pfctl: raises('command.disables-defence', /-d|-F/),
  auditctl: raises('command.disables-defence', /-e\s*0|-D/),
  'aa-disable': raises('command.disables-defence'),
  'aa-teardown': raises('command.disables-defence'),
  csrutil: raises('command.disables-defence', /disable/),
  spctl: raises('command.disables-defence', /disable/),
  fdesetup: raises('command.disables-defence', /disable/),
  tccutil: raises('command.disables-defence', /reset/),
  xattr: raises('command.disables-defence', /-\w*d\w*\s+com\.apple\.quarantine|-c/, 'ask'),
  dmesg: raises('command.erases-record', /-C|-c|--clear|--read-clear/),
  journalctl: raises('command.erases-record', /--vacuum|--rotate|--flush/),
  logrotate: raises('command.changes-system', /-f/),
  wevtutil: raises('command.erases-record', /cl\b/),
  insmod: raises('command.grants-privilege'),
  modprobe: raises('command.grants-privilege', /^(?!-\w*n|-c|--show)/),
  rmmod: raises('command.changes-system'),
  sysctl: raises('command.changes-system', /-w|=/),
  hostname: raises('command.changes-system', /^[\w.-]+$/),
  hostnamectl: raises('command.changes-system', /set-/),
  timedatectl: raises('command.changes-system', /set-/),
  date: raises('command.changes-system', /(?:^|\s)(?:-s|--set)/),
  hwclock: tune,
  nvram: tune,
  bless: tune,
  'update-alternatives': raises('command.changes-system', /--install|--set|--config/),
  alternatives: raises('command.changes-system', /--install|--set/),
  ldconfig: call => (/^-(?:p|V|-print-cache|-version)$/.test(call.args.join(' ')) ? undefined : tune(call)),
  'update-rc.d': raises('command.installs-persistence'),
  'grub-install': raises('command.destroys-disk'),
  'update-grub': tune,
  defaults: raises('command.changes-system', /^write|^delete/),
  networksetup: raises('command.changes-system', /-set/),
  scutil: raises('command.changes-system', /--set/),
  ip: raises('command.changes-system', /(?:^|\s)(?:add|del|set|flush|change|replace)(?:\s|$)|netns\s+exec/),
  ifconfig: raises('command.changes-system', /\s(?:up|down|\d+\.)/),
  route: raises('command.changes-system', /\b(?:add|del|delete|flush)\b/),
  xhost: raises('command.grants-privilege', /\+/),
  stress,
  'stress-ng': stress,
  forkbomb: stress,
  // What it is asked to judge is text; its own verbs are weighed elsewhere.
  portcullis: () => undefined,
  'portcullis-hook': () => undefined,
  claude: agent,
  codex: agent,
  gemini: agent,
  'cursor-agent': agent,
  copilot: agent,
  opencode: agent,
  amp: agent,
  aider: agent,
  goose: agent,
  gdb: debug,
  lldb: debug,
  gcore: debug,
  procdump: debug,
  reptyr: debug,
  strings: call => readMentioned(call),
  tcpdump: first(
    raises('command.raises-privilege', /(?:^|\s)(?:-z|--postrotate)/),
    raises('command.prints-credential', /-[wXA]/),
  ),
  tshark: raises('command.prints-credential'),
  ssh_keygen: raises('command.changes-system'),
  'ssh-keygen': raises('command.runs-unknown-code', /(?:^|\s)-D\s/),
  visualstudio: tune,
  yes: call => (call.piped ? undefined : 'y\n'),
  xdotool: raises('command.runs-unknown-code', /type|key/),
  osascript: call => {
    const code = `${call.args.join(' ')} ${call.stdin.text}`
    for (const [, text] of code.matchAll(/do shell script\s+"((?:[^"\\]|\\.)*)"/g))
      call.shell.runText(text!.replace(/\\(.)/g, '$1'), NONE, call.state)
    if (/with administrator privileges|keystroke|password|keychain/i.test(code))
      call.shell.raise('command.raises-privilege', call.name)
    else if (isUnknown(code) || /do shell script|run script/.test(code))
      call.shell.raise('command.runs-unknown-code', call.name)
    return undefined
  },
  pbpaste: () => '\uE000\uE001',
  xclip: () => undefined,
}
