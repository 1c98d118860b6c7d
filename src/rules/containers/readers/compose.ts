import { pathFrom, type Reading, textOf } from '../reading.ts'
import { answerOf, type ContainerSpec, isUnknownText, newSpec, type Place, type Placed } from '../spec.ts'
import { child, entries, items, leaf, leavesOf, oneOrMore, type Tree } from '../yaml-tree.ts'
import { additionsOf } from './additions.ts'
import { addCommand, addTrustedVariables } from './commands.ts'
import { composeTrees, extended, includedFiles, merged, pairsOf } from './compose-files.ts'
import { readDockerfileText } from './dockerfile.ts'
import { addPort, addSecurityOption, addTmpfs, addVolume } from './mounts.ts'
import { isLimit } from './run.ts'

/** Reads a compose file, the files it includes, and the override file that compose takes by itself. */
export function readComposeFile(file: string, reading: Reading): void {
  if (reading.open.has(file)) return
  reading.open.add(file)
  const roots = composeTrees(file, reading)
  for (const root of roots) {
    readServices(root, file, reading)
    for (const { path, place } of includedFiles(root, file))
      if (isUnknownText(path) || textOf(reading, path) === undefined)
        reading.troubles.push({ place, why: `the included file \`${path}\` could not be read` })
      else readComposeFile(path, reading)
  }
  const override = overrideOf(file)
  const over = override !== undefined && roots[0] ? composeTrees(override, reading)[0] : undefined
  if (over) readServices(merged(roots[0]!, over, ''), file, reading)
}

/** The file that `docker compose up` reads beside this one. */
export function overrideOf(file: string): string | undefined {
  const match = /^(.*?)((?:docker-)?compose)\.(ya?ml)$/.exec(file)
  return match && !match[1]!.match(/[^/]$/) ? `${match[1]}${match[2]}.override.${match[3]}` : undefined
}

function readServices(root: Tree, file: string, reading: Reading): void {
  const services = child(root, 'services')
  if (root.kind !== 'map')
    return void reading.troubles.push({ place: root.place, why: 'this is no compose file' })
  for (const [name, { keyPlace, value }] of entries(services)) {
    const whole = extended(value, services, file, reading)
    if (whole.kind === 'map') reading.specs.push(specOf(name, keyPlace, whole, root, file, reading))
    else
      reading.troubles.push({
        place: keyPlace,
        why: `the service \`${name}\` says nothing that is known here`,
      })
  }
}

function specOf(
  name: string,
  place: Place,
  service: Tree,
  root: Tree,
  file: string,
  reading: Reading,
): ContainerSpec {
  const spec = newSpec('compose', `service \`${name}\``, place)
  // of a merged service the text is that of the file its own part stands in
  const text = textOf(reading, place.file) ?? ''
  if (service.kind === 'map') spec.additions = additionsOf('compose', service, text)
  readIdentity(spec, service, file, reading)
  readConfinement(spec, service)
  readVolumes(spec, service, root)
  readNetwork(spec, service, root)
  readLimits(spec, service)
  readHealth(spec, service)
  for (const { name: variable, value, place: at } of pairsOf(child(service, 'environment')))
    spec.environment.push({ name: variable, value: literal(value.written), place: at })
  addTrustedVariables(spec)
  for (const key of ['entrypoint', 'command']) addCommand(spec, leavesOf(child(service, key)), reading)
  readHooks(spec, service, reading)
  return spec
}

/** The text of the file with defaults, without values from elsewhere: `${X:-hunter2}` gives its default away. */
function literal(written: string): string {
  return written.replace(/\$\{\w+:?-([^{}]*)\}/g, '$1')
}

function placed(found: ReturnType<typeof leaf>): Placed<string> | undefined {
  return found && { value: found.text, place: found.place }
}

function readIdentity(spec: ContainerSpec, service: Tree, file: string, reading: Reading): void {
  const image = placed(leaf(service, 'image'))
  if (image) spec.image = image
  const user = placed(leaf(service, 'user'))
  if (user) spec.users.push(user)
  for (const { text, place } of leavesOf(child(service, 'group_add')))
    spec.groups.push({ value: text, place })
  const build = child(service, 'build')
  if (!build || (build.kind === 'leaf' && build.isNull)) return
  spec.isBuiltHere = true
  readBuild(spec, build, file, reading)
}

function readBuild(spec: ContainerSpec, build: Tree, file: string, reading: Reading): void {
  for (const { name, value, place } of pairsOf(child(build, 'args')))
    spec.environment.push({ name, value: literal(value.written), place })
  const privileged = leaf(build, 'privileged')
  if (privileged) spec.privileged.push({ value: answerOf(privileged.text), place: privileged.place })
  for (const { text, place } of leavesOf(child(build, 'entitlements')))
    if (/^security\.insecure/.test(text)) spec.privileged.push({ value: 'yes', place })
  const network = leaf(build, 'network')
  if (network && /^host$/i.test(network.text))
    spec.namespaces.push({ value: { kind: 'network', with: 'host' }, place: network.place })
  const inline = leaf(build, 'dockerfile_inline')
  if (inline) {
    readDockerfileText(file, inline.text, reading, inline.place)
    return
  }
  // the image's own user counts where the service names none
  const context = build.kind === 'leaf' ? build.text : (leaf(build, 'context')?.text ?? '.')
  const dockerfile = leaf(build, 'dockerfile')?.text ?? 'Dockerfile'
  const path = pathFrom(file, `${context}/${dockerfile}`)
  const text = isUnknownText(path) ? undefined : textOf(reading, path)
  if (text === undefined || spec.users.length > 0) return
  const inner: Reading = { ...reading, specs: [], troubles: [] }
  readDockerfileText(path, text, inner)
  const target = leaf(build, 'target')?.text.toLowerCase()
  const made = inner.specs.find(({ stage }) => stage?.name === target) ?? inner.specs.at(-1)
  // what else it says is told where it stands, when that file is audited
  for (const { value } of made?.users ?? []) spec.users.push({ value, place: spec.place })
  if (made?.health?.value === 'set') spec.health = made.health
}

const namespaces = [
  ['pid', 'process'],
  ['ipc', 'ipc'],
  ['uts', 'uts'],
  ['userns_mode', 'user'],
  ['cgroup', 'cgroup'],
] as const

function readConfinement(spec: ContainerSpec, service: Tree): void {
  const privileged = leaf(service, 'privileged')
  if (privileged) spec.privileged.push({ value: answerOf(privileged.text), place: privileged.place })
  const readOnly = leaf(service, 'read_only')
  if (readOnly) spec.readOnlyRoot = { value: answerOf(readOnly.text), place: readOnly.place }
  for (const { text, place } of leavesOf(child(service, 'cap_add')))
    spec.capabilitiesAdded.push({ value: text, place })
  for (const { text, place } of leavesOf(child(service, 'cap_drop')))
    spec.capabilitiesDropped.push({ value: text, place })
  for (const { text, place } of leavesOf(child(service, 'security_opt'))) addSecurityOption(spec, text, place)
  for (const [key, kind] of namespaces) {
    const found = leaf(service, key)
    if (found) spec.namespaces.push({ value: { kind, with: found.text }, place: found.place })
  }
  for (const device of oneOrMore(child(service, 'devices'))) {
    const source = device.kind === 'leaf' ? device.text.split(':')[0]! : (leaf(device, 'source')?.text ?? '')
    spec.devices.push({ value: source, place: device.place })
  }
  for (const { text, place } of leavesOf(child(service, 'device_cgroup_rules')))
    spec.deviceRules.push({ value: text, place })
  for (const { name, value, place } of pairsOf(child(service, 'sysctls')))
    spec.sysctls.push({ value: { name, value: value.text }, place })
  for (const [name, { keyPlace, value }] of entries(child(service, 'ulimits'))) {
    const values =
      value.kind === 'leaf'
        ? value.text
        : entries(value)
            .map(([, entry]) => (entry.value.kind === 'leaf' ? entry.value.text : ''))
            .join(',')
    spec.ulimits.push({
      value: { name, value: values },
      place: { ...keyPlace, end: Math.max(keyPlace.end, value.place.end) },
    })
  }
}

function readVolumes(spec: ContainerSpec, service: Tree, root: Tree): void {
  const socket = leaf(service, 'use_api_socket')
  if (socket && answerOf(socket.text) !== 'no')
    addVolume(spec, '/var/run/docker.sock:/var/run/docker.sock', socket.place)
  for (const volume of items(child(service, 'volumes'))) {
    if (volume.kind === 'leaf') addVolume(spec, volume.text, volume.place)
    else if (volume.kind === 'map') addLongVolume(spec, volume)
  }
  for (const { text, place } of leavesOf(child(service, 'tmpfs'))) addTmpfs(spec, text, place)
  for (const { text, place } of leavesOf(child(service, 'volumes_from')))
    if (/^container:/.test(text)) addVolume(spec, '\uE000:mounts of another container', place)
  // a named volume may stand for a folder of the machine
  spec.mounts = spec.mounts.map(mount => {
    const driver = mount.kind === 'volume' ? child(root, 'volumes', mount.source, 'driver_opts') : undefined
    const device = leaf(driver, 'device')
    return device ? { ...mount, kind: 'bind' as const, source: device.text, place: device.place } : mount
  })
  // files of the machine that come in under another name
  for (const key of ['secrets', 'configs'])
    for (const [, { value }] of entries(child(root, key))) {
      const file = leaf(value, 'file')
      if (file && /^[/~\uE000]/.test(file.text)) addVolume(spec, `${file.text}:${file.text}:ro`, file.place)
    }
}

function addLongVolume(spec: ContainerSpec, volume: Tree): void {
  const get = (...path: string[]) => leaf(volume, ...path)?.text
  const kind = get('type') ?? 'volume'
  const target = get('target') ?? ''
  const source = get('source') ?? ''
  const { place } = volume
  if (kind === 'tmpfs') {
    const size = get('tmpfs', 'size')
    addTmpfs(
      spec,
      `${target}:${['fixed-flags', ...(size === undefined ? [] : [`size=${size}`])].join(',')}`,
      place,
    )
    return
  }
  spec.mounts.push({
    kind: kind === 'volume' || kind === 'cluster' || kind === 'image' ? 'volume' : 'bind',
    source,
    target,
    isReadOnly: answerOf(get('read_only') ?? 'no') === 'yes',
    isShared: /^r?shared$/.test(get('bind', 'propagation') ?? ''),
    options: undefined,
    place: child(volume, 'source')?.place ?? place,
  })
}

function readNetwork(spec: ContainerSpec, service: Tree, root: Tree): void {
  const networks = child(service, 'networks')
  const names =
    networks?.kind === 'map' ? [...networks.entries.keys()] : leavesOf(networks).map(({ text }) => text)
  for (const name of names) {
    const real = leaf(root, 'networks', name, 'name') ?? leaf(root, 'networks', name, 'external', 'name')
    if (real?.text === 'host')
      spec.namespaces.push({ value: { kind: 'network', with: 'host' }, place: real.place })
  }
  const mode = leaf(service, 'network_mode') ?? leaf(service, 'net')
  if (mode) spec.namespaces.push({ value: { kind: 'network', with: mode.text }, place: mode.place })
  for (const port of items(child(service, 'ports'))) {
    if (port.kind === 'leaf') addPort(spec, port.text, port.place)
    else if (port.kind === 'map')
      spec.ports.push({
        address: leaf(port, 'host_ip')?.text ?? '',
        inside: leaf(port, 'target')?.text ?? '',
        outside: leaf(port, 'published')?.text ?? '',
        isInside: false,
        place: port.place,
      })
  }
  for (const { text, place } of leavesOf(child(service, 'expose')))
    spec.ports.push({ address: '', inside: text, outside: '', isInside: true, place })
}

function readLimits(spec: ContainerSpec, service: Tree): void {
  const deployed = child(service, 'deploy', 'resources', 'limits')
  const set = (name: 'memory' | 'cpu' | 'pids', ...found: ReturnType<typeof leaf>[]) => {
    const limit = found.find(one => one && isLimit(one.text))
    if (limit) spec.limits[name] = { value: limit.text, place: limit.place }
  }
  set('memory', leaf(deployed, 'memory'), leaf(service, 'mem_limit'))
  set(
    'cpu',
    leaf(deployed, 'cpus'),
    leaf(service, 'cpus'),
    leaf(service, 'cpu_quota'),
    leaf(service, 'cpuset'),
  )
  set('pids', leaf(deployed, 'pids'), leaf(service, 'pids_limit'))
  const log = leaf(service, 'logging', 'options', 'max-size')
  const driver = leaf(service, 'logging', 'driver')
  if (log) spec.limits.log = { value: log.text, place: log.place }
  else if (driver && driver.text !== 'json-file')
    spec.limits.log = { value: driver.text, place: driver.place }
  const swap = leaf(service, 'memswap_limit')
  if (swap?.text === '-1') spec.looseLimits.push({ value: 'it may take all swap', place: swap.place })
  const killed = leaf(service, 'oom_kill_disable')
  if (killed && answerOf(killed.text) !== 'no')
    spec.looseLimits.push({ value: 'it is not ended when memory runs out', place: killed.place })
}

function readHealth(spec: ContainerSpec, service: Tree): void {
  const check = child(service, 'healthcheck')
  const disabled = leaf(check, 'disable')
  const [first] = leavesOf(child(check, 'test'))
  if (disabled && answerOf(disabled.text) !== 'no') spec.health = { value: 'off', place: disabled.place }
  else if (first) spec.health = { value: /^none$/i.test(first.text) ? 'off' : 'set', place: first.place }
  const restart = leaf(service, 'restart') ?? leaf(service, 'deploy', 'restart_policy', 'condition')
  if (restart) spec.restart = { value: restart.text, place: restart.place }
}

/** Commands that run in the container with a user and rights of their own. */
function readHooks(spec: ContainerSpec, service: Tree, reading: Reading): void {
  for (const key of ['post_start', 'pre_stop'])
    for (const hook of items(child(service, key))) {
      const user = leaf(hook, 'user')
      if (user) spec.users.push({ value: user.text, place: user.place })
      const privileged = leaf(hook, 'privileged')
      if (privileged) spec.privileged.push({ value: answerOf(privileged.text), place: privileged.place })
      addCommand(spec, leavesOf(child(hook, 'command')), reading)
    }
}
