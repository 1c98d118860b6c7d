import { readSettings, settingsFileOf } from '../settings/lines.ts'
import { isLocal } from './addresses.ts'
import type { ProgramCall } from './call.ts'
import { downloadOf } from './downloads.ts'
import type { Argument } from './reading.ts'
import { type TrustOption, trustOptions } from './trust-table.ts'

const byProgram = new Map<string, TrustOption[]>()
for (const option of trustOptions)
  for (const program of option.programs) byProgram.set(program, [...(byProgram.get(program) ?? []), option])

/** Looks for options by which a program stops to check who it talks to or who has signed. */
export function judgeTrust(call: ProgramCall): void {
  judgeTrustedLines(call)
  judgeWrittenSettings(call)
  for (const option of byProgram.get(call.name) ?? [])
    for (const [at, arg] of call.args.entries()) {
      if (!matches(option, arg.text, call.args[at + 1]?.text)) continue
      if (option.rule === 'configuration.skips-certificate-check' && talksOnlyHome(call)) continue
      const last = option.next ? call.args[at + 1]! : arg
      call.report({
        rule: option.rule,
        start: arg.start,
        end: last.end,
        message: option.message,
        fix: option.isRemovable ? removalOf(call, option, arg, last) : undefined,
      })
      return
    }
}

function matches(option: TrustOption, text: string, next: string | undefined): boolean {
  if (option.letter !== undefined && hasLetter(text, option.letter, option.valued ?? '')) return true
  return option.argument.test(text) && (!option.next || (next !== undefined && option.next.test(next)))
}

/** Whether a cluster of short options holds the letter before one that takes the rest as its value. */
function hasLetter(text: string, letter: string, valued: string): boolean {
  if (!/^-[A-Za-z#0-9]/.test(text)) return false
  for (const at of text.slice(1)) {
    if (at === letter) return true
    if (valued.includes(at)) return false
  }
  return false
}

/** Requests to this machine alone have nobody on the way. */
function talksOnlyHome(call: ProgramCall): boolean {
  const urls = downloadOf(call)?.urls ?? []
  return urls.length > 0 && urls.every(({ text }) => isLocal(text))
}

function removalOf({ reading }: ProgramCall, option: TrustOption, first: Argument, last: Argument) {
  const raw = reading.text.slice(first.start, last.end)
  if (!raw.startsWith(first.text) || !raw.endsWith(last.text)) return undefined
  if (option.letter !== undefined && /^-\w{2,}$/.test(raw))
    return { start: first.start, end: last.end, replacement: raw.replace(option.letter, '') }
  const isAfterBlank = /[ \t]/.test(reading.text[first.start - 1] ?? '')
  return { start: first.start - (isAfterBlank ? 1 : 0), end: last.end, replacement: '' }
}

/** Lines that are written into a file whose settings we know are read as such. */
function judgeWrittenSettings({ name, texts, writes, args, report }: ProgramCall): void {
  const target = writes[0]?.target
  const file = target && /^(?:echo|printf)$/.test(name) ? settingsFileOf(target.text) : undefined
  if (!file || !args[0]) return
  const place = { start: args[0].start, end: args.at(-1)!.end }
  readSettings(file, texts.join(' ').replaceAll('\\n', '\n'), ({ fix: _fix, ...sighting }) =>
    report({ ...sighting, ...place }),
  )
}

/** A line for a package source that says it needs no signature, a client's settings that say so, wherever they are written. */
function judgeTrustedLines({ name, texts, args, report }: ProgramCall): void {
  if (!/^(?:echo|printf|add-apt-repository|sed|tee|cat)$/.test(name)) return
  for (const [at, text] of texts.entries()) {
    const { start, end } = args[at]!
    if (/\bdeb\b.*\[[^\]]*(?:trusted|allow-insecure)=yes/.test(text))
      report({
        rule: 'configuration.trusts-unsigned-packages',
        start,
        end,
        message: 'a package source is trusted without a signature',
      })
    else if (/StrictHostKeyChecking[= ]+(?:no|off)\b/i.test(text))
      report({
        rule: 'configuration.skips-host-key-check',
        start,
        end,
        message: 'the client is set to accept any host key',
      })
  }
}
