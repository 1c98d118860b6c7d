import type { Call, Program } from '../acts.ts'
import { readMentioned } from '../dispatch/mentions.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'
import type { RuleName } from '../rule-names.ts'
import { fork } from '../shell/state.ts'

interface Verbs {
  readonly pattern: RegExp
  readonly rule: RuleName
  readonly severity?: 'deny'
}

/** Raises the first rule whose pattern the arguments meet; else files named by the arguments are looked at. */
const byVerb =
  (...table: readonly Verbs[]): Program =>
  call => {
    const text = call.args.join(' ')
    if (/(?:^|\s)(?:--help|-h|--dry-run(?:=\w+)?|--version)(?:\s|$)/.test(text)) return undefined
    for (const { pattern, rule, severity } of table)
      if (pattern.test(text)) {
        call.shell.raise(rule, call.name, text, severity)
        break
      }
    return readMentioned(call)
  }

const destroys = (pattern: RegExp): Verbs => ({ pattern, rule: 'command.destroys-service' })
const prints = (pattern: RegExp): Verbs => ({ pattern, rule: 'command.prints-credential' })
const runs = (pattern: RegExp): Verbs => ({ pattern, rule: 'command.runs-on-other-machine' })

const containers: Program = call => {
  const { args, shell, state, name } = call
  const text = args.join(' ')
  const read = readOptions(args, {
    valued: 'Hc',
    valuedLong: ['host', 'context', 'config', 'log-level', 'file', 'project-name'],
    stopAtOperand: true,
  })
  const [verb = '', ...rest] = read.operands
  if (/^(?:run|create)$/.test(verb)) return runContainer(call, rest)
  if (
    /^(?:container|image|volume|network|system|builder|buildx)$/.test(verb) &&
    /^(?:prune|rm|remove)$/.test(rest[0] ?? '')
  )
    shell.raise('command.destroys-service', name, text)
  else if (/^(?:rm|rmi|prune|kill)$/.test(verb)) {
    if ((verb !== 'rmi' && verb !== 'kill') || rest.length > 2 || /[\uE000-\uE002]/.test(text))
      shell.raise('command.destroys-service', name, text)
  } else if (verb === 'compose' && /\bdown\b.*(?:-v\b|--volumes|--rmi)/.test(text))
    shell.raise('command.destroys-service', name, text)
  else if (/^(?:swarm|stack|service)$/.test(verb) && /^(?:rm|leave|remove)$/.test(rest[0] ?? ''))
    shell.raise('command.destroys-service', name, text)
  else if (verb === 'cp')
    for (const place of rest)
      if (!/^[\w.-]+:/.test(place) && !place.startsWith('-'))
        shell.act({
          kind: rest.at(-1) === place ? 'write' : 'read',
          program: name,
          target: shell.path(place, state),
        })
  return undefined
}

function runContainer(call: Call, args: readonly string[]): undefined {
  const read = readOptions(args, {
    valued: 'aceghlmpuvw',
    stopAtOperand: true,
    valuedLong: [
      'volume',
      'mount',
      'env',
      'env-file',
      'name',
      'network',
      'net',
      'publish',
      'user',
      'workdir',
      'entrypoint',
      'cap-add',
      'cap-drop',
      'device',
      'security-opt',
      'pid',
      'ipc',
      'uts',
      'userns',
      'hostname',
      'label',
      'memory',
      'cpus',
      'platform',
      'restart',
      'add-host',
      'dns',
      'gpus',
      'runtime',
      'shm-size',
      'ulimit',
      'tmpfs',
      'link',
      'log-driver',
      'log-opt',
      'volumes-from',
      'cidfile',
      'pull',
      'cgroupns',
      'health-cmd',
      'stop-signal',
      'expose',
      'ip',
      'mac-address',
    ],
  })
  const { shell, name, state } = call
  const mounts: Mount[] = []
  if (hasOption(read, 'privileged')) shell.raise('command.escapes-container', name, '--privileged')
  for (const kind of ['pid', 'ipc', 'uts', 'userns', 'cgroupns'])
    if (optionValues(read, kind).includes('host'))
      shell.raise('command.escapes-container', name, `--${kind}=host`)
  for (const capability of optionValues(read, 'cap-add'))
    if (/ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_|SYS_RAWIO/i.test(capability))
      shell.raise('command.escapes-container', name, capability)
  if (optionValues(read, 'device').some(device => /^\/dev\/(?:sd|nvme|mem|kmem|vd|xvd|disk|dm)/.test(device)))
    shell.raise('command.escapes-container', name, '--device')
  for (const mount of [...optionValues(read, 'v', 'volume'), ...optionValues(read, 'mount')]) {
    const source =
      /(?:^|,)(?:source|src)=([^,]+)/.exec(mount)?.[1] ??
      (mount.includes('=') && mount.includes('type') ? undefined : mount.split(':')[0])
    if (source === undefined || !/^[/~.]/.test(source)) continue
    const path = shell.path(source, state)
    const place = /(?:^|,)(?:target|dst|destination)=([^,]+)/.exec(mount)?.[1] ?? mount.split(':')[1]
    if (place?.startsWith('/') && path !== shell.paths.workplace.project) mounts.push({ path, place })
    const kind = shell.paths.classify(path)
    if (
      /docker\.sock|containerd\.sock|podman\.sock/.test(path) ||
      path === '/' ||
      (kind === 'system' && !path.startsWith('/etc/localtime') && !/^\/(?:var\/www|opt|srv)\//.test(path))
    )
      shell.raise('command.escapes-container', name, path)
    else if (kind === 'credential' || kind === 'own' || kind === 'protected')
      shell.act({ kind: 'read', program: name, target: path })
    else if (shell.paths.catastrophe(path) && kind === 'home')
      shell.raise('command.reads-credential', name, path, 'ask')
  }
  runInside(call, read.operands.slice(1), mounts)
  return undefined
}

/** A folder of this machine and where the container sees it. */
interface Mount {
  readonly path: string
  readonly place: string
}

/** What runs in a container reaches the folders it is given: its words are read as the paths they are here. */
function runInside(call: Call, argv: readonly string[], mounts: readonly Mount[]): void {
  const translate = (text: string, { path, place }: Mount) =>
    text.replace(
      new RegExp(
        `(^|[\\s='";&|(])${place.replace(/\/$/, '').replace(/[.+?^$*{}()[\]\\]/g, '\\$&')}(?=/|$|[\\s'";&|)])`,
        'g',
      ),
      (_, before: string) => before + path,
    )
  for (const mount of mounts) {
    const inside = argv.map(word => translate(word, mount))
    const reaches = inside.some((word, index) => word !== argv[index])
    if (reaches && mount.place !== '/')
      call.shell.runArgv(inside, { text: '', connected: false }, fork(call.state))
  }
}

const kubernetes = byVerb(
  destroys(
    /(?:^|\s)(?:delete|drain|cordon|taint|replace\s.*--force|scale\s.*--replicas[= ]0|rollout\s+undo)(?:\s|$)/,
  ),
  prints(
    /(?:^|\s)(?:get|describe)\s+(?:\S+\s+)*secrets?(?:\/|\s|$).*(?:-o|--output)|(?:^|\s)config\s+view.*--raw|(?:^|\s)create\s+token|view-secret/,
  ),
  runs(/(?:^|\s)(?:exec|debug|attach|cp|run|proxy)(?:\s|$)/),
  {
    pattern: /(?:^|\s)(?:apply|create|patch|edit|set|label|annotate)\s/,
    rule: 'command.runs-on-other-machine',
  },
)

const terraform = byVerb(
  destroys(
    /(?:^|\s)(?:destroy|apply\s.*-(?:destroy|auto-approve)|state\s+(?:rm|push)|taint|force-unlock|workspace\s+delete|up\s.*(?:-y|--yes)|import)(?:\s|$)/,
  ),
  destroys(/^(?:apply|up)\b/),
  prints(
    /(?:^|\s)(?:output\s(?=.*-(?:json|raw)).*(?:key|token|secret|pass|cred|auth|private|kubeconfig|connection|dsn)|state\s+pull|show-secrets)/i,
  ),
)

const AWS_CREDENTIALS =
  /(?:^|\s)(?:secretsmanager\s+get-secret-value|ssm\s+get-parameters?\b.*--with-decryption|configure\s+(?:get|export-credentials)|sts\s+(?:get-session-token|assume-role\S*|get-federation-token)|ecr\s+get-login-password|iam\s+create-access-key|kms\s+decrypt|eks\s+get-token)/

const systemContainers = byVerb(
  {
    pattern: /(?:^|\s)(?:source=\/(?:\s|$|etc\b|root\b|home\b)|security\.privileged=true|raw\.lxc=)/,
    rule: 'command.escapes-container',
  },
  destroys(/^(?:delete|stop)\b/),
)

/** A play that is looked at and not played. */
const REHEARSES = /^(?:-C|--check|--syntax-check|--list-(?:hosts|tasks|tags)|--version)$/

/** Clusters, clouds and container engines. */
export const infrastructure: Readonly<Record<string, Program>> = {
  docker: containers,
  podman: containers,
  nerdctl: containers,
  ctr: call => {
    const at = call.args.indexOf('run')
    return at < 0 ? undefined : runContainer(call, call.args.slice(at + 1))
  },
  'docker-compose': byVerb(destroys(/\bdown\b.*(?:-v\b|--volumes|--rmi)|\brm\b.*-\w*[fv]/)),
  kubectl: kubernetes,
  oc: kubernetes,
  k: kubernetes,
  k9s: byVerb(),
  helm: byVerb(destroys(/^(?:uninstall|delete|del|rollback)\b/), runs(/^(?:install|upgrade)\b/)),
  terraform,
  tofu: terraform,
  terragrunt: terraform,
  pulumi: terraform,
  cdk: byVerb(destroys(/^(?:destroy|deploy)\b/)),
  cdktf: byVerb(destroys(/^(?:destroy|deploy)\b/)),
  aws: byVerb(
    prints(AWS_CREDENTIALS),
    { pattern: /(?:^|\s)s3(?:api)?\s+(?:cp|sync|mv|put-object)\s+(?!s3:\/\/)/, rule: 'command.sends-file' },
    destroys(
      /(?:^|\s)(?:delete-\S+|terminate-\S+|remove-\S+|deregister-\S+|purge-\S+|reboot-\S+|stop-\S+|s3\s+(?:rm|rb|mv|sync\s.*--delete)|schedule-key-deletion|disable-\S+|revoke-\S+|detach-\S+|release-\S+)/,
    ),
    { pattern: /(?:^|\s)iam\s+(?:create|attach|put|add|update)-/, rule: 'command.raises-privilege' },
    {
      pattern:
        /(?:^|\s)(?:lambda\s+invoke|ssm\s+(?:send-command|start-session)|ec2-instance-connect|(?:put|update|create|modify|run|start)-\S+)/,
      rule: 'command.runs-on-other-machine',
    },
    { pattern: /cloudtrail\s+(?:stop-logging|delete-trail)/, rule: 'command.erases-record' },
  ),
  gcloud: byVerb(
    prints(
      /auth\s+(?:application-default\s+)?print-(?:access|identity)-token|secrets\s+versions\s+access|keys\s+create/,
    ),
    destroys(/(?:^|\s)(?:delete|destroy|remove-\S+|reset|stop|disable|undelete)(?:\s|$)/),
    runs(/(?:^|\s)(?:ssh|scp|deploy|create|update|add-iam-policy-binding|set-iam-policy)(?:\s|$)/),
  ),
  gsutil: byVerb(destroys(/(?:^|\s)(?:rm|rb|mv)(?:\s|$)|rsync\s.*-\w*d/), {
    pattern: /(?:^|\s)(?:cp|rsync)\s+(?:-\S+\s+)*(?!gs:)/,
    rule: 'command.sends-file',
  }),
  az: byVerb(
    prints(
      /account\s+get-access-token|keyvault\s+secret\s+show|keys?\s+list|show-connection-string|list-credentials|credential\s+(?:reset|list)/,
    ),
    destroys(/(?:^|\s)(?:delete|purge|stop|deallocate|remove|reset|restart)(?:\s|$)|delete-batch/),
    runs(/run-command|(?:^|\s)(?:create|update|set)(?:\s|$)/),
  ),
  gh: byVerb(
    prints(/^auth\s+(?:token|status\s.*(?:-t|--show-token))/),
    destroys(
      /^(?:repo\s+(?:delete|archive|rename)|release\s+delete|secret\s+(?:delete|remove)|run\s+delete|cache\s+delete|ssh-key\s+delete|issue\s+delete|gist\s+delete|variable\s+delete|workflow\s+disable|api\s.*(?:-X|--method)[= ]?(?:DELETE|PUT|PATCH))/i,
    ),
    {
      pattern:
        /^(?:secret\s+set|gist\s+create|ssh-key\s+add|gpg-key\s+add|auth\s+(?:refresh|login|logout)|repo\s+edit\s.*--visibility|repo\s+create\s.*--public|extension\s+install|pr\s+merge\s.*--admin|codespace\s+ssh)/,
      rule: 'command.changes-system',
    },
  ),
  glab: byVerb(destroys(/(?:^|\s)delete(?:\s|$)/)),
  heroku: byVerb(
    destroys(/:destroy|:reset|apps:delete|pg:(?:reset|push)/),
    prints(/config(?::get)?\b|auth:token/),
  ),
  flyctl: byVerb(destroys(/\bdestroy\b|\bdelete\b/), prints(/auth\s+token/)),
  fly: byVerb(destroys(/\bdestroy\b|\bdelete\b/), prints(/auth\s+token/)),
  doctl: byVerb(destroys(/(?:^|\s)(?:delete|d|rm|destroy)(?:\s|$)/)),
  vercel: byVerb(destroys(/^(?:remove|rm)\b|env\s+rm/), prints(/env\s+pull/)),
  netlify: byVerb(destroys(/\bdelete\b/)),
  wrangler: byVerb(destroys(/\bdelete\b/)),
  firebase: byVerb(destroys(/\bdelete\b|:delete|:disable/), prints(/login:ci/)),
  supabase: byVerb(destroys(/db\s+reset|\bdelete\b/)),
  vault: byVerb(
    prints(/^(?:read|kv\s+get|token\s+(?:create|lookup)|print\s+token|login)\b/),
    destroys(
      /^(?:delete|kv\s+(?:delete|destroy|metadata\s+delete)|secrets\s+disable|lease\s+revoke|operator\s+seal|token\s+revoke)\b/,
    ),
  ),
  op: byVerb(prints(/^(?:read|item\s+get|inject|run)\b/)),
  pass: byVerb(prints(/^(?!ls|init|git|insert|generate|find|help|version)/)),
  bw: byVerb(prints(/^(?:get|export|list|unlock)\b/)),
  'secret-tool': byVerb(prints(/^(?:lookup|search)/)),
  lpass: byVerb(prints(/^(?:show|export)/)),
  keepassxc: byVerb(prints(/./)),
  'keepassxc-cli': byVerb(prints(/^(?:show|export|clip)/)),
  sops: byVerb(prints(/(?:^|\s)(?:-d|--decrypt|decrypt|exec-env|exec-file)(?:\s|$)/)),
  doppler: byVerb(prints(/secrets/)),
  chamber: byVerb(prints(/^(?:read|export|env|exec)/)),
  age: byVerb(prints(/(?:^|\s)(?:-d|--decrypt)/)),
  security: byVerb({
    pattern: /find-(?:generic|internet)-password.*-\w*[wg]|dump-keychain|export/,
    rule: 'command.reads-credential',
  }),
  gpg: byVerb(
    { pattern: /--export-secret|--export-ownertrust/, rule: 'command.reads-credential' },
    destroys(/--delete-secret/),
  ),
  gpg2: byVerb({ pattern: /--export-secret/, rule: 'command.reads-credential' }),
  'kubectl-view-secret': byVerb(prints(/./)),
  eksctl: byVerb(destroys(/^delete\b/)),
  minikube: byVerb(destroys(/^delete\b/)),
  kind: byVerb(destroys(/^delete\b/)),
  k3d: byVerb(destroys(/delete\b/)),
  virsh: byVerb(destroys(/^(?:destroy|undefine|vol-delete|pool-destroy|shutdown)\b/)),
  vagrant: byVerb(destroys(/^destroy\b/)),
  multipass: byVerb(destroys(/^(?:delete|purge)\b/)),
  lxc: systemContainers,
  incus: systemContainers,
  ansible: byVerb(runs(/./)),
  'ansible-playbook': call =>
    call.args.some(arg => REHEARSES.test(arg)) ? undefined : byVerb(runs(/./))(call),
  salt: byVerb(runs(/./)),
  rsh: byVerb(runs(/./)),
}
