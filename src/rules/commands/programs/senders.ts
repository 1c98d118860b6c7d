import { SECRET, UNKNOWN } from '../../paths/pattern.ts'
import { normalise } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'

/** Files below a home that hold credentials: a folder around one of them takes it along. */
const KNOWN_CREDENTIALS = [
  '.ssh/id_rsa',
  '.aws/credentials',
  '.config/gh/hosts.yml',
  '.config/gcloud/application_default_credentials.json',
  '.kube/config',
  '.docker/config.json',
  '.gnupg/private-keys-v1.d/x.key',
  '.azure/msal_token_cache.json',
  '.netrc',
  '.npmrc',
]

function isSecretPlace({ shell, state }: Call, place: string): boolean {
  const path = shell.path(place, state)
  const { home } = shell.paths.workplace
  return (
    shell.paths.classify(path) === 'credential' ||
    /\/\.?\w*history$/.test(path) ||
    shell.originOf(path)?.secret === true ||
    (shell.contentOf(path, state)?.includes(SECRET) ?? false) ||
    KNOWN_CREDENTIALS.some(file => normalise(`${home}/${file}`).startsWith(`${path}/`))
  )
}

/** States that a file or folder leaves this machine. */
function sends(call: Call, place: string, target: string | null): void {
  const { shell, name, state } = call
  shell.act({ kind: 'read', program: name, target: shell.path(place, state) })
  shell.raise(isSecretPlace(call, place) ? 'command.sends-secret' : 'command.sends-file', name, target)
}

/** A place on another machine: `host:path`, `s3://bucket`, `remote:dir`, `:webdav,url=…:x`. */
const isFar = (place: string) =>
  /^(?:[\w.@-]*:(?!\\)|[a-z][\w+]*:\/\/|:[\w]+[,:])/i.test(place) && !/^file:/.test(place)

/** Tools that copy the first operand to the last, at least one of them far away; words before are verbs. */
const copiers: Readonly<Record<string, RegExp>> = {
  rclone: /^(?:copy|copyto|sync|bisync|move|moveto|rcat)$/,
  aws: /^(?:cp|sync|mv)$/,
  gsutil: /^(?:cp|rsync|mv)$/,
  gcloud: /^(?:cp|rsync|mv|scp|upload)$/,
  az: /^(?:upload|upload-batch)$/,
  azcopy: /^(?:copy|cp|sync|c|s)$/,
  s3cmd: /^(?:put|sync|cp)$/,
  s5cmd: /^(?:cp|sync|mv)$/,
  mc: /^(?:cp|mirror|mv|put)$/,
  b2: /^(?:upload-file|upload_file|sync)$/,
  oci: /^(?:put|bulk-upload|sync)$/,
  mega: /^put$/,
  'mega-put': /^/,
  restic: /^backup$/,
  borg: /^create$/,
  unison: /^/,
  magic: /^send$/,
  'magic-wormhole': /^send$/,
  wormhole: /^send$/,
  croc: /^(?:send)?/,
  ipfs: /^add$/,
  onionshare: /^/,
  'onionshare-cli': /^/,
  ffsend: /^(?:upload|u)$/,
  wush: /^(?:cp|send|rsync)$/,
  tailscale: /^(?:cp|file)$/,
  kdeconnect: /^/,
  'kdeconnect-cli': /^/,
  bitsadmin: /^/,
  doctl: /^upload$/,
  hf: /^upload$/,
  'huggingface-cli': /^upload$/,
  wandb: /^(?:artifact|sync)$/,
  dvc: /^push$/,
  kaggle: /^(?:create|version)$/,
  slackcat: /^/,
  'telegram-send': /^/,
  gdrive: /^(?:upload|files)$/,
  skicka: /^upload$/,
  drive: /^push$/,
  'dropbox_uploader.sh': /^upload$/,
  'transfer.sh': /^/,
}

function judgeCopiers(call: Call): void {
  const { name, args, shell, state } = call
  if (!Object.hasOwn(copiers, name)) return
  const operands = args.filter(arg => !arg.startsWith('-'))
  if (name === 'rclone' && /^(?:purge|delete|deletefile|rmdirs)$/.test(operands[0] ?? ''))
    for (const place of operands.slice(1))
      if (!isFar(place))
        shell.act({ kind: 'delete', program: name, target: shell.path(place, state), recursive: true })
  const at = operands.findIndex(operand => copiers[name]!.test(operand))
  if (at < 0) return
  const places = operands.slice(copiers[name]!.source === '^' ? at : at + 1)
  // Values of options stand among the operands: the remote ends what is copied.
  const farAt = name === 'rclone' ? places.findIndex(isFar) : -1
  if (farAt > 0) places.length = farAt + 1
  const target = places.length > 1 ? places.at(-1)! : null
  const isUpload =
    target === null || isFar(target) || !/^(?:rclone|aws|gsutil|gcloud|mc|s5cmd|s3cmd|azcopy)$/.test(name)
  if (isUpload) {
    for (const place of target === null ? places : places.slice(0, -1))
      if (!isFar(place) && /[/~.]/.test(place) && isSecretPlace(call, place)) sends(call, place, target)
    return
  }
  // What is not at the source any more goes from the target as well.
  if (name === 'rclone' && /^(?:sync|bisync)$/.test(operands[at]!))
    shell.act({ kind: 'delete', program: name, target: shell.path(target, state), recursive: true })
}

/** Orders that file transfer clients take as text: `put FILE`, `mirror -R FOLDER`. */
const PUTS =
  /(?:^|[;\n]|\b(?:cd|lcd)\s+\S+\s*(?:;|&&))\s*(?:m?put|mirror\s+(?:-\w+\s+)*-\w*R\w*|send|append|reput)\s+(?:-\S+\s+)*([^\s;]+)/gi

const LONGEST_ORDERS = 4_000

function judgeTransferOrders(call: Call): void {
  if (!/^(?:lftp|ftp|sftp|ncftp|tnftp|smbclient|cadaver|psftp|yafc|tftp)$/.test(call.name)) return
  const orders = [
    ...call.args.filter((_, index) => /^-\w*[ec]$/.test(call.args[index - 1] ?? '')),
    call.stdin.text,
  ]
  for (const text of orders) {
    if (text.length > LONGEST_ORDERS) call.shell.raise('command.sends-unknown-data', call.name)
    for (const [, file = ''] of text.slice(0, LONGEST_ORDERS).matchAll(PUTS)) sends(call, file, call.name)
  }
}

/** `gh api -F body=@FILE`. */
function judgeFields(call: Call): void {
  if (!/^(?:gh|glab|hub|tea)$/.test(call.name)) return
  const read = readOptions(call.args, {
    valued: 'FfX',
    valuedLong: ['field', 'raw-field', 'input', 'body-file', 'notes-file', 'method'],
  })
  for (const field of optionValues(read, 'F', 'field')) {
    const file = /=@(.+)$/s.exec(field)?.[1]
    if (file !== undefined && file !== '-') sends(call, file, call.name)
    else if (file === '-' && call.stdin.text.includes(SECRET))
      call.shell.raise('command.sends-secret', call.name, null)
  }
  for (const file of optionValues(read, 'input', 'body-file', 'notes-file'))
    if (file !== '-' && isSecretPlace(call, file)) sends(call, file, call.name)
    else if (file === '-' && call.stdin.text.includes(SECRET))
      call.shell.raise('command.sends-secret', call.name, null)
}

/** Programs that take pictures or sounds of the desk: what they write is a secret of the person. */
const RECORDERS =
  /^(?:import|scrot|maim|grim|gnome-screenshot|spectacle|flameshot|xwd|screencapture|arecord|parecord|parec|pw-record|fswebcam|streamer|imagesnap|recordmydesktop|wf-recorder|byzanz-record|xfce4-screenshooter|ksnip|shotgun|slop|rec|sox)$/

function judgeRecorders(call: Call): void {
  const { name, args, shell, state } = call
  const records =
    RECORDERS.test(name) ||
    (name === 'ffmpeg' &&
      /(?:^|\s)-f\s+(?:x11grab|v4l2|video4linux2|alsa|pulse|avfoundation|kmsgrab|gdigrab|dshow)\b/.test(
        args.join(' '),
      ))
  if (!records) return
  for (const arg of args)
    if (!arg.startsWith('-') && /[/~.]\w/.test(arg)) state.files.set(shell.path(arg, state), UNKNOWN + SECRET)
}

/** Captured traffic holds passwords and tokens. */
const SHOWS_SECRETS: readonly (readonly [programs: RegExp, when: RegExp])[] = [
  [/^tcpdump$/, /(?:^|\s)-w\s*-(?:\s|$)/],
  [/^(?:dumpcap|tshark)$/, /(?:^|\s)-w\s*-(?:\s|$)/],
]

/** Whether what the program prints is secret by its nature. */
export function showsSecrets({ name, args }: Call): boolean {
  return SHOWS_SECRETS.some(([programs, when]) => programs.test(name) && when.test(args.join(' ')))
}

/** Raises what leaves by ways of a program's own. */
export function judgeSenders(call: Call): void {
  judgeCopiers(call)
  judgeTransferOrders(call)
  judgeFields(call)
  judgeRecorders(call)
}
