import { answerOf, type ContainerSpec, isUnknownText, type Place } from '../spec.ts'

/** Fields with commas between them, as a table's line: a quoted field may hold a comma. */
function fieldsOf(text: string): string[] {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '"') {
      if (isQuoted && text[at + 1] === '"') {
        field += '"'
        at++
      } else isQuoted = !isQuoted
    } else if (character === ',' && !isQuoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  return [...fields, field]
}

const SHARED = /^(?:r?shared)$/

/** A path of the machine, or the name of a volume. */
function isPath(source: string): boolean {
  return /^(?:[./~\\]|[A-Za-z]:[\\/]|\$)/.test(source) || isUnknownText(source)
}

/** `source:target:options`. A drive letter is no field; a single letter before one path is the name of a volume. */
function partsOf(text: string): string[] {
  const parts = text.split(':')
  for (let at = 0; at < parts.length - 1; at++) {
    const isDrive = /^[A-Za-z]$/.test(parts[at]!) && /^[\\/]/.test(parts[at + 1]!)
    if (isDrive && (parts.length > 2 || parts[at + 1]!.startsWith('\\')))
      parts.splice(at, 2, `${parts[at]}:${parts[at + 1]}`)
  }
  return parts
}

/** `-v`, and the short form of compose. */
export function addVolume(spec: ContainerSpec, text: string, place: Place): void {
  const parts = partsOf(text)
  const [first = '', target = first, ...rest] = parts
  const options = rest.join(':').split(',')
  const hasSource = parts.length > 1
  spec.mounts.push({
    kind: hasSource && isPath(first) ? 'bind' : 'volume',
    source: hasSource ? first : '',
    target,
    isReadOnly: options.some(option => /^(?:ro|readonly)$/.test(option.trim())),
    isShared: options.some(option => SHARED.test(option.trim())),
    options: undefined,
    place,
  })
}

/** `--mount`, its values by name. */
export function addMount(spec: ContainerSpec, text: string, place: Place): void {
  const values = new Map<string, string>()
  const volumeOptions: string[] = []
  for (const field of fieldsOf(text)) {
    const [, name = '', value = ''] = /^\s*([^=]*)=?([\s\S]*)$/.exec(field) ?? []
    const key = name.trim().toLowerCase()
    if (key === 'volume-opt') volumeOptions.push(value)
    else values.set(key, field.includes('=') ? value : 'true')
  }
  const get = (...names: string[]) => names.map(name => values.get(name)).find(value => value !== undefined)
  const kind = (get('type') ?? 'volume').trim().toLowerCase()
  const target = get('target', 'dst', 'destination') ?? ''
  if (kind === 'tmpfs') {
    const size = get('tmpfs-size')
    addTmpfs(
      spec,
      `${target}:${['fixed-flags', ...(size === undefined ? [] : [`size=${size}`])].join(',')}`,
      place,
    )
    return
  }
  const device = volumeOptions.find(option => option.startsWith('device='))?.slice(7)
  const source = get('source', 'src') ?? ''
  const isBind = kind === 'bind' || kind === 'npipe' || isUnknownText(kind)
  spec.mounts.push({
    kind: isBind || device !== undefined ? 'bind' : 'volume',
    source: device ?? source,
    target,
    isReadOnly: /^(?:true|1|ro)$/.test(get('readonly', 'ro') ?? 'false'),
    isShared: SHARED.test(get('bind-propagation') ?? ''),
    options: undefined,
    place,
  })
}

/** `/path:options`. */
export function addTmpfs(spec: ContainerSpec, text: string, place: Place): void {
  const colon = text.indexOf(':')
  const target = colon < 0 ? text : text.slice(0, colon)
  const options = colon < 0 ? [] : text.slice(colon + 1).split(',')
  spec.mounts.push({ kind: 'tmpfs', source: '', target, isReadOnly: false, isShared: false, options, place })
}

/** `[address:][outside:]inside[/protocol]`; the address of IPv6 stands in brackets. */
export function addPort(spec: ContainerSpec, text: string, place: Place): void {
  const [, bracketed, rest = text] = /^\[([^\]]*)\]:(.*)$/.exec(text) ?? []
  const parts = (bracketed === undefined ? text : rest).split(':')
  const inside = parts.at(-1) ?? ''
  const outside = parts.length > 1 ? (parts.at(-2) ?? '') : ''
  const address = bracketed ?? parts.slice(0, -2).join(':')
  spec.ports.push({ address, inside, outside, isInside: false, place })
}

/** `no-new-privileges`, `seccomp=…`, `apparmor:…`, `label=disable`, `systempaths=unconfined`, `mask`/`unmask` of podman. */
export function addSecurityOption(spec: ContainerSpec, text: string, place: Place): void {
  const [, name = '', value = ''] = /^\s*([^=:]+)[=:]?([\s\S]*)$/.exec(text) ?? []
  const key = name.trim().toLowerCase()
  const setting = value.trim()
  if (isUnknownText(key)) spec.unconfined.push({ value: key, place })
  else if (key === 'no-new-privileges') {
    const said = setting === '' ? 'yes' : answerOf(setting)
    // stated twice, the weaker counts
    if (spec.noNewPrivileges?.value !== 'no') spec.noNewPrivileges = { value: said, place }
  } else if (key === 'seccomp') {
    spec.seccomp = { value: setting, place }
    if (isUnknownText(setting) || /^unconfined$/i.test(setting)) tell('seccomp is switched off')
  } else if (
    key === 'apparmor' &&
    (isUnknownText(setting) || /^(?:unconfined|.*\/unconfined)$/i.test(setting))
  )
    tell('AppArmor is switched off')
  else if (key === 'label' && /^(?:disable|type:(?:spc_t|unconfined_t|container_runtime_t))$/i.test(setting))
    tell('the SELinux label is switched off')
  else if ((key === 'systempaths' && /^unconfined$/i.test(setting)) || (key === 'unmask' && setting !== ''))
    tell('the masks over /proc and /sys are off')

  function tell(what: string): void {
    spec.unconfined.push({ value: isUnknownText(setting) ? setting : what, place })
  }
}
