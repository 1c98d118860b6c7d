// The authority on who may import whom. Changing it is a decision and wants a page in `docs/decisions/`.

/**
 * Folder under `src` → folders it may import besides itself. `ports` are the files directly in `adapters/<port>/`;
 * the driver folders below are for `composer` alone.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  access: ['kernel'],
  config: ['rules', 'access', 'kernel'],
  rules: ['access', 'kernel'],
  adapters: ['access', 'kernel'],
  credentials: ['ports', 'config', 'access', 'kernel'],
  audit: ['ports', 'config', 'access', 'kernel'],
  alerts: ['ports', 'config', 'access', 'kernel'],
  guard: ['rules', 'credentials', 'audit', 'alerts', 'ports', 'config', 'access', 'kernel'],
  compliance: ['audit', 'rules', 'ports', 'config', 'access', 'kernel'],
  enforcement: ['guard', 'rules', 'credentials', 'audit', 'config', 'access', 'kernel'],
  dashboard: ['compliance', 'audit', 'alerts', 'credentials', 'guard', 'config', 'access', 'kernel'],
  cli: [
    'dashboard',
    'enforcement',
    'compliance',
    'guard',
    'alerts',
    'audit',
    'credentials',
    'ports',
    'rules',
    'config',
    'access',
    'kernel',
  ],
}

/** The one file that names drivers. */
export const composer = 'cli/compose.ts'

/** Folders whose subfolders never import each other: the layers, the enforcement points. Drivers have a rule of their own. */
export const siblings: readonly string[] = ['guard', 'enforcement']

/** Folders that use no Node module: no I/O, so that they can be fuzzed and load in a hook within milliseconds. */
export const pure: readonly string[] = ['rules', 'access', 'kernel']

/** The command started once for each tool call of an agent. */
export const hookEntry = 'cli/commands/hook.ts'

/** Packages and folders that must not be loaded for one hook event: database, bus and web code. */
export const tooHeavyForHooks: readonly RegExp[] = [
  /^(node:)?sqlite$/,
  /^(kysely|pg|undici|hono|react|vite|web-tree-sitter)(\/|$)/,
  /^@(nats-io|hono)\//,
  /^adapters\/(storage|messaging|grammar)\/[^/]+\//,
  /^enforcement\/gateway\//,
  /^dashboard\//,
]

/** The files that may look inside a `Secret`, each with its reason. */
export const mayReveal: Readonly<Record<string, string>> = {
  'kernel/secret.ts': 'defines it',
  'credentials/client-keys/client-keys.ts': 'hashes a presented client key',
  'cli/commands/keys.ts': 'shows a new key, once',
  'credentials/placeholder.ts': 'keys the placeholders of masked secrets',
  'credentials/known-values/known-values.ts': 'gathers the values that are masked wherever they stand',
  'credentials/known-values/variables.ts': 'hands the secrets of an environment to the service',
  'credentials/upstream/upstream.ts': 'checks that the upstream key can stand in a header',
  'enforcement/exec/proxy/token.ts': 'compares the token of a run, and hands it to the command',
  'guard/authentication/authentication.ts': 'compares what was presented',
  'guard/authentication/credentials.ts': 'compares what was presented',
  'guard/validation/restoring.ts': 'puts a masked secret back into an act that may have it',
  'guard/validation/vault.ts': 'tells two secrets with one placeholder apart',
  'rules/secrets/engine.ts': 'finds the secrets of this installation in texts',
  'rules/secrets/known.ts': 'finds the secrets of this installation in texts',
}
