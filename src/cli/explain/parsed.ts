import type { Finding } from '../../access/finding.ts'
import type { Workplace } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import { createFileSystemView, stillView } from '../../guard/validation/file-system.ts'
import { createPolicyJudge } from '../../guard/validation/policy.ts'
import { judgeCommand } from '../../rules/commands/judge.ts'
import type { JudgedAct, TracedCall } from '../../rules/judgement.ts'
import { readable } from '../../rules/paths/pattern.ts'

/** One effect and what the rules made of it. */
export interface ParsedEffect {
  readonly kind: string
  readonly target: string | null
  readonly program: string
  readonly findings: readonly ParsedFinding[]
}

export interface ParsedFinding {
  readonly rule: string
  readonly threat: string
  readonly severity: string
  readonly message: string
  readonly exception?: string
  readonly isFinal?: boolean
}

/** A statement of a command, or a program in it with what it wraps. */
export interface ParsedPart {
  /** A statement as written, or the words of a program. */
  readonly text: string
  readonly effects: readonly ParsedEffect[]
  readonly programs: readonly ParsedPart[]
}

/** A command as it was read: its statements, the programs in them unwrapped, their effects. */
export interface ParsedCommand {
  readonly statements: readonly ParsedPart[]
  /** What is said of the command as a whole: by rules about its text, and by rules of your own. */
  readonly findings: readonly ParsedFinding[]
  /** Something of it could not be read. */
  readonly isPartial: boolean
}

export interface ParseOptions {
  readonly config: Config
  readonly workplace: Workplace
  /** Absolute paths that belong to Portcullis. */
  readonly own: readonly string[]
  readonly now: number
}

/** Reads a command as the guard does, policy included; nothing is run. */
export function parseForPeople(
  command: string,
  { config, workplace, own, now }: ParseOptions,
): ParsedCommand {
  const { protect, outsideProject } = config.validation.paths
  const view = createFileSystemView()
  const judged = judgeCommand(command, workplace, stillView(view), { protect, outsideProject, own })
  const request = {
    id: 'dec_check',
    point: 'check',
    action: 'command:run',
    resource: { type: 'command', id: 'Bash', command, workplace, texts: [] },
    context: {
      time: now,
      network: { address: '127.0.0.1', local: true, encrypted: false },
      client: 'claude-code',
    },
    credentials: {},
  } as const
  const after = createPolicyJudge(config, view)(request, judged)
  const final = new Map(judged.findings.map((finding, index) => [finding, after.findings[index] ?? finding]))
  const spoken = new Set(
    (judged.acts ?? []).flatMap(({ findings }) => findings).map(finding => final.get(finding)),
  )

  const describe = (finding: Finding) => describeFinding(final.get(finding) ?? finding)
  const part = ({ text, argv, acts, calls }: TracedCall): ParsedPart => ({
    text:
      text ??
      argv
        .map(word => readable(word))
        .map(quoted)
        .join(' '),
    effects: acts.map(act => effect(act, describe)),
    programs: calls.map(part),
  })
  return {
    statements: (judged.statements?.() ?? []).map(part),
    findings: after.findings.filter(finding => !spoken.has(finding)).map(describeFinding),
    isPartial: judged.isPartial === true,
  }
}

function effect(
  { effect, findings }: JudgedAct,
  describe: (finding: Finding) => ParsedFinding,
): ParsedEffect {
  return { ...effect, findings: findings.map(describe) }
}

function describeFinding({ rule, threat, severity, message, exception, isFinal }: Finding): ParsedFinding {
  return {
    rule,
    threat,
    severity,
    message,
    ...(exception !== undefined && { exception }),
    ...(isFinal && { isFinal }),
  }
}

function quoted(word: string): string {
  return word === '' || /[\s'"|&;]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : word
}
