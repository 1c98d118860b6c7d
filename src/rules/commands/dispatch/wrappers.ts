import type { RuleName } from '../rule-names.ts'

/** How a program that runs another one takes its arguments. */
export interface Wrapper {
  /** Short and long options that take a value. */
  readonly valued?: string
  readonly valuedLong?: readonly string[]
  /** Operands before the inner command. */
  readonly skip?: number
  /** `NAME=value` operands come before the inner command. */
  readonly assignments?: boolean
  /** The rest is an argv, one shell text, a shell text in each word, or runs on another machine. */
  readonly inner: 'argv' | 'shell' | 'texts' | 'remote'
  /** Options whose value is shell text. */
  readonly shellOptions?: readonly string[]
  /** What comes on standard input or from files is appended to the inner argv. */
  readonly appends?: boolean
  /** Words before this separator are the wrapper's own. */
  readonly after?: string
  /** Subcommands that run something; with others the program is an ordinary one. */
  readonly verbs?: readonly string[]
  /** What the arguments must meet for the program to be a wrapper. */
  readonly when?: RegExp
  readonly rule?: RuleName
  /** An option that names a running process to look into. */
  readonly reads?: string
  /** An option that makes the rest an argv although it else is one text. */
  readonly asArgv?: readonly string[]
  /** The plain wrapper around a harmless command stays harmless. */
  readonly transparent?: boolean
}

const argv = (valued = '', more: Partial<Wrapper> = {}): Wrapper => ({ inner: 'argv', valued, ...more })

/** Programs that run what their arguments say. Adding a row is all a new wrapper needs. */
export const wrappers: Readonly<Record<string, Wrapper>> = {
  sudo: argv('CghpRrTtUuD', {
    valuedLong: [
      'user',
      'group',
      'host',
      'prompt',
      'chroot',
      'role',
      'type',
      'other-user',
      'chdir',
      'close-from',
      'command-timeout',
    ],
    assignments: true,
    rule: 'command.raises-privilege',
  }),
  doas: argv('Cu', { rule: 'command.raises-privilege' }),
  run0: argv('ugD', {
    valuedLong: ['user', 'group', 'chdir', 'unit', 'property'],
    rule: 'command.raises-privilege',
  }),
  pkexec: argv('u', { valuedLong: ['user'], rule: 'command.raises-privilege' }),
  su: {
    inner: 'shell',
    skip: 1,
    valued: 'csgGw',
    valuedLong: ['command', 'shell', 'group'],
    shellOptions: ['c', 'command', 'session-command'],
    rule: 'command.raises-privilege',
  },
  runuser: {
    inner: 'argv',
    valued: 'ucsgG',
    valuedLong: ['user', 'command', 'shell', 'group'],
    shellOptions: ['c', 'command'],
    rule: 'command.raises-privilege',
  },
  gosu: argv('', { skip: 1, rule: 'command.raises-privilege' }),
  'su-exec': argv('', { skip: 1, rule: 'command.raises-privilege' }),
  env: argv('uCS', {
    valuedLong: ['unset', 'chdir', 'split-string'],
    assignments: true,
    shellOptions: ['S', 'split-string'],
  }),
  nice: argv('n', { valuedLong: ['adjustment'], transparent: true }),
  ionice: argv('cnpPu', { valuedLong: ['class', 'classdata'] }),
  chrt: argv('TPD', { skip: 1 }),
  taskset: argv('', { skip: 1 }),
  numactl: argv('NmpCi'),
  timeout: argv('ks', { valuedLong: ['kill-after', 'signal'], skip: 1, transparent: true }),
  gtimeout: argv('ks', { skip: 1 }),
  nohup: argv(),
  setsid: argv(),
  stdbuf: argv('ioe', { valuedLong: ['input', 'output', 'error'], transparent: true }),
  unbuffer: argv(),
  time: argv('fo', { valuedLong: ['format', 'output'], transparent: true }),
  command: argv('', { transparent: true }),
  builtin: argv('', { transparent: true }),
  exec: argv('a'),
  nocorrect: argv(),
  noglob: argv(),
  xargs: argv('EILnPsdaJRS', {
    valuedLong: [
      'arg-file',
      'delimiter',
      'max-lines',
      'max-args',
      'max-procs',
      'max-chars',
      'process-slot-var',
    ],
    appends: true,
  }),
  gxargs: argv('EILnPsdaJRS', { appends: true }),
  parallel: {
    inner: 'shell',
    valued: 'jaIsSNnLdE',
    valuedLong: [
      'jobs',
      'arg-file',
      'sshlogin',
      'delay',
      'timeout',
      'joblog',
      'results',
      'colsep',
      'max-args',
      'workdir',
      'tagstring',
    ],
    appends: true,
  },
  sem: { inner: 'shell', valued: 'j', appends: true },
  rush: { inner: 'shell', valued: 'jikrtTvdDnec', appends: true },
  concurrently: {
    inner: 'texts',
    valued: 'nslcptm',
    valuedLong: [
      'names',
      'success',
      'prefix',
      'prefix-colors',
      'max-processes',
      'kill-others-on',
      'restart-tries',
    ],
  },
  mprocs: { inner: 'texts', valued: 'cs', valuedLong: ['config', 'names', 'server'] },
  pm2: {
    inner: 'texts',
    verbs: ['start'],
    valued: 'nio',
    valuedLong: ['name', 'instances', 'cwd', 'interpreter', 'cron'],
  },
  ip: argv('', {
    when: /(?:^|\s)(?:netns|vrf)\s+exec\s/,
    after: 'exec',
    skip: 1,
    rule: 'command.changes-system',
  }),
  watch: { inner: 'shell', valued: 'nq', valuedLong: ['interval'], asArgv: ['x', 'exec'] },
  flock: argv('wE', {
    valuedLong: ['timeout', 'wait', 'conflict-exit-code'],
    skip: 1,
    shellOptions: ['c', 'command'],
  }),
  script: { inner: 'shell', valued: 'cBEIomOT', skip: 99, shellOptions: ['c', 'command'] },
  chroot: argv('', { skip: 1, rule: 'command.raises-privilege' }),
  unshare: argv('SGR', { valuedLong: ['root', 'wd', 'setuid', 'setgid'] }),
  nsenter: argv('tSGW', { valuedLong: ['target', 'wd'], rule: 'command.escapes-container' }),
  setpriv: argv(),
  capsh: { inner: 'shell', skip: 99, rule: 'command.raises-privilege' },
  prlimit: argv('p', { valuedLong: ['pid'] }),
  setarch: argv('', { skip: 1 }),
  linux64: argv(),
  linux32: argv(),
  fakeroot: argv('lfbis'),
  xdotool: argv('', { verbs: ['exec'] }),
  sg: {
    inner: 'shell',
    skip: 1,
    valued: 'c',
    shellOptions: ['c'],
    when: /(?:^|\s)-c\s/,
    rule: 'command.raises-privilege',
  },
  'ssh-agent': argv('aEOPt'),
  eatmydata: argv(),
  catchsegv: argv(),
  strace: argv('abeEIoOpPsSuUX', { reads: 'p' }),
  ltrace: argv('aAeFlnopSsuwXx', { reads: 'p' }),
  valgrind: argv(),
  'py-spy': argv('orpdf', {
    verbs: ['record', 'top'],
    valuedLong: ['output', 'rate', 'pid', 'duration', 'format'],
    after: '--',
  }),
  perf: argv('eoFcpt', { verbs: ['stat', 'record', 'trace'] }),
  hyperfine: {
    inner: 'texts',
    valued: 'wmMrpcnS',
    valuedLong: [
      'warmup',
      'min-runs',
      'max-runs',
      'runs',
      'prepare',
      'cleanup',
      'setup',
      'export-json',
      'export-markdown',
      'command-name',
      'shell',
    ],
    shellOptions: ['p', 'prepare', 'c', 'cleanup', 's', 'setup'],
  },
  busybox: argv(),
  toybox: argv(),
  'ld.so': argv('', { valuedLong: ['library-path', 'preload', 'argv0', 'audit'] }),
  torsocks: argv(),
  torify: argv(),
  proxychains: argv('f'),
  proxychains4: argv('f'),
  firejail: argv(),
  bwrap: argv('', { valuedLong: ['bind', 'ro-bind', 'dev-bind', 'chdir', 'setenv'] }),
  caffeinate: argv('tw'),
  'systemd-run': argv('upErM', {
    valuedLong: [
      'unit',
      'property',
      'uid',
      'gid',
      'working-directory',
      'on-calendar',
      'on-active',
      'on-boot',
      'slice',
      'description',
      'setenv',
      'machine',
    ],
  }),
  'systemd-inhibit': argv('', { valuedLong: ['what', 'who', 'why', 'mode'] }),
  'dbus-run-session': argv(),
  'xvfb-run': argv('neswfl', {
    valuedLong: ['server-num', 'server-args', 'auth-file', 'error-file', 'wait'],
  }),
  'start-stop-daemon': argv('xnpuc'),
  'dumb-init': argv(),
  tini: argv(),
  rlwrap: argv(),
  chronic: argv(),
  ts: argv(),
  faketime: argv('', { skip: 1 }),
  'aws-vault': argv('', { verbs: ['exec'], skip: 1 }),
  direnv: argv('', { verbs: ['exec'], skip: 1 }),
  dotenv: argv('fe', { after: '--' }),
  doppler: argv('', { verbs: ['run'], after: '--' }),
  mise: argv('', { verbs: ['exec', 'x'], after: '--' }),
  asdf: argv('', { verbs: ['exec'] }),
  rbenv: argv('', { verbs: ['exec'] }),
  pyenv: argv('', { verbs: ['exec'] }),
  fnm: argv('', { verbs: ['exec'], valuedLong: ['using', 'fnm-dir'] }),
  heroku: argv('', { verbs: ['local:run'], valuedLong: ['env', 'port'] }),
  poetry: argv('C', { verbs: ['run'] }),
  pipenv: argv('', { verbs: ['run'] }),
  uv: argv('p', {
    verbs: ['run'],
    valuedLong: ['python', 'with', 'project', 'directory', 'extra', 'group', 'package', 'env-file'],
  }),
  rye: argv('', { verbs: ['run'] }),
  pdm: argv('', { verbs: ['run'] }),
  hatch: argv('', { verbs: ['run'] }),
  bundle: argv('', { verbs: ['exec'] }),
  'nix-shell': {
    inner: 'shell',
    skip: 99,
    valued: 'pIA',
    shellOptions: ['run', 'command'],
    valuedLong: ['run', 'command'],
  },
  nix: argv('', { verbs: ['develop', 'shell', 'run'], after: '--command' }),
  conda: argv('np', { verbs: ['run'], valuedLong: ['name', 'prefix'] }),
  entr: argv('', { appends: true }),
  tmux: {
    inner: 'shell',
    verbs: [
      'new',
      'new-session',
      'neww',
      'new-window',
      'splitw',
      'split-window',
      'respawn-pane',
      'run',
      'run-shell',
      'popup',
      'send-keys',
      'send',
    ],
    valued: 'sncteFxyhwL',
  },
  screen: argv('SDRpxchtTL'),
  dtach: argv('', { skip: 1 }),
  at: { inner: 'shell', skip: 99 },
  batch: { inner: 'shell', skip: 99 },
  chpst: argv('ueUbomdfprct'),
  rtk: argv(),
  cpulimit: argv('lpPec', { valuedLong: ['limit', 'pid', 'exe', 'path', 'cpu'] }),
  coproc: argv(),
  trickle: argv('du'),
  ssh: { inner: 'remote', valued: 'BbcDEeFIiJLlmOopQRSWw', skip: 1 },
  mosh: { inner: 'remote', skip: 1, valuedLong: ['ssh'] },
  autossh: { inner: 'remote', valued: 'MBbcDEeFIiJLlmOopQRSWw', skip: 1 },
  sshpass: argv('fdpPe'),
  pdsh: { inner: 'remote', skip: 0, valued: 'wxlRftu' },
  clush: { inner: 'remote', skip: 0, valued: 'wxgXlft', valuedLong: ['nodes', 'group'] },
  pssh: { inner: 'remote', skip: 0, valued: 'hHlptoeO', valuedLong: ['hosts', 'host', 'user'] },
  'parallel-ssh': { inner: 'remote', skip: 0, valued: 'hHlptoeO', valuedLong: ['hosts', 'host', 'user'] },
  dsh: { inner: 'remote', skip: 0, valued: 'mgfr' },
  docker: {
    inner: 'argv',
    verbs: ['exec'],
    skip: 1,
    valued: 'euw',
    valuedLong: ['env', 'user', 'workdir', 'env-file', 'detach-keys'],
  },
  podman: { inner: 'argv', verbs: ['exec'], skip: 1, valued: 'euw', valuedLong: ['env', 'user', 'workdir'] },
  nerdctl: { inner: 'argv', verbs: ['exec'], skip: 1, valued: 'euw' },
  kubectl: {
    inner: 'argv',
    verbs: ['exec'],
    valued: 'nc',
    valuedLong: ['namespace', 'container', 'context'],
    after: '--',
  },
  oc: { inner: 'argv', verbs: ['exec', 'rsh'], valued: 'nc', after: '--' },
  'lxc-attach': argv('n', { after: '--' }),
  incus: argv('', { verbs: ['exec'], after: '--' }),
  lxc: argv('', { verbs: ['exec'], after: '--' }),
  adb: {
    inner: 'remote',
    verbs: ['shell'],
    skip: 0,
    valued: 's',
    // Settings and lists that the device shows.
    when: /^(?!(?:(?:-[de]|-s \S+) )*shell (?:getprop(?: [\w.]+)?|wm (?:size|density)|pm list \w+(?: -\w)*|pm path [\w.]+|dumpsys [\w.]+|settings get \w+ \w+|cat \/proc\/(?:cpu|mem)info|uptime|date|id|whoami|ls(?: -\w+)?(?: \/sdcard[\w/.-]*)?|pidof [\w.]+|ps(?: -\w+)?|top -n 1|df(?: -h)?)$)/,
  },
  vagrant: { inner: 'shell', skip: 99, verbs: ['ssh'], valued: 'c', shellOptions: ['c'] },
  flatpak: argv('', { verbs: ['run'], skip: 1 }),
}

/** Shells: `-c` text, a script, or standard input. */
export const shells = /^(?:(?:ba|da|z|k|mk|a|pdk|r|c|tc|fi|ya|o)?sh|rbash|pwsh|powershell|elvish|nu|xonsh)$/
