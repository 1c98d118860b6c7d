import { type TokenKind, uuid } from './token-kind.ts'

export const observability: readonly TokenKind[] = [
  {
    id: 'grafana-service-account-token',
    literals: ['glsa_'],
    bodies: ['A{32}_X{8}'],
    checksum: 'crc32-hex-after-underscore',
  },
  { id: 'grafana-cloud-token', literals: ['glc_'], bodies: ['E{40,400}'] },
  { id: 'grafana-api-key', literals: ['eyJrIjoi'], bodies: ['E{60,400}'] },
  { id: 'newrelic-user-key', literals: ['NRAK-'], bodies: ['U{27}'] },
  { id: 'newrelic-ingest-key', literals: ['NRII-'], bodies: ['S{32}'] },
  { id: 'newrelic-browser-key', literals: ['NRJS-'], bodies: ['H{19}'] },
  { id: 'sentry-organization-token', literals: ['sntrys_'], bodies: ['E{40,400}_E{43}', 'R{80,500}'] },
  { id: 'sentry-user-token', literals: ['sntryu_'], bodies: ['H{64}'] },
  { id: 'dynatrace-token', literals: ['dt0c01.', 'dt0s01.', 'dt0s02.', 'dt0s16.'], bodies: ['U{24}.U{64}'] },
  { id: 'honeycomb-ingest-key', literals: ['hcaik_', 'hcxik_', 'hcalk_', 'hcblk_'], bodies: ['L{58}'] },
  { id: 'posthog-personal-key', literals: ['phx_'], bodies: ['A{41,49}'] },
  { id: 'posthog-project-key', literals: ['phc_'], bodies: ['A{41,49}'], grade: 'possible' },
  { id: 'datadog-app-key', literals: ['ddapp_'], bodies: ['A{34,40}'] },
  { id: 'launchdarkly-key', literals: ['sdk-', 'api-'], bodies: [uuid] },
]
