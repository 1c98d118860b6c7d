import { isUnknownText, readableText } from '../spec.ts'
import { type Check, doubtOf, isRun } from './tell.ts'

/** R1. */
const privileged: Check = (spec, tell) => {
  for (const setting of spec.privileged)
    if (setting.value !== 'no')
      tell({
        rule: 'container.is-privileged',
        place: setting.place,
        message:
          setting.value === 'yes'
            ? `${spec.name} runs with all rights over the machine`
            : `whether ${spec.name} runs privileged is decided by a variable without a value here`,
        ...doubtOf(setting),
      })
}

/** Pieces of root that lead out of the container, to its neighbours or to the machine's settings. */
const DANGEROUS = new Set(
  'ALL SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO SYS_BOOT SYS_TIME SYS_RESOURCE SYS_TTY_CONFIG SYS_PACCT SYS_NICE NET_ADMIN NET_BROADCAST DAC_READ_SEARCH DAC_OVERRIDE BPF PERFMON CHECKPOINT_RESTORE MAC_ADMIN MAC_OVERRIDE SYSLOG MKNOD AUDIT_CONTROL AUDIT_READ SETFCAP LINUX_IMMUTABLE WAKE_ALARM BLOCK_SUSPEND'.split(
    ' ',
  ),
)
/** Within the container they are dangerous to others on the same network, or to the image's own files. */
const DELICATE = new Set(['NET_RAW', 'SETFCAP', 'MKNOD', 'DAC_OVERRIDE', 'SYS_NICE', 'SYS_CHROOT', 'SETPCAP'])
const HARMLESS = new Set(
  'CHOWN FOWNER FSETID SETUID SETGID KILL NET_BIND_SERVICE IPC_LOCK IPC_OWNER LEASE AUDIT_WRITE'.split(' '),
)

function capabilityOf(text: string): string {
  return text.trim().toUpperCase().replace(/^CAP_/, '')
}

/** R4. */
const capabilities: Check = (spec, tell) => {
  const rule = 'container.keeps-capabilities'
  for (const { value, place } of spec.capabilitiesAdded) {
    const name = capabilityOf(value)
    if (name === '' || HARMLESS.has(name)) continue
    if (isUnknownText(name))
      tell({ rule, place, message: 'which capability is added is decided elsewhere', grade: 'possible' })
    else if (DANGEROUS.has(name) && !DELICATE.has(name))
      tell({
        rule,
        place,
        message: `the capability ${name} leads out of the container`,
        severity: 'deny',
      })
    else tell({ rule, place, message: `the capability ${name} is more than most programs need` })
  }
  if (!isRun(spec) || spec.capabilitiesDropped.some(({ value }) => capabilityOf(value) === 'ALL')) return
  tell({
    rule,
    place: spec.capabilitiesDropped[0]?.place ?? spec.place,
    message: `${spec.name} keeps the engine’s default capabilities`,
  })
}

/** R5. */
const privilegeGain: Check = (spec, tell) => {
  const setting = spec.noNewPrivileges
  if (!isRun(spec) || setting?.value === 'yes') return
  tell({
    rule: 'container.gains-privileges',
    place: setting?.place ?? spec.place,
    message: setting
      ? `a set-uid program may give ${spec.name} more rights`
      : `nothing keeps a set-uid program from giving ${spec.name} more rights`,
    fix: setting ? undefined : spec.additions.noNewPrivileges,
    ...doubtOf(setting),
  })
}

/** R6. */
const confinement: Check = (spec, tell) => {
  const rule = 'container.is-unconfined'
  for (const { value, place } of spec.unconfined)
    tell(
      isUnknownText(value)
        ? { rule, place, message: 'its confinement is decided elsewhere', grade: 'possible', severity: 'ask' }
        : { rule, place, message: `${spec.name}: ${value}` },
    )
  if (
    spec.reader === 'kubernetes' &&
    !spec.seccomp &&
    !spec.unconfined.some(({ value }) => /seccomp/.test(value))
  )
    tell({
      rule,
      place: spec.place,
      message: `${spec.name} runs without a seccomp profile, which Kubernetes does not set by itself`,
      severity: 'ask',
      fix: spec.additions.seccomp,
    })
}

type RootAnswer = 'root' | 'other' | 'unknown'

/** Zero in every spelling the engine's number reader takes; the group does not matter. */
function rootAnswer(written: string): RootAnswer {
  const user = written.trim().split(':')[0]!.trim()
  if (isUnknownText(user)) return 'unknown'
  return user === '' || /^[+-]?0+$/.test(user) || /^(?:root|toor|containeradministrator)$/i.test(user)
    ? 'root'
    : 'other'
}

/** R7. */
const root: Check = (spec, tell) => {
  const rule = 'container.runs-as-root'
  if (spec.stage?.role === 'part') return
  const mild = spec.stage?.role === 'side' ? { severity: 'note' as const } : {}
  for (const { value, place } of spec.users) {
    const answer = rootAnswer(value)
    if (answer === 'root') tell({ rule, place, message: `${spec.name} runs as root`, ...mild })
    if (answer === 'unknown')
      tell({
        rule,
        place,
        message: `whom ${spec.name} runs as (${readableText(value)}) is decided by a variable without a value here`,
        grade: 'possible',
        ...mild,
      })
  }
  for (const { value, place } of spec.groups)
    if (/^(?:root|0+|docker|podman|disk|wheel|sudo|kmem|shadow)$/.test(value.trim()))
      tell({ rule, place, message: `${spec.name} is in the group ${value.trim()}` })
  if (spec.users.length > 0 || spec.neverRoot?.value === 'yes') return
  tell({
    rule,
    place: spec.place,
    message: `no user is named for ${spec.name}, so that it runs as root unless the image says otherwise`,
    grade: 'possible',
    ...mild,
  })
}

/** Of whole disks, memory and the kernel's own doors. */
const DEEP_DEVICE =
  /^\/dev\/?$|^\/dev\/(?:[shv]d[a-z]|xvd|nvme|mmcblk|dm-|mapper|disk|md|loop|mem$|kmem$|port$|kmsg$|kvm$|sg\d|block|raw|fuse$|uinput|bus)/

/** R12. */
const devices: Check = (spec, tell) => {
  const rule = 'container.gets-devices'
  for (const { value, place } of spec.devices) {
    if (/^\/dev\/(?:null|zero|urandom|random)$/.test(value)) continue
    const isDeep = DEEP_DEVICE.test(value)
    tell({
      rule,
      place,
      message: `${spec.name} gets the device ${readableText(value)}`,
      ...(isDeep && { severity: 'deny' as const }),
    })
  }
  for (const { value, place } of spec.deviceRules)
    tell({
      rule,
      place,
      message: `${spec.name} may make and open devices: ${readableText(value)}`,
      ...(/\*/.test(value) && { severity: 'deny' as const }),
    })
}

export const privilegeChecks: readonly Check[] = [
  privileged,
  capabilities,
  privilegeGain,
  confinement,
  root,
  devices,
]
