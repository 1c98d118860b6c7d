import type { Reading } from '../reading.ts'
import { answerOf, type ContainerSpec, isUnknownText, newSpec, type Place, type Placed } from '../spec.ts'
import {
  child,
  type Entry,
  entries,
  items,
  leaf,
  leavesOf,
  type Mapping,
  type Tree,
  treesOf,
} from '../yaml-tree.ts'
import { additionsOf } from './additions.ts'
import { readService, readVolume } from './around-pods.ts'
import { addCommand, addTrustedVariables } from './commands.ts'
import { isLimit } from './run.ts'

const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const
/** Pipelines name their containers otherwise; lists of that name are many, so that an image has to tell. */
const STEPS = ['steps', 'sidecars'] as const
const MOST_NODES = 50_000

interface Cluster {
  readonly file: string
  readonly text: string
  readonly reading: Reading
  /** What service accounts of the same file say about tokens, by name. */
  readonly accounts: ReadonlyMap<string, Placed<ReturnType<typeof answerOf>>>
}

/** Reads manifests: every pod of every document, wherever its template stands, lists included. */
export function readManifestFile(file: string, text: string, reading: Reading): void {
  const roots = treesOf(file, text, reading)
  const documents = roots.flatMap(root => (root.kind === 'list' ? [...root.items] : [root]))
  const accounts = new Map(
    documents.flatMap(root => [root, ...items(child(root, 'items'))]).flatMap(accountOf),
  )
  const cluster: Cluster = { file, text, reading, accounts }
  for (const root of documents) walk(root, '', cluster)
}

function accountOf(root: Tree): [string, Placed<ReturnType<typeof answerOf>>][] {
  const token = leaf(root, 'automountServiceAccountToken')
  if (leaf(root, 'kind')?.text !== 'ServiceAccount' || !token) return []
  return [[leaf(root, 'metadata', 'name')?.text ?? '', { value: answerOf(token.text), place: token.place }]]
}

/** A pod's settings are told by their lists of containers; the kinds around them are many, and more come with extensions. */
function walk(root: Tree, outerKind: string, cluster: Cluster): void {
  const seen = new Set<Tree>()
  const open: { tree: Tree; kind: string; above: Tree | undefined }[] = [
    { tree: root, kind: outerKind, above: undefined },
  ]
  while (open.length > 0) {
    const { tree, kind, above } = open.pop()!
    if (tree.kind === 'leaf' || seen.has(tree)) continue
    if (seen.size >= MOST_NODES) {
      cluster.reading.troubles.push({ place: root.place, why: 'it has more parts than are read' })
      return
    }
    seen.add(tree)
    const own = leaf(tree, 'kind')?.text ?? kind
    if (isPod(tree)) readPod(tree, own, child(above, 'metadata'), cluster)
    if (own === 'Service') readService(tree, cluster.reading)
    if (own === 'PersistentVolume') readVolume(tree, cluster.reading)
    const below = tree.kind === 'list' ? tree.items : [...tree.entries].map(([, { value }]) => value)
    for (const next of below) open.push({ tree: next, kind: own, above: tree })
  }
}

function isPod(tree: Tree): tree is Mapping {
  return (
    LISTS.some(key => items(child(tree, key)).some(item => item.kind === 'map')) ||
    STEPS.some(key => items(child(tree, key)).some(item => leaf(item, 'image'))) ||
    isTask(tree)
  )
}

/** Workflows name one container in the place of a list. */
function isTask(tree: Tree): boolean {
  return leaf(tree, 'container', 'image') !== undefined || leaf(tree, 'script', 'image') !== undefined
}

function readPod(pod: Mapping, kind: string, metadata: Tree | undefined, cluster: Cluster): void {
  const isJob = /^(?:Job|CronJob|Workflow|CronWorkflow|WorkflowTemplate|TaskRun|PipelineRun|Task)$/.test(kind)
  const isOnce = isJob || /^(?:Never|OnFailure)$/.test(leaf(pod, 'restartPolicy')?.text ?? '')
  for (const list of LISTS)
    for (const container of items(child(pod, list))) {
      const staysUp = list === 'containers' ? !isOnce : leaf(container, 'restartPolicy')?.text === 'Always'
      readContainer(container, pod, metadata, staysUp, cluster)
    }
  for (const step of STEPS.flatMap(key => items(child(pod, key))))
    if (leaf(step, 'image')) readContainer(step, pod, metadata, false, cluster)
  for (const key of ['container', 'script']) {
    const container = child(pod, key)
    if (leaf(container, 'image')) readContainer(container!, pod, metadata, false, cluster)
  }
}

function readContainer(
  container: Tree,
  pod: Mapping,
  metadata: Tree | undefined,
  staysUp: boolean,
  cluster: Cluster,
): void {
  const named = leaf(container, 'name')
  const spec = newSpec('kubernetes', `container \`${named?.text ?? '?'}\``, placeOf(container, pod))
  spec.isShortLived = !staysUp
  if (container.kind === 'map') spec.additions = additionsOf('kubernetes', container, cluster.text)
  const image = leaf(container, 'image')
  if (image) spec.image = { value: image.text, place: image.place }
  else if (container.kind !== 'map')
    cluster.reading.troubles.push({ place: container.place, why: 'a container is no map of settings' })
  readPodSettings(spec, pod, cluster)
  readIdentity(spec, child(container, 'securityContext'), child(pod, 'securityContext'))
  readConfinement(
    spec,
    child(container, 'securityContext'),
    child(pod, 'securityContext'),
    metadata,
    named?.text ?? '',
  )
  readMounts(spec, container, pod)
  readRest(spec, container, cluster.reading)
  cluster.reading.specs.push(spec)
}

/** The name stands first in most; what is missing is told there. */
function placeOf(container: Tree, pod: Mapping): Place {
  const key = entries(container).find(([name]) => name === 'name') ?? entries(container)[0]
  return key ? { ...key[1].keyPlace, end: Math.max(key[1].keyPlace.end, endOfLeaf(key[1])) } : pod.place
}

function endOfLeaf({ keyPlace, value }: Entry): number {
  return value.kind === 'leaf' ? value.place.end : keyPlace.end
}

const namespaces = [
  ['hostNetwork', 'network'],
  ['hostPID', 'process'],
  ['hostIPC', 'ipc'],
] as const

function readPodSettings(spec: ContainerSpec, pod: Mapping, { accounts }: Cluster): void {
  for (const [key, kind] of namespaces) {
    const found = leaf(pod, key)
    if (found && answerOf(found.text) !== 'no')
      spec.namespaces.push({
        value: { kind, with: isUnknownText(found.text) ? found.text : 'host' },
        place: found.place,
      })
  }
  const shared = leaf(pod, 'shareProcessNamespace')
  if (shared && answerOf(shared.text) === 'yes')
    spec.namespaces.push({ value: { kind: 'process', with: 'pod' }, place: shared.place })
  const token = leaf(pod, 'automountServiceAccountToken')
  const account = leaf(pod, 'serviceAccountName') ?? leaf(pod, 'serviceAccount')
  const said = token
    ? { value: answerOf(token.text), place: token.place }
    : accounts.get(account?.text ?? 'default')
  if (said) spec.serviceAccountToken = said
  for (const sysctl of items(child(pod, 'securityContext', 'sysctls')))
    spec.sysctls.push({
      value: { name: leaf(sysctl, 'name')?.text ?? '', value: leaf(sysctl, 'value')?.text ?? '' },
      place: sysctl.place,
    })
  for (const { text, place } of leavesOf(child(pod, 'securityContext', 'supplementalGroups')))
    spec.groups.push({ value: text, place })
  for (const key of ['fsGroup'] as const) {
    const group = leaf(pod, 'securityContext', key)
    if (group) spec.groups.push({ value: group.text, place: group.place })
  }
}

function readIdentity(spec: ContainerSpec, own: Tree | undefined, ofPod: Tree | undefined): void {
  const setting = (...path: string[]) => leaf(own, ...path) ?? leaf(ofPod, ...path)
  const user = setting('runAsUser') ?? setting('windowsOptions', 'runAsUserName')
  if (user) spec.users.push({ value: user.text, place: user.place })
  const never = setting('runAsNonRoot')
  if (never) spec.neverRoot = { value: answerOf(never.text), place: never.place }
  for (const found of [leaf(own, 'privileged'), setting('windowsOptions', 'hostProcess')])
    if (found) spec.privileged.push({ value: answerOf(found.text), place: found.place })
}

function readConfinement(
  spec: ContainerSpec,
  own: Tree | undefined,
  ofPod: Tree | undefined,
  metadata: Tree | undefined,
  name: string,
): void {
  for (const { text, place } of leavesOf(child(own, 'capabilities', 'add')))
    spec.capabilitiesAdded.push({ value: text, place })
  for (const { text, place } of leavesOf(child(own, 'capabilities', 'drop')))
    spec.capabilitiesDropped.push({ value: text, place })
  const gain = leaf(own, 'allowPrivilegeEscalation')
  const opposite = { yes: 'no', no: 'yes', unknown: 'unknown' } as const
  if (gain) spec.noNewPrivileges = { value: opposite[answerOf(gain.text)], place: gain.place }
  const readOnly = leaf(own, 'readOnlyRootFilesystem')
  if (readOnly) spec.readOnlyRoot = { value: answerOf(readOnly.text), place: readOnly.place }
  const seccomp = leaf(own, 'seccompProfile', 'type') ?? leaf(ofPod, 'seccompProfile', 'type')
  if (seccomp) spec.seccomp = { value: seccomp.text, place: seccomp.place }
  const appArmor = leaf(own, 'appArmorProfile', 'type') ?? leaf(ofPod, 'appArmorProfile', 'type')
  const off = (found: ReturnType<typeof leaf>, what: string) => {
    if (found && (isUnknownText(found.text) || /^unconfined$/i.test(found.text.trim())))
      spec.unconfined.push({ value: isUnknownText(found.text) ? found.text : what, place: found.place })
  }
  off(seccomp, 'seccomp is switched off')
  off(appArmor, 'AppArmor is switched off')
  const procMount = leaf(own, 'procMount')
  if (procMount && /^unmasked$/i.test(procMount.text))
    spec.unconfined.push({ value: 'the masks over /proc are off', place: procMount.place })
  const label = leaf(own, 'seLinuxOptions', 'type') ?? leaf(ofPod, 'seLinuxOptions', 'type')
  if (label && /^(?:spc_t|unconfined_t|container_runtime_t)$/.test(label.text))
    spec.unconfined.push({ value: 'the SELinux label is switched off', place: label.place })
  for (const [key, { value }] of entries(child(metadata, 'annotations'))) {
    if (value.kind !== 'leaf') continue
    if (key === `container.apparmor.security.beta.kubernetes.io/${name}`)
      off(value, 'AppArmor is switched off')
    if (/^(?:container\.)?seccomp\.security\.alpha\.kubernetes\.io\//.test(key))
      off(value, 'seccomp is switched off')
  }
}

function readMounts(spec: ContainerSpec, container: Tree, pod: Mapping): void {
  const used = new Map(
    items(child(container, 'volumeMounts')).map(mount => [leaf(mount, 'name')?.text ?? '', mount] as const),
  )
  for (const volume of items(child(pod, 'volumes'))) {
    const name = leaf(volume, 'name')?.text ?? ''
    const mount = used.get(name)
    const target = leaf(mount, 'mountPath')?.text ?? ''
    const path = leaf(volume, 'hostPath', 'path') ?? leaf(volume, 'local', 'path')
    // a volume that no container mounts may be mounted by the next edit: it is judged all the same
    if (path) {
      const isReadOnly = answerOf(leaf(mount, 'readOnly')?.text ?? 'no') === 'yes'
      const isShared = leaf(mount, 'mountPropagation')?.text === 'Bidirectional'
      const { place, text: source } = path
      spec.mounts.push({ kind: 'bind', source, target, isReadOnly, isShared, options: undefined, place })
      spec.hostPaths.push({ value: source, place })
      const kind = leaf(volume, 'hostPath', 'type')
      if (kind && /^(?:Block|Char)Device$/.test(kind.text))
        spec.devices.push({ value: source, place: kind.place })
    }
    const empty = child(volume, 'emptyDir')
    if (!empty) continue
    const limit = leaf(empty, 'sizeLimit')
    const options = ['fixed-flags', ...FLAGS, ...(limit ? [`size=${limit.text}`] : [])]
    spec.mounts.push({
      kind: 'tmpfs',
      source: '',
      target: target || name,
      isReadOnly: false,
      isShared: false,
      options,
      place: placeOfVolume(volume),
    })
  }
}

/** An emptyDir cannot say them. */
const FLAGS = ['noexec', 'nosuid', 'nodev']

function placeOfVolume(volume: Tree): Place {
  const entry = entries(volume).find(([key]) => key === 'emptyDir')
  return entry ? entry[1].keyPlace : volume.place
}

function readRest(spec: ContainerSpec, container: Tree, reading: Reading): void {
  for (const name of ['memory', 'cpu'] as const) {
    const limit = leaf(container, 'resources', 'limits', name)
    if (limit && isLimit(limit.text)) spec.limits[name] = { value: limit.text, place: limit.place }
  }
  for (const port of items(child(container, 'ports'))) readPort(spec, port)
  for (const variable of items(child(container, 'env'))) {
    const value = leaf(variable, 'value')
    const name = leaf(variable, 'name')?.text ?? ''
    if (value) spec.environment.push({ name, value: value.text, place: value.place })
  }
  addTrustedVariables(spec)
  const probe = ['livenessProbe', 'readinessProbe', 'startupProbe']
    .map(key => child(container, key))
    .find(found => found?.kind === 'map')
  if (probe) spec.health = { value: 'set', place: probe.place }
  readPrograms(spec, container, reading)
}

function readPort(spec: ContainerSpec, port: Tree): void {
  const outside = leaf(port, 'hostPort')
  const inside = leaf(port, 'containerPort')
  const isOpen = outside !== undefined && outside.text !== '0'
  spec.ports.push({
    address: leaf(port, 'hostIP')?.text ?? '',
    inside: inside?.text ?? '',
    outside: outside?.text ?? '',
    isInside: !isOpen,
    place: (isOpen ? outside : inside)?.place ?? port.place,
  })
}

/** What runs in it, at its start and at its end. */
function readPrograms(spec: ContainerSpec, container: Tree, reading: Reading): void {
  addCommand(spec, [...leavesOf(child(container, 'command')), ...leavesOf(child(container, 'args'))], reading)
  addCommand(spec, leavesOf(child(container, 'source')), reading)
  for (const hook of ['postStart', 'preStop'])
    addCommand(spec, leavesOf(child(container, 'lifecycle', hook, 'exec', 'command')), reading)
}
