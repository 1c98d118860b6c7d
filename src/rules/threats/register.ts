import type { ThreatId } from '../../access/threat-id.ts'
import type { Level } from './risk.ts'

/** One threat: what an attacker, or an agent led astray, would do, and what stands against it. */
export interface Threat {
  readonly name: string
  readonly category: string
  /** How bad one success is by itself, whatever its likelihood. */
  readonly severity: Level
  readonly description: string
  readonly vectors: readonly string[]
  readonly mitigations: readonly string[]
  /** Beginnings of the ids of the rules that see it, and in words what no rule on one text can see. */
  readonly detection: { readonly rules: readonly string[]; readonly otherwise?: string }
  /** 1 to 10. */
  readonly likelihood: number
  /** 1 to 10. */
  readonly impact: number
  /** OWASP Top 10 for LLM applications 2025, OWASP Top 10 for agentic applications 2026, MITRE ATLAS, MITRE ATT&CK. */
  readonly references: {
    readonly llm: readonly string[]
    readonly agentic: readonly string[]
    readonly atlas: readonly string[]
    readonly attack: readonly string[]
  }
}

/** Every threat a refusal can name, with its description. */
export const register: Readonly<Record<ThreatId, Threat>> = {
  'CMD-INJ-001': {
    name: 'Shell command injection',
    category: 'Injection',
    severity: 'Critical',
    description: 'Text from elsewhere becomes a command, or a command does more than it shows.',
    vectors: [
      'chained commands and substitutions',
      'words built from variables, encodings or invisible characters',
      'interpreters and wrappers that carry another program',
      'reverse shells and listeners',
    ],
    mitigations: [
      'commands are read as a shell grammar and judged by their effects',
      'what cannot be read for certain needs a person',
      'run commands in the sandbox (`portcullis exec`)',
    ],
    detection: { rules: ['command.', 'configuration.'] },
    likelihood: 8,
    impact: 10,
    references: {
      llm: ['LLM05', 'LLM06'],
      agentic: ['ASI02', 'ASI05'],
      atlas: ['AML.T0050', 'AML.T0053'],
      attack: ['T1059'],
    },
  },
  'PATH-TRV-001': {
    name: 'Path traversal',
    category: 'Access control',
    severity: 'High',
    description: 'A file outside the place of work is read or written.',
    vectors: ['`..` in paths', 'absolute paths', 'symbolic links', 'other spellings of a protected name'],
    mitigations: [
      'paths are resolved on the real disk before they are judged',
      'protected places in `validation.paths.protect`',
      'writes outside the project ask or are refused',
    ],
    detection: {
      rules: [
        'path.',
        'command.writes-',
        'command.touches-protected-path',
        'sign.leaves-folder',
        'configuration.',
        'container.',
      ],
    },
    likelihood: 7,
    impact: 7,
    references: { llm: ['LLM06'], agentic: ['ASI02'], atlas: ['AML.T0053'], attack: ['T1083', 'T1005'] },
  },
  'KEY-EXP-001': {
    name: 'Secret exposure',
    category: 'Information disclosure',
    severity: 'Critical',
    description: 'A key, token or password reaches a model, a log, a file or another person.',
    vectors: [
      'secrets pasted into prompts',
      'tool output and files sent to the model',
      'secrets written into source files',
      'error messages and logs',
    ],
    mitigations: [
      'every text on its way to a model is scanned and masked',
      'files are scanned before they are written',
      'keep secrets in a secret store; replace those that were seen',
    ],
    detection: { rules: ['secret.', 'configuration.', 'container.'] },
    likelihood: 9,
    impact: 8,
    references: {
      llm: ['LLM02'],
      agentic: ['ASI03'],
      atlas: ['AML.T0055', 'AML.T0057'],
      attack: ['T1552'],
    },
  },
  'DOS-001': {
    name: 'Resource exhaustion',
    category: 'Availability',
    severity: 'High',
    description: 'Work without end takes the machine, the gate or the budget away from others.',
    vectors: [
      'fork bombs and endless loops',
      'filling memory or disk',
      'floods of requests',
      'huge or slow bodies',
    ],
    mitigations: [
      'limits on time, memory and output in the sandbox',
      'rate limits per key and address',
      'bounded bodies and a budget for those in flight',
    ],
    detection: {
      rules: ['command.exhausts-machine', 'command.stops-', 'command.is-too-large', 'container.'],
      otherwise: 'request rates and sizes, by the network layer',
    },
    likelihood: 6,
    impact: 6,
    references: { llm: ['LLM10'], agentic: ['ASI08'], atlas: ['AML.T0029'], attack: ['T1499'] },
  },
  'PRM-INJ-001': {
    name: 'Prompt injection',
    category: 'Injection',
    severity: 'High',
    description: 'Content that an agent reads gives it orders that its user never gave.',
    vectors: [
      'web pages, issues, documents and tool results',
      'invisible characters',
      'text that imitates the system or the user',
    ],
    mitigations: [
      'acts are judged whoever ordered them',
      'invisible characters and known phrasings are pointed out',
      'ask before acting on content from outside',
    ],
    detection: {
      rules: ['sign.gives-orders', 'sign.imitates-system', 'sign.hides-text', 'sign.wants-secrecy'],
    },
    likelihood: 9,
    impact: 8,
    references: {
      llm: ['LLM01'],
      agentic: ['ASI01'],
      atlas: ['AML.T0051'],
      attack: [],
    },
  },
  'TOOL-POI-001': {
    name: 'Tool poisoning',
    category: 'Injection',
    severity: 'High',
    description: 'The description or the answer of a tool carries orders for the agent.',
    vectors: ['tool descriptions and schemas', 'tool results', 'a tool that speaks about another tool'],
    mitigations: [
      'tools are approved by the hash of what they say',
      'descriptions are scanned',
      'tool calls are judged by what they do',
    ],
    detection: { rules: ['sign.steers-tools'] },
    likelihood: 6,
    impact: 8,
    references: {
      llm: ['LLM01', 'LLM03'],
      agentic: ['ASI02', 'ASI04'],
      atlas: ['AML.T0110'],
      attack: [],
    },
  },
  'MCP-RUG-001': {
    name: 'Tool changes after approval',
    category: 'Supply chain',
    severity: 'High',
    description: 'A tool that was approved becomes another one under the same name.',
    vectors: [
      'a server that changes its tools',
      'an update of a package',
      'a name taken over from another server',
    ],
    mitigations: ['pin the hash of name, description and schema', 'show the difference and ask again'],
    detection: { rules: [], otherwise: 'the pinned hash of the approved tool differs' },
    likelihood: 4,
    impact: 8,
    references: { llm: ['LLM03'], agentic: ['ASI04'], atlas: ['AML.T0010'], attack: ['T1195'] },
  },
  'MEM-POI-001': {
    name: 'Memory poisoning',
    category: 'Persistence',
    severity: 'High',
    description: 'Orders are written where agents read them in every later session.',
    vectors: [
      'instruction files such as CLAUDE.md',
      'agent memories',
      'skills, commands and rules of agents',
    ],
    mitigations: ['writing to instruction files needs a person', 'review them like code'],
    detection: { rules: ['path.is-agent-memory', 'command.changes-agent-memory', 'sign.wants-to-stay'] },
    likelihood: 6,
    impact: 7,
    references: {
      llm: ['LLM04'],
      agentic: ['ASI06'],
      atlas: ['AML.T0080'],
      attack: [],
    },
  },
  'DATA-EXF-001': {
    name: 'Data exfiltration',
    category: 'Information disclosure',
    severity: 'Critical',
    description: 'Data of the machine or the project is sent to somebody else.',
    vectors: [
      'uploads',
      'data in addresses and DNS names',
      'e-mail, pastes and messages',
      'pushes to other repositories',
    ],
    mitigations: [
      'what sends secrets is refused, what sends files asks',
      'a network allow-list in the sandbox',
      'secrets are masked before they can be sent',
    ],
    detection: { rules: ['command.sends-'] },
    likelihood: 7,
    impact: 9,
    references: {
      llm: ['LLM02', 'LLM06'],
      agentic: ['ASI01', 'ASI02'],
      atlas: ['AML.T0086'],
      attack: ['T1567', 'T1048'],
    },
  },
  'DATA-DES-001': {
    name: 'Data destruction',
    category: 'Integrity',
    severity: 'Critical',
    description: 'Files, history, disks, databases or services are destroyed.',
    vectors: [
      'deleting home, root or history',
      'overwriting disks',
      'dropping databases',
      'tearing down infrastructure',
    ],
    mitigations: [
      'deletes are judged by what the target really is',
      'protected folders are never deleted',
      'keep backups an agent cannot reach',
    ],
    detection: {
      rules: [
        'command.deletes-',
        'command.destroys-',
        'command.overwrites-device',
        'command.rewrites-git-history',
        'command.writes-git-internals',
        'command.writes-credential',
        'path.is-git-internal',
        'path.is-device',
      ],
    },
    likelihood: 7,
    impact: 10,
    references: { llm: ['LLM06'], agentic: ['ASI02', 'ASI10'], atlas: ['AML.T0101'], attack: ['T1485'] },
  },
  'CRED-ACC-001': {
    name: 'Credential access',
    category: 'Information disclosure',
    severity: 'Critical',
    description: 'Stored credentials are read: keys, tokens, cookies, wallets, password stores.',
    vectors: [
      '`~/.ssh`, `~/.aws`, `.env` and their like',
      'process environments and memory',
      'key chains and browsers',
    ],
    mitigations: [
      'credential files are closed to agents in every spelling',
      'the sandbox does not even show them',
      'short-lived credentials',
    ],
    detection: {
      rules: [
        'path.is-credential',
        'command.reads-credential',
        'command.prints-credential',
        'command.dumps-process-memory',
      ],
    },
    likelihood: 8,
    impact: 9,
    references: {
      llm: ['LLM02'],
      agentic: ['ASI03'],
      atlas: ['AML.T0055'],
      attack: ['T1552', 'T1555'],
    },
  },
  'SSRF-001': {
    name: 'Requests to inner hosts',
    category: 'Access control',
    severity: 'High',
    description: 'An agent is made to ask a host that only this machine or network can reach.',
    vectors: [
      'cloud metadata services',
      'loopback and private addresses',
      'odd notations of an address',
      'other schemes than HTTP',
    ],
    mitigations: [
      'addresses are judged after parsing, in every notation',
      'a network allow-list in the sandbox',
    ],
    detection: { rules: ['url.', 'command.connects-to-metadata-service'] },
    likelihood: 6,
    impact: 8,
    references: { llm: ['LLM06'], agentic: ['ASI02', 'ASI03'], atlas: ['AML.T0053'], attack: ['T1552.005'] },
  },
  'PRIV-ESC-001': {
    name: 'Privilege escalation',
    category: 'Access control',
    severity: 'Critical',
    description: 'An act gains or gives away rights on the machine.',
    vectors: ['sudo and set-uid', 'permissions opened to all', 'container escapes', 'changed accounts'],
    mitigations: [
      'escalation asks or is refused',
      'the sandbox never runs as the host’s root',
      'least privilege for agents',
    ],
    detection: {
      rules: [
        'command.raises-privilege',
        'command.grants-privilege',
        'command.opens-permissions',
        'command.escapes-container',
        'command.changes-system',
        'configuration.',
        'container.',
      ],
    },
    likelihood: 6,
    impact: 9,
    references: { llm: ['LLM06'], agentic: ['ASI03', 'ASI05'], atlas: [], attack: ['T1548', 'T1611'] },
  },
  'PER-MOD-001': {
    name: 'Persistence',
    category: 'Persistence',
    severity: 'High',
    description: 'Something is left behind that runs by itself later.',
    vectors: ['cron jobs and services', 'shell profiles', 'authorized keys', 'git hooks'],
    mitigations: ['places that run by themselves are closed to agents', 'the sandbox hides them'],
    detection: {
      rules: [
        'path.starts-by-itself',
        'path.is-shell-profile',
        'command.installs-persistence',
        'command.changes-shell-profile',
        'configuration.',
        'container.',
      ],
    },
    likelihood: 5,
    impact: 8,
    references: {
      llm: ['LLM06'],
      agentic: ['ASI10'],
      atlas: [],
      attack: ['T1053', 'T1543', 'T1546', 'T1547'],
    },
  },
  'SUP-CHN-001': {
    name: 'Supply chain',
    category: 'Supply chain',
    severity: 'High',
    description: 'Foreign code is fetched and run without anybody having looked at it.',
    vectors: [
      'scripts piped from the network into a shell',
      'packages from odd places',
      'invented package names',
    ],
    mitigations: [
      'piping the network into an interpreter is refused',
      'unusual package sources ask',
      'pin and lock versions',
    ],
    detection: {
      rules: ['command.runs-remote-', 'command.installs-package', 'configuration.', 'container.'],
    },
    likelihood: 7,
    impact: 9,
    references: { llm: ['LLM03'], agentic: ['ASI04'], atlas: ['AML.T0010'], attack: ['T1195'] },
  },
  'GRD-TMP-001': {
    name: 'Tampering with the guard',
    category: 'Defence evasion',
    severity: 'Critical',
    description: 'The gate, its settings or an agent’s own limits are changed or switched off.',
    vectors: [
      'hook entries removed from settings',
      'configuration and keys of Portcullis',
      'defences of the machine stopped',
    ],
    mitigations: [
      'settings of agents and of Portcullis are closed to agents',
      'managed settings on shared machines',
      'coverage shows tool calls that no hook saw',
    ],
    detection: {
      rules: [
        'path.is-portcullis-own',
        'path.is-agent-settings',
        'command.changes-agent-settings',
        'command.touches-portcullis',
        'command.disables-',
      ],
    },
    likelihood: 6,
    impact: 10,
    references: { llm: ['LLM06'], agentic: ['ASI10'], atlas: ['AML.T0081'], attack: ['T1562'] },
  },
  'AUD-TMP-001': {
    name: 'Tampering with records',
    category: 'Defence evasion',
    severity: 'High',
    description: 'Records of what happened are changed, removed or kept from being written.',
    vectors: ['editing or cutting logs', 'clearing histories', 'filling the disk'],
    mitigations: [
      'the journal is a signed Merkle tree with its key pinned elsewhere',
      'an allow that cannot be recorded becomes a denial',
      '`portcullis audit verify`',
    ],
    detection: {
      rules: ['path.is-record', 'command.erases-record'],
      otherwise: '`portcullis audit verify` finds it in the journal',
    },
    likelihood: 4,
    impact: 9,
    references: { llm: [], agentic: ['ASI10'], atlas: [], attack: ['T1070', 'T1565'] },
  },
  'AUTH-BYP-001': {
    name: 'Authentication bypass',
    category: 'Access control',
    severity: 'Critical',
    description: 'Somebody acts without being who they must be.',
    vectors: ['stolen or guessed keys', 'forged tokens', 'spoofed addresses'],
    mitigations: [
      'keys of 256 bits, stored only as keyed hashes',
      'one answer for every failure, in constant time',
      'forwarded addresses are believed from trusted proxies only',
    ],
    detection: {
      rules: ['sign.forges-token', 'configuration.'],
      otherwise: 'refusals of the authentication and network layers',
    },
    likelihood: 5,
    impact: 9,
    references: { llm: [], agentic: ['ASI03'], atlas: [], attack: ['T1078'] },
  },
  'AUTHZ-ESC-001': {
    name: 'Acting beyond one’s role',
    category: 'Access control',
    severity: 'High',
    description: 'Somebody who is known does what none of their roles allows.',
    vectors: ['roles that are too wide', 'tools that pass for others', 'records of other people'],
    mitigations: [
      'deny by default, deny wins',
      'permissions follow from the act, not from the tool’s name',
      'small roles',
    ],
    detection: { rules: ['configuration.', 'container.'], otherwise: 'refusals of the authorization layer' },
    likelihood: 5,
    impact: 7,
    references: { llm: ['LLM06'], agentic: ['ASI03'], atlas: [], attack: ['T1078'] },
  },
  'NET-INT-001': {
    name: 'Interception',
    category: 'Information disclosure',
    severity: 'High',
    description: 'Traffic can be read or changed on its way.',
    vectors: ['plain HTTP beyond the machine', 'certificate checks switched off', 'foreign proxies'],
    mitigations: [
      'HTTPS is required beyond loopback',
      'certificates are always checked',
      'the upstream is fixed by configuration',
    ],
    detection: {
      rules: ['sign.skips-certificates', 'configuration.', 'container.'],
      otherwise: 'refusals of the network layer',
    },
    likelihood: 4,
    impact: 8,
    references: { llm: ['LLM02'], agentic: ['ASI07'], atlas: [], attack: ['T1557'] },
  },
  'HTTP-SMG-001': {
    name: 'Request smuggling',
    category: 'Injection',
    severity: 'High',
    description: 'One request is read as two, or differently by the gate and the upstream.',
    vectors: ['two lengths', 'odd transfer encodings', 'duplicate keys in JSON'],
    mitigations: [
      'strict parsing; what is not well-formed is refused',
      'bodies are read whole before they are sent on',
    ],
    detection: { rules: ['sign.has-two-lengths'], otherwise: 'refusals of the gateway' },
    likelihood: 3,
    impact: 8,
    references: { llm: [], agentic: ['ASI07'], atlas: [], attack: ['T1190'] },
  },
}

/** All ids, by the name of the threat’s place in the register. */
export const threatIds = Object.keys(register) as ThreatId[]
