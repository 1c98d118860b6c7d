import type { Report } from '../rule.ts'
import { judgeVariable } from '../shell/environment.ts'
import { readYaml, type YamlFile, type YamlValue } from '../yaml-file.ts'
import { judgeImage } from './images.ts'

/** Reads a compose file: images that are not built here, and variables. */
export function readCompose(text: string, report: Report): void {
  const file = readYaml(text, report)
  const seen = new Set<unknown>()
  for (const root of file?.roots ?? [])
    for (const { value } of file!.entries(file!.get(root, 'services'))) {
      if (seen.has(value.node)) continue
      seen.add(value.node)
      const image = file!.get(value, 'image')
      if (image && !file!.get(value, 'build')) judgeImage(image.text, image, report)
      judgeEnvironment(file!, file!.get(value, 'environment'), report)
    }
}

function judgeEnvironment(file: YamlFile, environment: YamlValue | undefined, report: Report): void {
  for (const { key, keyStart, value } of file.entries(environment))
    judgeVariable(key, value.text, { start: keyStart, end: value.end }, report)
  for (const { text, start, end } of file.items(environment)) {
    const equals = text.indexOf('=')
    if (equals > 0) judgeVariable(text.slice(0, equals), text.slice(equals + 1), { start, end }, report)
  }
}

const MOST_NODES = 20_000
const CONTAINERS = new Set(['containers', 'initContainers', 'ephemeralContainers'])

/** Reads Kubernetes manifests: the images and variables of containers, wherever a pod's template stands. */
export function readManifests(text: string, report: Report): void {
  const file = readYaml(text, report)
  if (!file) return
  const seen = new Set<unknown>()
  const open = file.roots.filter(root => file.get(root, 'apiVersion') || file.get(root, 'kind'))
  while (open.length > 0 && seen.size < MOST_NODES) {
    const value = open.pop()!
    if (value.isScalar || seen.has(value.node)) continue
    seen.add(value.node)
    for (const { key, value: child } of file.entries(value)) {
      if (CONTAINERS.has(key))
        for (const container of file.items(child)) judgeContainer(file, container, report)
      open.push(child)
    }
    open.push(...file.items(value))
  }
}

function judgeContainer(file: YamlFile, container: YamlValue, report: Report): void {
  const image = file.get(container, 'image')
  if (image?.isScalar) judgeImage(image.text, image, report)
  for (const variable of file.items(file.get(container, 'env'))) {
    const name = file.get(variable, 'name')
    const value = file.get(variable, 'value')
    if (name && value) judgeVariable(name.text, value.text, { start: name.start, end: value.end }, report)
  }
}
