import { hostPlaceOf, plainPath } from '../host-paths.ts'
import { isUnknownText, type Mount, readableText } from '../spec.ts'
import { type Check, doubtOf, isRun, type Seen } from './tell.ts'

/** R2; the name inside tells, too, when the one outside is a variable. */
const engine: Check = (spec, tell) => {
  for (const { kind, source, target, place } of spec.mounts) {
    if (kind === 'tmpfs') continue
    const isKnown = kind === 'bind' && hostPlaceOf(source) === 'engine'
    if (isKnown || (hostPlaceOf(target) === 'engine' && /\.sock(?:et)?$|pipe/.test(target)))
      tell({
        rule: 'container.reaches-engine',
        place,
        message: `${spec.name} gets the engine’s socket: ${readableText(isKnown ? source : target)}`,
      })
  }
  for (const { name, value, place } of spec.environment)
    if (/^(?:DOCKER_HOST|CONTAINER_HOST)$/.test(name) && /^(?:tcp|http):\/\//i.test(value))
      tell({
        rule: 'container.reaches-engine',
        place,
        message: `${spec.name} talks to the engine over the network: ${readableText(value)}`,
        severity: 'ask',
      })
}

/** R3. */
const namespaces: Check = (spec, tell) => {
  for (const { value, place } of spec.namespaces) {
    const { kind, with: other } = value
    if (isUnknownText(other)) {
      const message = `whose ${kind} namespace ${spec.name} shares is decided elsewhere`
      tell({ rule: 'container.shares-host-namespace', place, message, grade: 'possible', severity: 'ask' })
    } else if (/^host$/i.test(other.trim()))
      tell({
        rule: 'container.shares-host-namespace',
        place,
        message: `${spec.name} shares the machine’s ${kind} namespace`,
        ...(kind === 'uts' && { severity: 'ask' as const }),
      })
    else if (/^(?:container|service|ns|pod|shareable)(?::|$)/.test(other.trim()))
      tell({
        rule: 'container.shares-host-namespace',
        place,
        message: `${spec.name} shares its ${kind} namespace with other containers`,
        severity: kind === 'network' ? 'note' : 'ask',
      })
  }
}

/** R8. */
const writableRoot: Check = (spec, tell) => {
  const setting = spec.readOnlyRoot
  if (!isRun(spec) || setting?.value === 'yes') return
  tell({
    rule: 'container.has-writable-root',
    place: setting?.place ?? spec.place,
    message:
      setting?.value === 'unknown'
        ? `whether the root file system of ${spec.name} is read-only is decided elsewhere`
        : `the root file system of ${spec.name} can be written`,
    ...doubtOf(setting),
  })
}

const FLAGS = ['noexec', 'nosuid', 'nodev']

/** R9. What the engine adds by itself is a note: another engine may not. */
const tmpfs: Check = (spec, tell) => {
  const rule = 'container.has-loose-tmpfs'
  for (const { kind, target, options, place } of spec.mounts) {
    if (kind !== 'tmpfs' || !options) continue
    const names = options.map(option => option.trim().toLowerCase())
    const lifted = FLAGS.filter(flag => names.lastIndexOf(flag.slice(2)) > names.lastIndexOf(flag))
    const size = names.findLast(name => /^(?:tmpfs-)?size=/.test(name))?.replace(/^.*=/, '')
    const isUnbounded = size === undefined || /^(?:0\w?|100%)?$/.test(size)
    const missing = FLAGS.filter(flag => !names.includes(flag) && !names.includes('fixed-flags'))
    if (lifted.length > 0)
      tell({
        rule,
        place,
        message: `the tmpfs at ${target} allows ${lifted.map(flag => flag.slice(2)).join(', ')}`,
      })
    else if (isUnbounded) tell({ rule, place, message: `the tmpfs at ${target} has no size` })
    else if (missing.length > 0)
      tell({
        rule,
        place,
        message: `the tmpfs at ${target} does not say ${missing.join(', ')}`,
        severity: 'note',
      })
  }
}

const words: Partial<Record<ReturnType<typeof hostPlaceOf>, string>> = {
  whole: 'all files of the machine',
  system: 'system files of the machine',
  credentials: 'credentials of the machine',
  agent: 'the agent that signs with the user’s keys',
  device: 'a device of the machine',
}

function mountOf(mount: Mount, name: string): Omit<Seen, 'rule' | 'place'> | undefined {
  const { source, isReadOnly, isShared } = mount
  const what = hostPlaceOf(source)
  if (what === 'unknown')
    return {
      message: `what of the machine ${name} sees (${readableText(source)}) is decided elsewhere`,
      severity: 'note',
      grade: 'possible',
    }
  if (isShared) return { message: `mounts made in ${name} reach the machine (${readableText(source)})` }
  const word = words[what]
  if (word === undefined || what === 'device') return undefined
  const isMild = what === 'agent' || (isReadOnly && what === 'system')
  return {
    message: `${name} sees ${word}: ${readableText(source)}${isReadOnly ? ', read-only' : ''}`,
    ...(isMild && { severity: 'ask' as const }),
  }
}

/** R11, and R12 for what lies below /dev. */
const hostMounts: Check = (spec, tell) => {
  for (const mount of spec.mounts) {
    if (mount.kind !== 'bind') continue
    const { place, source } = mount
    const seen = mountOf(mount, spec.name)
    if (seen) tell({ rule: 'container.mounts-host-paths', place, ...seen })
    if (hostPlaceOf(source) === 'device')
      tell({
        rule: 'container.gets-devices',
        place,
        message: `${spec.name} gets ${plainPath(source)}`,
      })
  }
}

const LOOPBACK = /^(?:127\.[\d.]+|\[?::1\]?|localhost)$/i
const EVERYWHERE = /^(?:|0\.0\.0\.0|0|\*|\[?(?:::|0:0:0:0:0:0:0:0)\]?)$/

/** `22`, `20-25`, `22/tcp`. */
function holdsSsh(ports: string): boolean {
  const [first = '', last = first] = ports.split('/')[0]!.trim().split('-')
  return Number(first) <= 22 && Number(last) >= 22 && first !== ''
}

/** R13. */
const openPorts: Check = (spec, tell) => {
  const rule = 'container.opens-ports'
  for (const { address, inside, outside, isInside, place } of spec.ports) {
    const isSsh = holdsSsh(inside) || (!isInside && holdsSsh(outside))
    if (isSsh) tell({ rule, place, message: `${spec.name} opens a port for ssh` })
    else if (!isInside && EVERYWHERE.test(address.trim()))
      tell({ rule, place, message: `port ${readableText(outside || inside)} is open on all interfaces` })
    else if (!isInside && isUnknownText(address))
      tell({ rule, place, message: 'the address of a port is decided elsewhere', grade: 'possible' })
    else if (!isInside && !LOOPBACK.test(address.trim()))
      tell({
        rule,
        place,
        message: `port ${readableText(outside || inside)} is open on ${address}`,
        severity: 'note',
      })
  }
  if (spec.reader !== 'run') return
  if (spec.network === undefined || /^(?:bridge|default)$/.test(spec.network.value))
    tell({
      rule,
      place: spec.network?.place ?? spec.place,
      message: `${spec.name} is on the default bridge with every other container`,
      severity: 'note',
    })
}

const KERNEL_SAFE = /^(?:kernel\.(?:shm\w*|msg\w*|sem)|fs\.mqueue\..*|net\..*)$/
const POD_SAFE =
  /^(?:kernel\.shm_rmid_forced|net\.ipv4\.(?:ip_local_port_range|tcp_syncookies|ping_group_range|ip_unprivileged_port_start|ip_local_reserved_ports|tcp_keepalive_(?:time|intvl|probes)|tcp_fin_timeout|tcp_[rw]mem))$/
const WEAKENS =
  /(?:^|\.)(?:ip_forward|forwarding|accept_redirects|accept_source_route|send_redirects|route_localnet|proxy_arp|bootp_relay)$/
/** Hardening of the same settings. */
const OFF = /^(?:0|no|false)$/

/** R18. */
const kernelSettings: Check = (spec, tell) => {
  const rule = 'container.changes-kernel-settings'
  for (const { value, place } of spec.sysctls) {
    const name = value.name.trim().replaceAll('/', '.')
    const isSafe = (spec.reader === 'kubernetes' ? POD_SAFE : KERNEL_SAFE).test(name)
    if (WEAKENS.test(name) ? OFF.test(value.value.trim()) : isSafe) continue
    tell({ rule, place, message: `${readableText(name)} is set to ${readableText(value.value)}` })
  }
  for (const { value, place } of spec.ulimits) {
    if (!/(?:^|[:,=\s])(?:-1|unlimited|infinity)(?:$|[:,\s])/i.test(value.value)) continue
    const isOwn = /^(?:nofile|nproc)$/.test(value.name)
    tell({
      rule,
      place,
      message: `the limit ${value.name} is lifted`,
      ...(!isOwn && { severity: 'note' as const }),
    })
  }
}

/** All that is asked of what only leads to containers. */
export const outerChecks: readonly Check[] = [openPorts, engine, hostMounts]

export const isolationChecks: readonly Check[] = [
  engine,
  namespaces,
  writableRoot,
  tmpfs,
  hostMounts,
  openPorts,
  kernelSettings,
]
