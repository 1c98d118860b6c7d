import type { Processes, ProcessFacts } from './processes.ts'

/** Variables that agents set for what they run. Those a person sets for an agent (`CODEX_HOME`, keys) are not among them. */
const MARKERS =
  /^(?:CLAUDECODE|CLAUDE_CODE_(?:ENTRYPOINT|SESSION_ID|SSE_PORT)|CODEX_(?:SANDBOX\w*|THREAD_ID|CI)|GEMINI_CLI|CURSOR_AGENT|COPILOT_(?:CLI|AGENT\w*)|OPENCODE|OPENCODE_(?:PID|SESSION\w*)|QWEN_CODE|WINDSURF_AGENT|CASCADE_AGENT|CLINE_ACTIVE|AUGMENT_AGENT|GOOSE_TERMINAL|AMP_THREAD_ID|AI_AGENT|AGENT)$/

const AGENTS =
  /^(?:claude|claude-code|codex|codex-\w+|gemini|gemini-cli|cursor-agent|copilot|opencode|qwen|aider|goose|amp|cline|droid|crush|kiro-cli)(?:\.(?:js|mjs|cjs|exe))?$/

/** Editors with agents of their own, which type into the same terminals as the person. */
const EDITORS =
  /^(?:code|code-insiders|code-server|codium|cursor|windsurf|kiro|zed|zed-editor|idea|pycharm|webstorm|goland|rider|clion|java)$/

/** What makes terminals that a program can read and type into: the word would reach an agent that uses it. */
const PUPPETEERS =
  /^(?:python[\d.]*|perl|ruby|node|nodejs|bun|deno|php|lua|expect|unbuffer|script|socat|ttyd|gotty|tmate|tmux(?:: server)?|screen|zellij|dtach|abduco|asciinema)$/i

const PACKAGES =
  /@anthropic-ai\/claude|@openai\/codex|@google\/gemini-cli|@github\/copilot|opencode-ai|@qwen-code|@sourcegraph\/amp|[\\/]\.claude[\\/]local/

const MOST_ANCESTORS = 100
/** Programs with names of their own run as the first arguments of an interpreter. */
const WORDS_LOOKED_AT = 3

/** Who asks: a terminal where a person may sit, or why it cannot be one. */
export type Asker =
  | { readonly kind: 'person'; readonly terminal: number }
  | { readonly kind: 'refused'; readonly why: string; readonly remedy: string }

const OUTSIDE = 'open a terminal of your own, outside of every agent and editor, and ask there'

/**
 * Looks whether a process can be a person’s: its own user, in the foreground of a terminal, with no agent above it. It does
 * not prove that one is: a process that cuts itself loose from the agent before, with an environment of its own and a
 * terminal it made, looks the same.
 */
export function findAsker(pid: number, processes: Processes, user: number): Asker {
  const asker = processes.find(pid)
  if (!asker || asker.user !== user) return refused('the asking process cannot be found')
  if (asker.terminal === 0) return refused('the asking process has no terminal')
  if (!asker.isForeground) return refused('the asking process is not in the foreground of its terminal')
  for (const ancestor of ancestry(asker, processes)) {
    // Within the terminal an interpreter is only how a program was started: `npx`, a script.
    const isOutside = ancestor.terminal !== asker.terminal
    const why = reasonAgainst(ancestor) ?? (isOutside ? reasonAgainstMaker(ancestor) : undefined)
    if (why !== undefined) return refused(why)
  }
  // Or the word would appear on the terminal of somebody who never asked.
  if (!asker.argv.includes('break-glass'))
    return refused('the asking process is not `portcullis break-glass`')
  return { kind: 'person', terminal: asker.terminal }
}

function ancestry(asker: ProcessFacts, processes: Processes): ProcessFacts[] {
  const chain: ProcessFacts[] = []
  let next: ProcessFacts | undefined = asker
  while (next && chain.length < MOST_ANCESTORS) {
    chain.push(next)
    next = next.parent > 0 ? processes.find(next.parent) : undefined
  }
  return chain
}

function reasonAgainst({ name, argv, variables }: ProcessFacts): string | undefined {
  const marker = variables?.find(variable => MARKERS.test(variable))
  if (marker !== undefined) return `\`${marker}\` is set, as agents do for what they run`
  const words = argv.slice(0, WORDS_LOOKED_AT)
  const names = [name, ...words.map(word => word.split(/[\\/]/).at(-1) ?? '')]
  const agent = names.find(word => AGENTS.test(word))
  if (agent !== undefined) return `it runs under the agent \`${agent}\``
  if (words.some(word => PACKAGES.test(word))) return 'it runs under an agent'
  const editor = names.find(word => EDITORS.test(word))
  return editor === undefined ? undefined : `it runs in the editor \`${editor}\`, where agents type, too`
}

function reasonAgainstMaker({ name, argv }: ProcessFacts): string | undefined {
  const names = [name, argv[0]?.split('/').at(-1) ?? '']
  const maker = names.find(word => PUPPETEERS.test(word))
  return maker === undefined ? undefined : `\`${maker}\` above its terminal can read it and type into it`
}

function refused(why: string): Asker {
  return { kind: 'refused', why, remedy: OUTSIDE }
}

/** The marker of an agent in an environment, for a first look before anybody is asked. */
export function markerIn(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return Object.keys(env).find(name => MARKERS.test(name))
}
