import { baseName } from '../../paths/posix.ts'
import type { Act } from '../acts.ts'
import type { RuleName } from '../rule-names.ts'

interface Written {
  /** Where such a text does what it says; everywhere without one. */
  readonly place?: RegExp
  readonly text: RegExp
  readonly rule: RuleName
  readonly severity?: 'ask' | 'deny'
  readonly says: string
}

const SERVED = /\/(?:var\/www|srv|htdocs|html|public_html|wwwroot|webapps|nginx)\//

/** What a file does by being written, told by its text. */
const table: readonly Written[] = [
  {
    text: /(?:system|exec|passthru|shell_exec|eval|assert|popen|proc_open)\s{0,8}\(\s{0,8}@?\s{0,8}(?:\w{1,30}\s{0,8}\(\s{0,8}){0,3}@?\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\b|`[^`\n]{0,40}\$_(?:GET|POST|REQUEST|COOKIE)\b|getRuntime\(\)\s{0,8}\.\s{0,8}exec\s{0,8}\(\s{0,8}request\s{0,8}\.\s{0,8}getParameter|<%[^>]{0,80}\beval\s{0,8}\(?\s{0,8}request\b/i,
    rule: 'command.opens-reverse-shell',
    says: 'a page that runs what its visitors send',
  },
  {
    place: /\/\.github\/workflows\/[^/]+$|\/\.gitlab-ci\.yml$/,
    text: /\btoJSON\(\s*secrets\s*\)/i,
    rule: 'command.sends-secret',
    severity: 'ask',
    says: 'a workflow that takes all secrets',
  },
  {
    place: /\/(?:\.vscode\/|User\/)settings\.json$|\.code-workspace$/,
    text: /["'](?:chat\.tools\.(?:\w+\.)?autoApprove|chat\.agent\.autoApprove|security\.workspace\.trust\.enabled["']\s{0,8}:\s{0,8}false)["']?\s{0,8}:?\s{0,8}(?:true)?/,
    rule: 'command.changes-agent-settings',
    severity: 'ask',
    says: 'tools that run unasked',
  },
  {
    place:
      /\/(?:CLAUDE|AGENTS|GEMINI|copilot-instructions|\.cursorrules|\.windsurfrules)(?:\.local)?(?:\.md)?$|\/\.cursor\/rules\//,
    text: /(?:curl|wget)\b[^\n|]{0,300}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\b(?:do not|don't|never|without) (?:mention|tell|telling|inform\w*|reveal\w*|ask\w*)(?: (?:it|this|them|the user|anyone))?\b/i,
    rule: 'command.changes-agent-memory',
    says: 'instructions that fetch code or hide it',
  },
  {
    place: /\/(?:release_agent|notify_on_release|core_pattern|uevent_helper)$/,
    text: /\S/,
    rule: 'command.escapes-container',
    says: 'what the kernel of the host runs',
  },
]

const LONGEST = 32_768

/** What the text speaks for that is written to a place. */
export function actsOfWritten(path: string, text: string, program: string): readonly Act[] {
  if (text.length < 2 && !/^(?:release_agent|notify_on_release)$/.test(baseName(path))) return []
  const told = text.slice(0, LONGEST)
  return table
    .filter(row => (!row.place || row.place.test(path)) && row.text.test(told))
    .map(({ rule, severity, says }) => ({
      kind: 'write',
      program,
      target: `${path}: ${says}`,
      rule,
      severity:
        severity ?? (rule === 'command.opens-reverse-shell' && !SERVED.test(path) ? 'ask' : undefined),
    }))
    .map(({ severity, ...act }) => (severity ? { ...act, severity } : act) as Act)
}
