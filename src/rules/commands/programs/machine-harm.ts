import type { Call } from '../acts.ts'
import type { RuleName } from '../rule-names.ts'
import { argumentText, byProgram } from './by-program.ts'

/** A use of a program that does one kind of harm, by its arguments joined. */
interface Use {
  readonly programs: RegExp
  readonly when: RegExp
  readonly rule: RuleName
  readonly severity?: 'ask' | 'deny'
}

const LOG_PORTS = /(?:514|6514|1514|5044|24224|12201|9200|8088|9997)/

const uses: readonly Use[] = [
  {
    programs: /^git$/,
    when: /^(?:lfs\s+prune\b.*(?:--force|-f\b|--verify-remote=false)|annex\s+(?:drop|dropunused|dead|uninit)\b.*--force|annex\s+uninit)/,
    rule: 'command.rewrites-git-history',
  },
  { programs: /^nmcli$/, when: /(?:^|\s)(?:-s|--show-secrets)(?:\s|$)/, rule: 'command.reads-credential' },
  {
    programs: /^keyctl$/,
    when: /^(?:print|pipe|read|request2?|dh_compute|pkey_\w+)\b/,
    rule: 'command.reads-credential',
  },
  {
    programs: /^(?:bw|lpass|keepassxc-cli|secret-tool|1pif|op|dcli|rbw|gopass)$/,
    when: /^(?:list\s+items|export|search\s+--all|item\s+list\s.*--format\b.*json|document\s+get|backup)\b/,
    rule: 'command.reads-credential',
  },
  {
    programs: /^(?:machinectl|systemd-nspawn)$/,
    when: /^(?:shell|login|-\w*[bD])\b/,
    rule: 'command.raises-privilege',
  },
  {
    programs:
      /^(?:xterm|rxvt|urxvt|uxterm|lxterminal|konsole|gnome-terminal|xfce4-terminal|alacritty|st|xeyes|x11vnc)$/,
    when: /(?:^|\s)--?display[= ](?!:|unix:|localhost|127\.)\S*:\d/,
    rule: 'command.opens-reverse-shell',
  },
  {
    programs:
      /^(?:dropbear|in\.telnetd|telnetd|rshd|in\.rshd|rlogind|sshd|x11vnc|vino-server|xrdp|Xvnc|vncserver|tigervncserver|kasmvncserver)$/,
    when: /^(?!.*(?:-t|-T|--?h(?:elp)?|-V|-kill|-list)(?:\s|$))/,
    rule: 'command.opens-reverse-shell',
  },
  {
    programs: /^(?:docker|podman|nerdctl|crictl)$/,
    when: /^(?:container\s+)?inspect\s.*(?:Config\.Env|\.Env\b|json\s+\.Config\b)/,
    rule: 'command.prints-credential',
  },
  {
    programs: /^aa-(?:complain|disable|teardown|remove-unknown|unconfined)$/,
    when: /\S/,
    rule: 'command.disables-defence',
  },
  {
    programs: /^apparmor_parser$/,
    when: /(?:^|\s)(?:-\w*R\w*|--remove|-C|--Complain)(?:\s|$)/,
    rule: 'command.disables-defence',
  },
  {
    programs: /^(?:semanage)$/,
    when: /^(?:permissive\s+-a|dontaudit\s+on|module\s+-d)/,
    rule: 'command.disables-defence',
  },
  { programs: /^setsebool$/, when: /\S/, rule: 'command.disables-defence', severity: 'ask' },
  {
    programs: /^ip6?tables(?:-legacy|-nft)?$/,
    when: new RegExp(
      `^(?=.*(?:-A|-I|--append|--insert)\\s)(?=.*${LOG_PORTS.source}\\b)(?=.*-j\\s(?:DROP|REJECT))`,
    ),
    rule: 'command.disables-defence',
  },
  {
    programs: /^ip6?tables(?:-legacy|-nft)?$/,
    when: /(?:^|\s)(?:-[AIDRXZ]|--(?:append|insert|delete|replace|zero)|-P|--policy)\s/,
    rule: 'command.disables-defence',
    severity: 'ask',
  },
  {
    programs: /^nft$/,
    when: /(?:^|\s)(?:delete|add|insert|replace|reset)\s/,
    rule: 'command.disables-defence',
    severity: 'ask',
  },
  {
    programs: /^ufw$/,
    when: /^(?:--force\s+)?(?:allow|delete|default\s+allow|logging\s+off)\b/,
    rule: 'command.disables-defence',
    severity: 'ask',
  },
  {
    programs: /^firewall-cmd$/,
    when: /--(?:add-|remove-|set-default-zone|reload|direct|zone=trusted)/,
    rule: 'command.disables-defence',
    severity: 'ask',
  },
  {
    programs: /^fail2ban-client$/,
    when: /(?:^|\s)(?:stop|unban|delignoreip|addignoreip|set)\b/,
    rule: 'command.disables-defence',
  },
  {
    programs:
      /^(?:mdatp|falconctl|sentinelctl|esets_daemon|clamdscan-off|osqueryctl|wazuh-control|ossec-control|auditbeat|filebeat|elastic-agent|splunk|nessuscli|cbagentd|fluent-bit)$/,
    when: /(?:^|\s)(?:stop|disable\w*|unload|uninstall|remove|exclusion\s+\S*\s*add|config\s+\S*\s*(?:--value\s+)?disabled)\b/,
    rule: 'command.disables-defence',
  },
  {
    programs: /^auditctl$/,
    when: /(?:^|\s)(?:-[Ddr]|-e\s*[02]|-W|-b\s*0|-f\s*0)(?:\s|$|\d)/,
    rule: 'command.disables-defence',
  },
  {
    programs: /^(?:rsyslogd|syslogd|syslog-ng-ctl|auditd)$/,
    when: /(?:^|\s)(?:stop|-f\s+\/dev\/null)/,
    rule: 'command.disables-defence',
  },
  {
    programs: /^journalctl$/,
    when: /--(?:vacuum-\w+|rotate|flush|relinquish-var|smart-relinquish-var)/,
    rule: 'command.erases-record',
  },
  {
    programs: /^(?:lastlog|faillog|faillock|pam_tally2?|utmpdump)$/,
    when: /(?:^|\s)(?:-\w*[CrS]\w*|--(?:reset|clear|set|reverse))(?:\s|$)/,
    rule: 'command.erases-record',
  },
  {
    programs: /^zfs$/,
    when: /^(?:rollback|promote|receive\s+-F|recv\s+-F)/,
    rule: 'command.destroys-data',
    severity: 'ask',
  },
  {
    programs: /^(?:btrfs|snapper|timeshift|lvconvert|tmutil|vssadmin|wbadmin)$/,
    when: /(?:^|\s)(?:subvolume\s+delete|delete\w*|--delete\S*|undochange|rollback|--restore|--merge|--mergesnapshot|thinlocalsnapshots|delete\s+shadows)(?:\s|$)/,
    rule: 'command.destroys-data',
    severity: 'ask',
  },
  {
    programs: /^(?:bfg|git-filter-repo|git-filter-branch|git-nuke)$/,
    when: /\S/,
    rule: 'command.rewrites-git-history',
  },
  {
    programs: /^(?:pkill|killall|skill|slay)$/,
    when: /(?:^|\s)(?:-[uU]\s*[^\s-]\S*|--(?:e?uid|user)[= ]\S+)(?:\s+-\S+)*(?:\s+\^?\.?[*+]?\$?)?$/,
    rule: 'command.stops-machine',
  },
  {
    programs:
      /^(?:hydra|medusa|ncrack|patator|crowbar|brutespray|kerbrute|crackmapexec|netexec|nxc|john|hashcat|fcrackzip|aircrack-ng)$/,
    when: /\S/,
    rule: 'command.grants-privilege',
    severity: 'ask',
  },
  {
    programs: /^(?:xmrig|minerd|cpuminer|ccminer|ethminer|nbminer|cgminer|bfgminer|docker|podman|nerdctl)$/,
    when: /(?:^|[\s/])(?:xmrig|minerd|cpuminer|ccminer|ethminer|nbminer|cgminer)\b|stratum\+(?:tcp|ssl):|(?:^|\s)(?:-o|--url)[= ]\S*pool\S*:\d/,
    rule: 'command.exhausts-machine',
  },
  {
    programs: /^(?:jq|yq|gojq|jaq|dasel|sed|gsed)$/,
    when: /(?:chat\.(?:tools|agent)\.(?:\w+\.)?autoApprove|bypassPermissions|dangerouslySkipPermissions)["'\])]*\s*(?:[:|=]|$)/,
    rule: 'command.changes-agent-settings',
    severity: 'ask',
  },
  {
    programs: /^(?:g?sed|perl)$/,
    when: /s([/|#,@])(?:sys\.|process\.)?(?:exit|return)\s*\(?\s*[1-9]\)?\1(?:sys\.|process\.)?(?:exit|return)\s*\(?\s*0\)?\1.*(?:secur|check|guard|audit|scan|verify|hook|gate|protect)/,
    rule: 'command.disables-guard',
    severity: 'ask',
  },
  // Machines of others are looked over by the network, or by chance.
  {
    programs: /^(?:nmap|masscan|zmap|rustscan|naabu|arp-scan|fping|netdiscover|unicornscan)$/,
    when: /(?:^|\s)(?!127\.)\d{1,3}(?:\.\d{1,3}){3}\/(?:\d|[12]\d)(?:\s|$)|(?:^|\s)(?:-iR\s|--localnet)/,
    rule: 'command.runs-on-other-machine',
    severity: 'ask',
  },
  { programs: /^java$/, when: /-jar\s+\S*bfg\S*\.jar/, rule: 'command.rewrites-git-history' },
  {
    programs: /^(?:gdb|lldb|gcore|cuda-gdb|rr)$/,
    when: /(?:^|\s)(?:-p|--pid=?|--attach-pid|attach|-P|-n)\s*[\uE000\d]/,
    rule: 'command.dumps-process-memory',
  },
  { programs: /^getent$/, when: /^(?:-\w+\s+\S+\s+)*(?:g?shadow)\b/, rule: 'command.reads-credential' },
  { programs: /^op$/, when: /--reveal|^read\b/, rule: 'command.prints-credential', severity: 'deny' },
  {
    programs: /^(?:npm|pnpm|yarn)$/,
    when: /^config\s+set\s.*(?:node[-_]options|script[-_]shell|init[-_]module|onload[-_]script|editor|git\b|cafile|strict[-_]ssl|https?[-_]proxy|ignore[-_]scripts\s+false|yarn[-_]?path|plugins)/i,
    rule: 'command.poisons-environment',
  },
  {
    programs: /^(?:npm|pnpm|yarn)$/,
    when: /^(?:pkg\s+set|set-script)\s+["']?(?:scripts\.)?(?:(?:pre|post)?install|(?:pre|post)pack|prepublish\w*)\b/,
    rule: 'command.installs-persistence',
    severity: 'ask',
  },
  {
    programs: /^(?:jq|yq|dasel|gojq|jaq)$/,
    when: /\.?scripts["'\]]*\s*(?:\.|\[\s*["'])\s*(?:(?:pre|post)?install|prepublish\w*)\b[^|]*=(?!=)/,
    rule: 'command.installs-persistence',
    severity: 'ask',
  },
]

const usesOf = byProgram(uses)

/** Raises what a single use of a program does to defences, records, snapshots and secrets. */
export function judgeMachineHarm({ shell, name, args }: Call): void {
  const own = usesOf(name)
  if (own.length === 0) return
  const text = argumentText(args)
  if (/^(?:--?h(?:elp)?|--?version)$/.test(text)) return
  for (const { when, rule, severity } of own)
    if (when.test(text)) {
      shell.raise(rule, name, text || null, severity)
      return
    }
}

const DISKS =
  /^\/dev\/(?:[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk\d|disk\d|r?disk\d|md\d|dm-\d|mapper\/|loop\d|sg\d|mem|kmem|port)/

/** Tools that write an image to what their last operand names, or hide a folder behind another file system. */
export function judgeDiskTools(call: Call): void {
  const { shell, name, args, state } = call
  const operands = args.filter(arg => !arg.startsWith('-'))
  const last = operands.at(-1)
  if (last === undefined) return
  if (
    /^(?:qemu-img|ddrescue|dd_rescue|partclone\.\w+|partimage|ocs-sr|balena|etcher|wimapply|bmaptool|pv|usbimager|cp|mv|tee|scrub|nwipe|dban|sfill|srm|ntfsclone|e2image|xfs_copy|fsarchiver|testdisk|badblocks)$/.test(
      name,
    )
  ) {
    for (const place of operands)
      if (DISKS.test(place) && (place === last || /^(?:scrub|nwipe|badblocks|tee)$/.test(name)))
        shell.raise('command.overwrites-device', name, place)
  } else if (name === 'mount' && operands.length > 1) {
    const target = shell.path(last, state)
    if (shell.paths.catastrophe(target) !== undefined)
      shell.raise('command.deletes-protected-folder', name, target)
    // What lies below is hidden, as if it were gone.
    else if (!/^\/(?:mnt|media|run|tmp|opt|srv|var\/lib)\//.test(target))
      shell.act({ kind: 'delete', program: name, target, recursive: true })
  }
}
