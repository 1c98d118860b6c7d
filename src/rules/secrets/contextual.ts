/** A secret without a mark of its own: the provider's name stands in the name it is assigned to, and the value has a shape. */
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

const uuid = 'X{8}-X{4}-X{4}-X{4}-X{12}'
const secretNames = ['key', 'token', 'secret', 'pass', 'auth', 'pat', 'credential']

export const contextualKinds: readonly ContextualKind[] = [
  {
    id: 'aws-secret-access-key',
    words: ['aws', 'secret_access_key', 'secretaccesskey', 'secret-access-key'],
    values: ['B{40}'],
    name: ['secret', 'key', 'sk'],
  },
  {
    id: 'aws-session-token',
    words: ['session_token', 'sessiontoken', 'session-token'],
    values: ['E{200,1500}'],
  },
  { id: 'docker-auth', words: ['auth'], values: ['E{8,400}'], check: 'base64-pair' },
  {
    id: 'atlassian-pat',
    words: ['jira', 'confluence', 'atlassian'],
    values: ['B{44}', 'A{24}'],
    name: secretNames,
  },
  {
    id: 'azure-devops-pat',
    words: ['azure_devops', 'azuredevops', 'azure-devops', 'system_accesstoken', 'vsts', 'ado_'],
    values: ['Q{52}'],
  },
  { id: 'azure-client-secret', words: ['azure', 'arm_client'], values: ['V{34,44}'], name: ['secret'] },
  {
    id: 'cloudflare-api-token',
    words: ['cloudflare', 'cf_api'],
    values: ['S{40}', 'H{37}'],
    name: secretNames,
  },
  { id: 'heroku-api-key', words: ['heroku'], values: [uuid], name: secretNames },
  { id: 'railway-token', words: ['railway'], values: [uuid], name: secretNames },
  { id: 'snyk-token', words: ['snyk'], values: [uuid], name: secretNames },
  { id: 'postmark-token', words: ['postmark'], values: [uuid], name: secretNames },
  { id: 'splunk-hec-token', words: ['splunk', 'hec_'], values: [uuid], name: secretNames },
  { id: 'snowflake-token', words: ['snowflake'], values: ['G{60,800}'], name: secretNames },
  { id: 'wandb-api-key', words: ['wandb', 'weights_and_biases'], values: ['H{40}'], name: secretNames },
  { id: 'cohere-api-key', words: ['cohere', 'co_api'], values: ['A{40}'], name: secretNames },
  { id: 'mistral-api-key', words: ['mistral'], values: ['A{32}'], name: secretNames },
  {
    id: 'elevenlabs-api-key',
    words: ['elevenlabs', 'eleven_labs', 'xi-api'],
    values: ['H{32}'],
    name: secretNames,
  },
  {
    id: 'deepseek-api-key',
    words: ['deepseek', 'moonshot', 'dashscope'],
    values: ['S{32,64}'],
    name: secretNames,
  },
  { id: 'twilio-auth-token', words: ['twilio'], values: ['H{32}'], name: ['auth', 'token', 'secret'] },
  {
    id: 'datadog-api-key',
    words: ['datadog', 'dd_api', 'dd_app', 'dd-api', 'dd-application'],
    values: ['H{32}', 'H{40}'],
    name: secretNames,
  },
  {
    id: 'pagerduty-key',
    words: ['pagerduty', 'pager_duty'],
    values: ['S{18,20}', 'H{32}'],
    name: secretNames,
  },
  { id: 'okta-api-token', words: ['okta', 'ssws'], values: ["'00'S{40}"], name: [...secretNames, 'ssws'] },
  { id: 'auth0-client-secret', words: ['auth0'], values: ['S{48,64}'], name: ['secret'] },
  { id: 'twitch-token', words: ['twitch'], values: ['L{30}'], name: secretNames },
  {
    id: 'twitter-secret',
    words: ['twitter'],
    values: ['A{50}', 'A{45}', 'D{15,20}-A{25,40}'],
    name: secretNames,
  },
  {
    id: 'facebook-secret',
    words: ['facebook', 'fb_app', 'meta_app', 'instagram'],
    values: ['H{32}'],
    name: secretNames,
  },
  { id: 'linkedin-secret', words: ['linkedin'], values: ['A{14,16}'], name: secretNames },
  { id: 'dropbox-secret', words: ['dropbox'], values: ['L{15}', 'A{64}'], name: secretNames },
  { id: 'meraki-api-key', words: ['meraki'], values: ['H{40}'], name: secretNames },
  { id: 'fastly-api-token', words: ['fastly'], values: ['S{32}'], name: secretNames },
  { id: 'algolia-api-key', words: ['algolia'], values: ['H{32}'], name: ['admin', 'key', 'secret'] },
  { id: 'mailgun-api-key', words: ['mailgun'], values: ['H{32}-H{8}-H{8}', 'H{32}'], name: secretNames },
  { id: 'codecov-token', words: ['codecov'], values: ['L{32}', uuid], name: secretNames },
  { id: 'travis-token', words: ['travis'], values: ['A{22}'], name: secretNames },
  { id: 'drone-token', words: ['drone'], values: ['A{32}'], name: secretNames },
  {
    id: 'sumologic-key',
    words: ['sumologic', 'sumo_'],
    values: ['A{64}', "'su'A{12}"],
    name: ['key', 'access'],
  },
  { id: 'vault-legacy-token', words: ['vault'], values: ["'s.'A{24}"], name: secretNames },
  { id: 'discord-client-secret', words: ['discord'], values: ['S{32}'], name: ['secret'] },
  { id: 'coinbase-key', words: ['coinbase'], values: ['S{64}', 'A{16,32}'], name: ['secret', 'key'] },
  { id: 'kraken-key', words: ['kraken'], values: ['E{56,90}'], name: secretNames },
  { id: 'binance-key', words: ['binance'], values: ['A{64}'], name: secretNames },
  { id: 'zendesk-token', words: ['zendesk'], values: ['A{40}'], name: secretNames },
  { id: 'bitbucket-secret', words: ['bitbucket'], values: ['J{64}', 'A{32}', 'A{18,20}'], name: secretNames },
  {
    id: 'alibaba-secret-key',
    words: ['alibaba', 'aliyun', 'alicloud', 'oss_access'],
    values: ['A{30}'],
    name: ['secret', 'key'],
  },
  { id: 'tencent-secret-key', words: ['tencent', 'qcloud'], values: ['A{32}'], name: ['secret', 'key'] },
  { id: 'openai-api-key', words: ['openai'], values: ['S{40,200}'], name: ['key', 'token'] },
  { id: 'new-relic-key', words: ['newrelic', 'new_relic'], values: ['A{40}', 'H{64}'], name: secretNames },
  { id: 'rapidapi-key', words: ['rapidapi', 'rapid-api'], values: ['A{50}'], name: secretNames },
  { id: 'akeyless-key', words: ['akeyless'], values: ['E{40,80}'], name: secretNames },
  { id: 'square-secret', words: ['square'], values: ['S{60,64}'], name: secretNames },
  { id: 'lob-key', words: ['lob_'], values: ['W{35,45}'], name: secretNames },
  { id: 'sentry-token', words: ['sentry'], values: ['H{64}'], name: secretNames },
  { id: 'netlify-token', words: ['netlify'], values: ['S{40,46}'], name: secretNames },
  { id: 'gitter-token', words: ['gitter'], values: ['S{40}'], name: secretNames },
  { id: 'confluent-secret', words: ['confluent', 'kafka'], values: ['E{64}'], name: ['secret', 'pass'] },
  { id: 'aiven-token', words: ['aiven'], values: ['E{372}'], name: secretNames },
]
