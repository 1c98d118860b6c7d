/** A secret without a mark of its own whose value is too short or too various to be looked for: seen where its name is assigned to. */
export interface ContextualKind {
  readonly id: string
  /** Words in the name, lower case. */
  readonly words: readonly string[]
  /** Shapes the whole value may have. */
  readonly values: readonly string[]
  /** One of these must stand in the name as well. */
  readonly name?: readonly string[]
  readonly check?: 'base64-pair'
}

const secretNames = ['key', 'token', 'secret', 'pass', 'auth', 'pat', 'credential']

export const contextualKinds: readonly ContextualKind[] = [
  {
    id: 'aws-session-token',
    words: ['session_token', 'sessiontoken', 'session-token'],
    values: ['E{200,1500}'],
  },
  { id: 'docker-auth', words: ['auth'], values: ['E{8,400}'], check: 'base64-pair' },
  {
    id: 'pagerduty-key',
    words: ['pagerduty', 'pager_duty'],
    values: ['S{18,20}', 'H{32}'],
    name: secretNames,
  },
  { id: 'sonar-token', words: ['sonar.login'], values: ['H{40}'] },
  { id: 'linkedin-secret', words: ['linkedin'], values: ['A{14,16}'], name: secretNames },
  { id: 'dropbox-secret', words: ['dropbox'], values: ['L{15}', 'A{64}'], name: secretNames },
  { id: 'travis-token', words: ['travis'], values: ['A{22}'], name: secretNames },
  { id: 'sumologic-key', words: ['sumologic', 'sumo_'], values: ["'su'A{12}"], name: ['key', 'access'] },
  { id: 'bitbucket-secret', words: ['bitbucket'], values: ['A{18,20}'], name: secretNames },
  { id: 'coinbase-key', words: ['coinbase'], values: ['A{16,32}'], name: ['secret', 'key'] },
]
