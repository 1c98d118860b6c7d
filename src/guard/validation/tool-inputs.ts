import type { Resource, TextLeaf } from '../../access/request.ts'
import type { Judgement } from '../../rules/judgement.ts'

type ToolResource = Extract<Resource, { type: 'tool' }>

/** What the arguments of a tool that is not known by name would do, each judged by what its key says it is. */
export interface InputJudges {
  command(text: string): Judgement
  path(path: string, operation: 'read' | 'write'): Judgement
  url(url: string): Judgement
}

const COMMAND = /^(?:command|commands|cmd|cmdline|command_line|commandline|script|shell|bash|shell_command)$/i
const PATH =
  /^(?:path|paths|file|files|filename|file_?path|file_?paths|notebook_path|directory|dir|folder|source|src|destination|dest|target|target_file|relative_workspace_path|uri|uris)$/i
const URL_KEY = /^(?:url|urls|uri|uris|href|endpoint|address)$/i
const ARGUMENTS = /^(?:args|argv|arguments)$/i
const WRITES = /write|edit|create|delete|remove|move|rename|update|append|save|replace|insert|patch|upload/i

/**
 * Judges a call by the shape of its input: `{command: "rm -rf ~"}` is that command whatever server is asked to run it.
 * Affirms nothing: what the tool really does is not known.
 */
export function judgeToolInput(resource: ToolResource, judges: InputJudges): Judgement {
  const operation = WRITES.test(resource.tool) ? 'write' : 'read'
  const groups = groupLeaves(resource.texts)
  const judgements: Judgement[] = []
  for (const { parent, key, texts } of groups) {
    if (COMMAND.test(key)) {
      const rest = groups.filter(other => other.parent === parent && ARGUMENTS.test(other.key))
      judgements.push(
        ...judgeWords(
          texts,
          rest.flatMap(other => other.texts),
          judges,
        ),
      )
    }
    for (const text of texts) {
      const local = /^file:(?:\/\/[^/]*)?(\/.*)$/i.exec(text)?.[1]
      if (local !== undefined) judgements.push(judges.path(decoded(local), operation))
      else if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
        if (URL_KEY.test(key)) judgements.push(withoutLocal(judges.url(text)))
      } else if (PATH.test(key) && text.length <= 4_096 && !text.includes('\n'))
        judgements.push(judges.path(text, operation))
    }
  }
  return strictest(judgements)
}

interface LeafGroup {
  readonly parent: string
  readonly key: string
  readonly texts: string[]
}

/** Leaves by their key; the items of a list belong together. */
function groupLeaves(leaves: readonly TextLeaf[]): LeafGroup[] {
  const groups = new Map<string, LeafGroup>()
  for (const { text, where } of leaves) {
    const [, parent = '', key = ''] = /^(.*?)\.?([^.[\]]+)(?:\[\d+\])*$/.exec(where) ?? []
    if (where.endsWith(': a key')) continue
    const group = groups.get(`${parent}.${key}`) ?? { parent, key, texts: [] }
    group.texts.push(text)
    groups.set(`${parent}.${key}`, group)
  }
  return [...groups.values()]
}

/** One text is shell; a list is one argv or several commands, so both readings count. */
function judgeWords(texts: readonly string[], rest: readonly string[], judges: InputJudges): Judgement[] {
  const words = [...texts, ...rest]
  const alone = texts.map(text => judges.command(text))
  return words.length > 1 ? [...alone, judges.command(words.map(quoted).join(' '))] : alone
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

function decoded(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, code => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}

/** A browser of the agent may look at the dev server and other schemes; only cloud credentials are closed to it. */
function withoutLocal(judgement: Judgement): Judgement {
  const findings = judgement.findings.filter(({ rule }) => rule === 'url.is-metadata-service')
  return { ...judgement, findings, opinion: findings.length > 0 ? 'deny' : 'none' }
}

function strictest(judgements: readonly Judgement[]): Judgement {
  const opinions = new Set(judgements.map(({ opinion }) => opinion))
  return {
    opinion: opinions.has('deny') ? 'deny' : opinions.has('ask') ? 'ask' : 'none',
    findings: judgements.flatMap(({ findings }) => findings),
    effects: judgements.flatMap(({ effects }) => effects),
    acts: judgements.flatMap(({ acts = [] }) => acts),
    calls: judgements.flatMap(({ calls = [] }) => calls),
    isPartial: judgements.some(({ isPartial }) => isPartial === true),
  }
}
