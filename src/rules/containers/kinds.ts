import type { ReaderName } from './spec.ts'

const COMPOSE = /(?:^|\/)(?:[\w.-]*\.)?(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i
/** In small letters a longer name may be that of anything, such as the source of a reader. */
const DOCKERFILE =
  /(?:^|\/)(?:[\w.-]*\.)?(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$|(?:^|\/)(?:dockerfile|containerfile)$|\.(?:dockerfile|containerfile)$/
const SCRIPT = /\.(?:sh|bash|zsh|ksh|dash|command)$|(?:^|\/)(?:GNU)?[Mm]akefile(?:\.[\w-]+)?$|\.mk$/
const YAML = /\.(?:ya?ml|json)$/i
/** Texts about containers, not settings of some. */
const NO_KIND = /\.(?:md|rst|adoc|txt|html?|lock|map)$/i

/** What a file is, told by its name and then by its text; undefined for one that says nothing about containers. */
export function kindOf(path: string, text: string): ReaderName | undefined {
  if (COMPOSE.test(path)) return 'compose'
  if (NO_KIND.test(path)) return undefined
  if (DOCKERFILE.test(path)) return 'dockerfile'
  if (YAML.test(path)) return kindOfYaml(text)
  if (SCRIPT.test(path) || /^#!.*sh\b/.test(text.slice(0, 120)))
    return startsContainers(text) ? 'run' : undefined
  return undefined
}

/** The same of a text without a name. */
export function kindOfText(text: string): ReaderName | undefined {
  const code = text.replace(/^\ufeff?(?:\s*(?:#[^\n]*)?\n)*/, '')
  if (/^\s*(?:FROM\s+\S|ARG\s+\w+(?:=|\s*\n))/i.test(code)) return 'dockerfile'
  return kindOfYaml(text) ?? (startsContainers(text) ? 'run' : undefined)
}

function kindOfYaml(text: string): ReaderName | undefined {
  const isKind = /(?:^|[\n{,\s])["']?kind["']?\s*:/.test(text) && /["']?apiVersion["']?\s*:/.test(text)
  if (
    isKind ||
    /(?:^|\n)\s*(?:-\s*)?["']?(?:initContainers|ephemeralContainers|containers)["']?\s*:/.test(text)
  )
    return 'kubernetes'
  const hasServices = /(?:^|[\n{])\s*["']?services["']?\s*:/.test(text)
  return hasServices && /["']?(?:image|build|extends)["']?\s*:|<<\s*:/.test(text) ? 'compose' : undefined
}

function startsContainers(text: string): boolean {
  return /(?:docker|podman|nerdctl|finch)/.test(text) && /\b(?:run|create)\b/.test(text)
}
