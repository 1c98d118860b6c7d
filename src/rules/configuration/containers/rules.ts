import type { Rule } from '../rule.ts'

/** What is asked about images and how they are built. */
export const containerRules: Readonly<Record<string, Rule>> = {
  'configuration.uses-unpinned-image': {
    question: 'May the image be another one tomorrow?',
    why: 'A tag can be moved to other content at any time by its publisher or by whoever took over the account; `latest` is meant to be.',
    remedy: 'pin the image by its digest (`name:tag@sha256:…`) and let a bot propose updates',
    references: [
      'CWE-829',
      'OWASP CICD-SEC-3',
      'https://docs.docker.com/build/building/best-practices/#pin-base-image-versions',
    ],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'configuration.adds-remote-file': {
    question: 'Does ADD fetch a file that nothing is compared with?',
    why: 'What the server gives at build time goes into the image unseen, and with it into everything that runs from it.',
    remedy: 'add `--checksum=sha256:…`, or fetch it in a RUN line that compares a checksum',
    references: ['CWE-494', 'https://docs.docker.com/reference/dockerfile/#add---checksum'],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
}
