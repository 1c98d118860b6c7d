import type { Report } from '../rule.ts'
import type { ProgramCall } from './call.ts'
import { trustVariables } from './trust-table.ts'

/** Looks at variables that a command is given or that are set for later ones. */
export function judgeEnvironment(call: ProgramCall): void {
  for (const { name, value, pos, end } of call.prefix) {
    if (value.type === 'ArrayValue') continue
    judgeVariable(name, value.value, { start: pos, end }, call.report)
    if (/^(?:GIT_SSH_COMMAND|RSYNC_RSH|SSH_OPTS|SSH_OPTIONS|SSH_ARGS|ANSIBLE_SSH_ARGS)$/.test(name))
      judgeSshOptions(value.value, { start: pos, end }, call.report)
  }
  if (!/^(?:export|declare|typeset|readonly|local|env|setenv|sudo)$/.test(call.name)) return
  for (const { text, start, end } of call.args) {
    const equals = text.indexOf('=')
    if (equals > 0) judgeVariable(text.slice(0, equals), text.slice(equals + 1), { start, end }, call.report)
    if (/^(?:GIT_SSH_COMMAND|RSYNC_RSH)=/.test(text)) judgeSshOptions(text, { start, end }, call.report)
  }
}

/** Says what is wrong with a variable of the environment, wherever it is set. */
export function judgeVariable(
  name: string,
  value: string,
  place: { readonly start: number; readonly end: number },
  report: Report,
): void {
  const variable = Object.hasOwn(trustVariables, name) ? trustVariables[name] : undefined
  if (variable?.value.test(value.trim()))
    report({
      rule: variable.rule,
      ...place,
      message: `\`${name}\` switches a check off for everything that is started with it`,
    })
}

function judgeSshOptions(text: string, place: { start: number; end: number }, report: Report): void {
  if (/StrictHostKeyChecking[= ](?:no|off)\b|UserKnownHostsFile[= ]\/dev\/null/i.test(text))
    report({
      rule: 'configuration.skips-host-key-check',
      ...place,
      message: 'the key of the other machine is not checked, so anybody on the way can take its place',
    })
}
