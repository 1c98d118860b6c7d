import { PortcullisError } from '../../../kernel/errors.ts'
import type { SecretEngine } from '../../secrets/types.ts'
import { auditContainers } from '../audit.ts'
import { asCompose } from './compose.ts'
import { type Description, type Format, refuseUnsafe } from './description.ts'
import { asDocker } from './docker.ts'
import { asDockerfile } from './dockerfile.ts'
import { asKubernetes } from './kubernetes.ts'

const writers: Readonly<Record<Format, (description: Description) => string>> = {
  docker: asDocker,
  compose: asCompose,
  kubernetes: asKubernetes,
  dockerfile: asDockerfile,
}

const names: Readonly<Record<Format, string>> = {
  docker: 'run.sh',
  compose: 'compose.yaml',
  kubernetes: 'manifest.yaml',
  dockerfile: 'Dockerfile',
}

/**
 * The settings as a text that the auditor has nothing to say about. Throws `usage` for a description that is unsafe, a
 * secret among its words included.
 */
export function generate(
  description: Description,
  format: Format,
  secrets?: Pick<SecretEngine, 'scan'>,
): string {
  refuseUnsafe(description, format)
  const text = writers[format](description)
  const { findings, troubles } = auditContainers(names[format], text, secrets ? { secrets } : {})
  const said = [
    ...findings.map(({ rule, message }) => `${message} (${rule})`),
    ...troubles.map(({ why }) => why),
  ]
  if (said.length > 0)
    throw new PortcullisError(
      'usage',
      `this would not be hardened: ${said.join('; ')}`,
      'change what it is about',
    )
  return text
}
