import type { ThreatId } from './threat-id.ts'

interface ReasonDefinition {
  readonly threat: ThreatId
  /** What the code means, for the generated reference. */
  readonly title: string
  /** What the user can do. */
  readonly remedy: string
}

/** Every reason a decision can give, `layer.what-happened`. A code is never reused with another meaning. */
export const reasonCodes = {
  'network.insecure-transport': {
    threat: 'NET-INT-001',
    title: 'plain HTTP from beyond this machine',
    remedy: 'use HTTPS, or connect through a proxy listed in `network.trustedProxies` that ends TLS',
  },
  'network.address-blocked': {
    threat: 'AUTH-BYP-001',
    title: 'the address is on the block list',
    remedy: 'remove the address from `network.block` if it should be served',
  },
  'network.address-not-allowed': {
    threat: 'AUTH-BYP-001',
    title: 'the address is not on the allow list',
    remedy: 'add the address or its range to `network.allow`',
  },
  'network.rate-limited': {
    threat: 'DOS-001',
    title: 'too many requests',
    remedy: 'wait for the time in Retry-After, or raise `network.rateLimit.requestsPerMinute`',
  },
  'network.malformed-request': {
    threat: 'HTTP-SMG-001',
    title: 'the request is not well-formed',
    remedy: 'send one well-formed HTTP request with one JSON body',
  },
  'network.too-large': {
    threat: 'DOS-001',
    title: 'the request is larger than the limit',
    remedy: 'send less, or raise `gateway.maxBodyMb`',
  },
  'network.overloaded': {
    threat: 'DOS-001',
    title: 'the bodies in flight fill their budget',
    remedy: 'try again, or raise `gateway.maxInFlightMb`',
  },
  'authentication.refused': {
    threat: 'AUTH-BYP-001',
    title: 'no valid credential',
    remedy:
      'send a valid client key as `x-api-key` or `Authorization: Bearer`; `portcullis keys create` makes one',
  },
  'authorization.not-granted': {
    threat: 'AUTHZ-ESC-001',
    title: 'no role grants the permission',
    remedy: 'grant the permission to one of the roles in `authorization.roles`',
  },
  'authorization.denied': {
    threat: 'AUTHZ-ESC-001',
    title: 'a role denies the permission',
    remedy: 'remove the deny from the role in `authorization.roles`',
  },
  'validation.dangerous-command': {
    threat: 'CMD-INJ-001',
    title: 'the command would do harm',
    remedy: 'run it yourself in a terminal if you mean it',
  },
  'validation.command-needs-approval': {
    threat: 'CMD-INJ-001',
    title: 'the command may do harm or could not be read for certain',
    remedy: 'approve it, or write it plainly',
  },
  'validation.protected-path': {
    threat: 'PATH-TRV-001',
    title: 'the path is protected',
    remedy:
      'do it yourself outside the agent if you mean it; `validation.paths` in the configuration says what is protected',
  },
  'validation.path-needs-approval': {
    threat: 'PATH-TRV-001',
    title: 'the path lies outside the project',
    remedy: 'approve it, or work inside the project folder',
  },
  'validation.secret-found': {
    threat: 'KEY-EXP-001',
    title: 'the text holds a secret',
    remedy: 'take the secret out; what needs it can read it from the environment or a secret store',
  },
  'validation.placeholder-not-restored': {
    threat: 'KEY-EXP-001',
    title: 'a placeholder of a masked secret would be used as if it were the secret',
    remedy:
      'leave the masked value where it stands, or let the program read it from its environment or a secret store; a person can allow it in `validation.secrets.restore`',
  },
  'validation.forbidden-host': {
    threat: 'SSRF-001',
    title: 'the address is private, local or a metadata service',
    remedy: 'use a public address, or fetch it yourself',
  },
  'validation.settings-protected': {
    threat: 'GRD-TMP-001',
    title: 'the guard’s own or an agent’s settings would change',
    remedy: 'change settings yourself in an editor outside the agent',
  },
  'validation.could-not-scan': {
    threat: 'KEY-EXP-001',
    title: 'the content could not be scanned to its end',
    remedy: 'send well-formed content below the size limit',
  },
  'execution.unknown-obligation': {
    threat: 'AUTHZ-ESC-001',
    title: 'the enforcement point cannot discharge an obligation',
    remedy: 'use an enforcement point that can, or change the policy',
  },
  'monitoring.record-not-durable': {
    threat: 'AUD-TMP-001',
    title: 'the decision could not be recorded',
    remedy: 'free disk space and check the journal with `portcullis audit verify`',
  },
  'guard.fault': {
    threat: 'DOS-001',
    title: 'a layer failed, so the request is refused',
    remedy: 'see `portcullis doctor`; the log line names the layer and the fault',
  },
} as const satisfies Record<string, ReasonDefinition>

export type ReasonCode = keyof typeof reasonCodes
