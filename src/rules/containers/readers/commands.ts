import type { Sighting } from '../../configuration/rule.ts'
import { judgeVariable } from '../../configuration/shell/environment.ts'
import { readShell } from '../../configuration/shell/script.ts'
import type { Reading } from '../reading.ts'
import type { ContainerSpec, Place } from '../spec.ts'

/** Findings of shell text and variables that are the business of R16; the others are about honest habits. */
const WEIGHTY = new Set(
  [
    'adds-remote-file',
    'runs-downloaded-text',
    'runs-unchecked-download',
    'runs-text-of-strangers',
    'skips-certificate-check',
    'skips-host-key-check',
    'fetches-code-over-http',
    'trusts-unsigned-packages',
    'makes-world-writable',
    'trusts-insecure-registry',
  ].map(name => `configuration.${name}`),
)

/** Takes what the rules of scripts see over into the model. */
export function addSighting(spec: ContainerSpec, sighting: Sighting, place: Place): void {
  const { rule, message, severity, fix } = sighting
  if (!WEIGHTY.has(rule)) return
  const known =
    severity ??
    (rule === 'configuration.runs-downloaded-text' || rule === 'configuration.skips-certificate-check'
      ? 'deny'
      : 'ask')
  spec.unchecked.push({ value: message, place, severity: known, ...(fix && { fix }) })
}

const SHELL = /^(?:.*\/)?(?:ba|da|a|k|z)?sh$/

/** Looks into the command of a container: the text of a shell, or a program and its arguments. */
export function addCommand(
  spec: ContainerSpec,
  words: readonly { readonly text: string; readonly place: Place }[],
  reading: Reading,
): void {
  if (words.length === 0) return
  const flag = words.findIndex(
    ({ text }, at) => at > 0 && /^-\w*c$/.test(text) && SHELL.test(words[at - 1]!.text),
  )
  const isText = words.length === 1 || flag > 0
  const text =
    flag > 0
      ? (words[flag + 1]?.text ?? '')
      : words.map(({ text: word }) => (isText ? word : quoted(word))).join(' ')
  const place = {
    ...words[0]!.place,
    end: Math.max(words[0]!.place.start, words.at(-1)!.place.end),
  }
  readShell(
    text.replace(/[\uE000-\uE00F]+/g, '?'),
    sighting => {
      if (sighting.rule === 'configuration.could-not-be-read')
        reading.troubles.push({ place, why: `its command: ${sighting.message}` })
      addSighting(spec, { ...sighting, fix: undefined }, place)
    },
    'image',
  )
}

/** As one word of a shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** Variables that switch a check off for every program of the container. */
export function addTrustedVariables(spec: ContainerSpec): void {
  for (const { name, value, place } of spec.environment)
    judgeVariable(name, value, place, sighting => addSighting(spec, sighting, place))
}
