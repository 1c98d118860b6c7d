import { expect } from 'vitest'

type JsonObject = { readonly [key: string]: unknown }

/** What the hook program hands to the client: stdout as JSON (`''` for nothing), the exit code, stderr. */
export interface Said {
  readonly exitCode: 0 | 2
  readonly stdout: unknown
  readonly stderr?: unknown
}

/** How one client talks: an event of each kind, and what it must be told for each outcome. */
export interface AgentRow {
  readonly events: {
    readonly call: JsonObject
    /** A call of a tool whose texts may be replaced; holds `hush`. */
    readonly maskable: JsonObject
    readonly output?: JsonObject
    readonly prompt: JsonObject
    readonly other: JsonObject
  }
  readonly pass: { readonly call: Said; readonly prompt: Said; readonly other: Said }
  readonly deny: { readonly call: Said; readonly prompt: Said; readonly output?: Said }
  /** `refused`: the client cannot ask, or what it does when asked lets the act run. */
  readonly ask: Said | 'refused'
  readonly mask: { readonly call: Said | 'refused'; readonly output?: Said | 'refused' }
  readonly warn: Said
  /** When not even the event could be read. */
  readonly unreadable: Said
  /** The field of a call event without which nobody knows what would happen, as a path. */
  readonly deciding: readonly string[]
  /** A command may come as a list of words, too. */
  readonly takesWords?: true
  /** A part of the hook file for an entry of ten seconds: the time unit, and what is said of failure. */
  readonly hookFile: readonly string[]
}

const harm = expect.stringContaining('it would do harm')
const trouble = expect.stringContaining('portcullis denied this: ')
const exit2 = (stderr: unknown): Said => ({ exitCode: 2, stdout: '', stderr })
const json = (stdout: unknown): Said => ({ exitCode: 0, stdout })
const nothing = json({})
const warning = expect.stringContaining('would be denied')

const claudePermission = (permissionDecision: string) =>
  json({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision,
      permissionDecisionReason: harm,
    },
  })

/** All agents of `agents.ts`. */
export const rows: Readonly<Record<string, AgentRow>> = {
  'claude-code': {
    events: {
      call: { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } },
      maskable: { hook_event_name: 'PreToolUse', tool_name: 'mcp__a__b', tool_input: { text: 'hush' } },
      output: { hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_response: { stdout: 'so hush' } },
      prompt: { hook_event_name: 'UserPromptSubmit', prompt: 'go' },
      other: { hook_event_name: 'SomethingNew' },
    },
    pass: { call: nothing, prompt: nothing, other: nothing },
    deny: {
      call: claudePermission('deny'),
      prompt: json({
        decision: 'block',
        reason: harm,
        hookSpecificOutput: { hookEventName: 'UserPromptSubmit', suppressOriginalPrompt: true },
      }),
      output: json({
        decision: 'block',
        reason: harm,
        hookSpecificOutput: {
          hookEventName: 'PostToolUse',
          updatedToolOutput: { stdout: '[withheld by portcullis]' },
        },
      }),
    },
    ask: claudePermission('ask'),
    mask: {
      call: json({
        hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput: { text: '<masked>' } },
      }),
      output: json({
        hookSpecificOutput: { hookEventName: 'PostToolUse', updatedToolOutput: { stdout: 'so <masked>' } },
      }),
    },
    warn: json({ systemMessage: warning }),
    unreadable: {
      exitCode: 2,
      stdout: {
        hookSpecificOutput: {
          hookEventName: 'PreToolUse',
          permissionDecision: 'deny',
          permissionDecisionReason: trouble,
        },
      },
      stderr: trouble,
    },
    deciding: ['tool_input', 'command'],
    hookFile: ['"timeout":10', '"onFailure":"block"'],
  },
  codex: {
    events: {
      call: { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } },
      maskable: { hook_event_name: 'PreToolUse', tool_name: 'mcp__a__b', tool_input: { text: 'hush' } },
      output: { hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_response: 'so hush' },
      prompt: { hook_event_name: 'UserPromptSubmit', prompt: 'go' },
      other: { hook_event_name: 'SomethingNew' },
    },
    pass: { call: nothing, prompt: nothing, other: nothing },
    deny: { call: exit2(harm), prompt: exit2(harm), output: exit2(harm) },
    ask: 'refused',
    mask: {
      call: json({
        hookSpecificOutput: {
          hookEventName: 'PreToolUse',
          permissionDecision: 'allow',
          updatedInput: { text: '<masked>' },
        },
      }),
      output: exit2(expect.stringContaining('so <masked>')),
    },
    warn: json({ systemMessage: warning }),
    unreadable: exit2(trouble),
    deciding: ['tool_input', 'command'],
    takesWords: true,
    hookFile: ['"timeout":10', 'exit 2'],
  },
  'gemini-cli': {
    events: {
      call: {
        hook_event_name: 'BeforeTool',
        tool_name: 'run_shell_command',
        tool_input: { command: 'ls' },
      },
      maskable: { hook_event_name: 'BeforeTool', tool_name: 'mcp_a_b', tool_input: { text: 'hush' } },
      output: {
        hook_event_name: 'AfterTool',
        tool_name: 'run_shell_command',
        tool_input: { command: 'ls' },
        tool_response: { llmContent: 'so hush' },
      },
      prompt: { hook_event_name: 'BeforeAgent', prompt: 'go' },
      other: { hook_event_name: 'SomethingNew' },
    },
    pass: { call: nothing, prompt: nothing, other: nothing },
    deny: {
      call: json({ decision: 'deny', reason: harm }),
      prompt: json({ decision: 'deny', reason: harm }),
      output: json({ decision: 'deny', reason: harm }),
    },
    ask: 'refused',
    mask: {
      call: json({
        hookSpecificOutput: { hookEventName: 'BeforeTool', tool_input: { text: '<masked>' } },
      }),
      output: json({ decision: 'deny', reason: expect.stringContaining('so <masked>') }),
    },
    warn: json({ systemMessage: warning }),
    unreadable: json({ decision: 'deny', reason: trouble }),
    deciding: ['tool_input', 'command'],
    // Milliseconds.
    hookFile: ['"timeout":10000', 'exit 2'],
  },
  cursor: {
    events: {
      call: { hook_event_name: 'beforeShellExecution', command: 'ls', cwd: '/w' },
      maskable: { hook_event_name: 'preToolUse', tool_name: 'MCP:b', tool_input: { text: 'hush' } },
      output: {
        hook_event_name: 'postToolUse',
        tool_name: 'MCP:b',
        tool_input: {},
        tool_output: '{"content":"so hush"}',
      },
      prompt: { hook_event_name: 'beforeSubmitPrompt', prompt: 'go', attachments: [] },
      other: { hook_event_name: 'somethingNew' },
    },
    pass: { call: json({ permission: 'allow' }), prompt: json({ continue: true }), other: nothing },
    deny: {
      call: json({ permission: 'deny', user_message: harm, agent_message: harm }),
      prompt: json({ continue: false, user_message: harm }),
      output: json({
        additional_context: harm,
        updated_mcp_tool_output: { content: '[withheld by portcullis]' },
      }),
    },
    ask: json({ permission: 'ask', user_message: harm, agent_message: harm }),
    mask: {
      call: json({ permission: 'allow', updated_input: { text: '<masked>' } }),
      output: json({ updated_mcp_tool_output: { content: 'so <masked>' } }),
    },
    warn: json({ permission: 'allow', user_message: warning }),
    unreadable: json({
      permission: 'deny',
      continue: false,
      user_message: trouble,
      agent_message: trouble,
    }),
    deciding: ['command'],
    hookFile: ['"timeout":10', '"failClosed":true', '"version":1'],
  },
  'copilot-cli': {
    events: {
      call: { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } },
      maskable: { hook_event_name: 'PreToolUse', tool_name: 'a-b', tool_input: { text: 'hush' } },
      output: {
        hook_event_name: 'PostToolUse',
        tool_name: 'Bash',
        tool_input: { command: 'ls' },
        tool_result: { result_type: 'success', text_result_for_llm: 'so hush' },
      },
      prompt: { hook_event_name: 'UserPromptSubmit', prompt: 'go' },
      other: { hook_event_name: 'SomethingNew' },
    },
    pass: { call: nothing, prompt: nothing, other: nothing },
    deny: {
      call: json({ permissionDecision: 'deny', permissionDecisionReason: harm }),
      prompt: json({ decision: 'block', reason: harm }),
      output: json({ decision: 'block', reason: harm }),
    },
    ask: json({ permissionDecision: 'ask', permissionDecisionReason: harm }),
    mask: {
      call: json({ modifiedArgs: { text: '<masked>' } }),
      output: json({ modifiedResult: { resultType: 'success', textResultForLlm: 'so <masked>' } }),
    },
    warn: nothing,
    unreadable: json({
      permissionDecision: 'deny',
      permissionDecisionReason: trouble,
      decision: 'block',
      reason: trouble,
      behavior: 'deny',
      message: trouble,
    }),
    deciding: ['tool_input', 'command'],
    hookFile: ['"timeoutSec": 10', '"version": 1', String.raw`\"decision\":\"block\"`],
  },
  opencode: {
    events: {
      call: { event: 'tool.execute.before', directory: '/w', tool: 'bash', args: { command: 'ls' } },
      maskable: { event: 'tool.execute.before', directory: '/w', tool: 'a_b', args: { text: 'hush' } },
      output: {
        event: 'tool.execute.after',
        tool: 'bash',
        args: { command: 'ls' },
        output: { title: 'ls', output: 'so hush', metadata: { exit: 0 } },
      },
      prompt: { event: 'chat.message', parts: [{ type: 'text', text: 'go' }] },
      other: { event: 'something.new' },
    },
    pass: {
      call: json({ decision: 'pass' }),
      prompt: json({ decision: 'pass' }),
      other: json({ decision: 'pass' }),
    },
    deny: {
      call: json({ decision: 'deny', reason: harm }),
      prompt: json({ decision: 'deny', reason: harm }),
      output: json({ decision: 'deny', reason: harm }),
    },
    ask: 'refused',
    mask: {
      call: json({ decision: 'pass', args: { text: '<masked>' } }),
      output: json({
        decision: 'pass',
        output: { title: 'ls', output: 'so <masked>', metadata: { exit: 0 } },
      }),
    },
    warn: json({ decision: 'pass', notice: warning }),
    unreadable: json({ decision: 'deny', reason: trouble }),
    deciding: ['args', 'command'],
    hookFile: ['const limitMs = 10000', 'code !== 0', "verdict?.decision === 'pass'"],
  },
  windsurf: {
    events: {
      call: { agent_action_name: 'pre_run_command', tool_info: { command_line: 'ls', cwd: '/w' } },
      maskable: {
        agent_action_name: 'pre_mcp_tool_use',
        tool_info: { mcp_server_name: 'a', mcp_tool_name: 'b', mcp_tool_arguments: { text: 'hush' } },
      },
      prompt: { agent_action_name: 'pre_user_prompt', tool_info: { user_prompt: 'go' } },
      other: { agent_action_name: 'post_cascade_response', tool_info: { response: 'done' } },
    },
    pass: { call: nothing, prompt: nothing, other: nothing },
    deny: { call: exit2(harm), prompt: exit2(harm) },
    ask: 'refused',
    mask: { call: 'refused' },
    warn: nothing,
    unreadable: exit2(trouble),
    deciding: ['tool_info', 'command_line'],
    // The vendor documents no time limit for an entry: ours is in the command.
    hookFile: ['portcullis 8 ', 'exit 2'],
  },
}
