import { reportInFile } from '../passage.ts'
import type { Report } from '../rule.ts'
import { isLocal, isPlainHttp } from '../shell/addresses.ts'
import { readShell } from '../shell/script.ts'
import { readYaml, type YamlFile, type YamlValue } from '../yaml-file.ts'

/** Scripts that npm runs by itself when the package is installed. */
const AT_INSTALL = new Set(['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare'])
const FETCHES =
  /(?:^|[\s;&|(`])(?:curl|wget|aria2c)\s|\bInvoke-WebRequest\b|\biwr\s|https?\.get\s*\(|require\(\W{0,2}https?\W{0,2}\)|\bfetch\s*\(/
const DEPENDENCIES = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'resolutions',
  'overrides',
]

/** Reads a package manifest (JSON is YAML): what its scripts do, what installing it does, where packages come from. */
export function readPackageManifest(text: string, report: Report): void {
  if (!/"(?:scripts|resolutions|overrides)"|(?:http|git):\/\//.test(text)) return
  const file = readYaml(text, report)
  const root = file?.roots[0]
  if (!file || !root) return
  for (const { key, value } of file.entries(file.get(root, 'scripts'))) {
    const passage = file.passage(value)
    readShell(passage.text, reportInFile(report, passage), 'machine')
    if (AT_INSTALL.has(key) && FETCHES.test(value.text) && !/^(?:https?:\/\/)?localhost/.test(value.text))
      report({
        rule: 'configuration.downloads-while-installing',
        start: value.start,
        end: value.end,
        message: `\`${key}\` fetches something on every machine that installs the package`,
      })
  }
  for (const group of DEPENDENCIES)
    for (const { value } of file.entries(file.get(root, group))) judgeSource(value, report)
}

function judgeSource({ text, start, end }: YamlValue, report: Report): void {
  const url = /^(?:git\+)?((?:http|git):\/\/\S+)/i.exec(text)?.[1]
  if (url !== undefined && isPlainHttp(url.replace(/^git:/i, 'http:')))
    report({
      rule: 'configuration.fetches-code-over-http',
      start,
      end,
      message: 'the package comes without encryption, so anybody on the way can put other code in its place',
    })
}

/** Reads the settings of the Docker daemon. */
export function readDaemon(text: string, report: Report): void {
  const file = readYaml(text, report)
  const root = file?.roots[0]
  for (const registry of file?.items(file.get(root, 'insecure-registries')) ?? [])
    if (!isLocal(registry.text) && !/^(?:127|::1)/.test(registry.text))
      report({
        rule: 'configuration.trusts-insecure-registry',
        start: registry.start,
        end: registry.end,
        message: `the registry \`${registry.text}\` is trusted without a certificate`,
      })
}

/** Reads the settings of PHP's package manager. */
export function readComposer(text: string, report: Report): void {
  const file = readYaml(text, report)
  const root = file?.roots[0]
  if (!file || !root) return
  const switches: readonly (readonly [string, string])[] = [
    ['secure-http', 'false'],
    ['disable-tls', 'true'],
  ]
  for (const [key, bad] of switches) {
    const value = file.get(root, 'config', key)
    if (value?.text === bad)
      report({
        rule: 'configuration.skips-certificate-check',
        start: value.start,
        end: value.end,
        message: 'packages are fetched without encryption or without a check of the certificate',
        fix: { start: value.start, end: value.end, replacement: bad === 'true' ? 'false' : 'true' },
      })
  }
  for (const { key, value } of file.entries(file.get(root, 'scripts'))) readScripts(file, value, report, key)
}

function readScripts(file: YamlFile, value: YamlValue, report: Report, _key: string): void {
  for (const line of value.isScalar ? [value] : file.items(value)) {
    const passage = file.passage(line)
    readShell(passage.text, reportInFile(report, passage), 'machine')
  }
}

/** Reads the commands of a development container, which run by themselves when it is opened. */
export function readDevcontainer(text: string, report: Report): void {
  const file = readYaml(
    text.replace(/^(\s*)\/\/.*$/gm, line => ' '.repeat(line.length)),
    report,
  )
  const root = file?.roots[0]
  if (!file || !root) return
  for (const { key, value } of file.entries(root))
    if (/Command$/.test(key)) readScripts(file, value, report, key)
}
