import type { Rule } from '../rule.ts'

/** What is asked about settings beside the questions that shell text shares with them. */
export const settingsRules: Readonly<Record<string, Rule>> = {
  'configuration.downloads-while-installing': {
    question: 'Does installing the package fetch something from elsewhere?',
    why: 'The script runs on every machine that installs the package, and what it fetches is in no lock file and compared with nothing.',
    remedy:
      'ship what is needed in the package or in an optional dependency, or compare a checksum that is part of the package',
    references: [
      'CWE-494',
      'OWASP CICD-SEC-3',
      'https://docs.npmjs.com/cli/using-npm/scripts#best-practices',
    ],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'configuration.trusts-insecure-registry': {
    question: 'Is a registry trusted without encryption or a certificate?',
    why: 'Images and packages from there can be exchanged by anybody on the way.',
    remedy: 'give the registry a certificate and take it off the list',
    references: ['CWE-295', 'CWE-319', 'https://docs.docker.com/reference/cli/dockerd/#insecure-registries'],
    severity: 'deny',
    threat: 'NET-INT-001',
  },
}
