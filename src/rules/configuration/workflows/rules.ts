import type { Rule } from '../rule.ts'

const GITHUB =
  'https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions'

/** What is asked about workflows and pipelines. */
export const workflowRules: Readonly<Record<string, Rule>> = {
  'configuration.injects-text-of-strangers': {
    question: 'Is a text that somebody else chooses put into a script before it runs?',
    why: 'The expression is replaced before the shell reads the script, so a title or branch name with `$(…)` in it runs as part of it, with the job’s token.',
    remedy: 'put the expression into `env:` and use it as a quoted variable (`"$TITLE"`)',
    references: ['CWE-94', 'CWE-78', 'OWASP CICD-SEC-4', GITHUB],
    severity: 'deny',
    threat: 'CMD-INJ-001',
  },
  'configuration.runs-code-of-strangers': {
    question: 'Does a job with rights to the repository check out code of a stranger?',
    why: 'The trigger gives the job the repository’s secrets and a token that may write; build scripts of the stranger’s branch then use them.',
    remedy:
      'use `pull_request` for building, and keep what needs rights in a second workflow that runs no code of the branch',
    references: [
      'CWE-829',
      'OWASP CICD-SEC-4',
      'https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/',
    ],
    severity: 'deny',
    threat: 'PRIV-ESC-001',
  },
  'configuration.uses-unpinned-action': {
    question: 'May the action be other code tomorrow?',
    why: 'Tags and branches can be moved by the action’s owner or whoever took over the account; the next run then runs that code with the job’s token and secrets.',
    remedy: 'pin the full commit (`uses: owner/name@<40 hex digits> # v1.2.3`) and let a bot propose updates',
    references: ['CWE-829', 'OWASP CICD-SEC-3', GITHUB],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'configuration.grants-all-permissions': {
    question: 'Does the workflow’s token have more rights than it says it needs?',
    why: 'Whatever goes wrong in the job then goes wrong with the right to push, release and publish.',
    remedy: 'set `permissions: {}` or `contents: read` at the top and give single jobs what they need',
    references: ['CWE-250', 'CWE-272', 'OWASP CICD-SEC-5', GITHUB],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'configuration.hands-over-all-secrets': {
    question: 'Are more secrets handed over than are needed?',
    why: 'The other side gets every secret of the repository and the organisation, the ones it has no business with too.',
    remedy: 'hand over the secrets that are needed, each by its name',
    references: ['CWE-522', 'OWASP CICD-SEC-6'],
    severity: 'ask',
    threat: 'KEY-EXP-001',
  },
  'configuration.runs-strangers-on-own-machine': {
    question: 'Does a request of a stranger run on a machine of ours?',
    why: 'A self-hosted runner keeps what one job leaves on it, and stands in our network; a pull request may change what it runs.',
    remedy:
      'use hosted runners for pull requests, or runners that live for one job in a network of their own',
    references: ['CWE-693', 'OWASP CICD-SEC-7', GITHUB],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'configuration.may-poison-cache': {
    question: 'Can a stranger’s code write a cache that trusted jobs read?',
    why: 'Jobs of the default branch share their cache; what one of them stores under the stranger’s control is unpacked in releases later.',
    remedy: 'do not cache in jobs that run code of strangers, nor in those that publish',
    references: ['CWE-349', 'OWASP CICD-SEC-9'],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'configuration.allows-unsecure-commands': {
    question: 'May a job’s output set variables and paths?',
    why: 'The old commands `set-env` and `add-path` take their orders from anything that is printed, a stranger’s text too.',
    remedy: 'remove the variable and write to `$GITHUB_ENV` and `$GITHUB_PATH`',
    references: ['CWE-77', 'CVE-2020-15228'],
    severity: 'deny',
    threat: 'CMD-INJ-001',
  },
  'configuration.runs-downloaded-artifact': {
    question: 'Does a job with rights use an artefact that a stranger’s job made?',
    why: 'The artefact of a pull request holds what its author likes; unpacked over files or run, it acts with the rights of this workflow.',
    remedy:
      'unpack into a folder of its own under `$RUNNER_TEMP`, treat what is in it as text, and run none of it',
    references: ['CWE-829', 'CWE-94', 'OWASP CICD-SEC-9'],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'configuration.has-condition-always-true': {
    question: 'Is a condition always true?',
    why: 'Text beside or behind an expression in braces (the line end of a block too) makes a text that is not empty, and that counts as true: the guard does not guard.',
    remedy: 'write the condition without braces, or with them around the whole, and `>-` or `|-` for a block',
    references: [
      'CWE-571',
      'https://docs.github.com/en/actions/reference/evaluate-expressions-in-workflows-and-actions',
    ],
    severity: 'deny',
    threat: 'AUTHZ-ESC-001',
  },
  'configuration.trusts-spoofable-sender': {
    question: 'Does a condition trust a name that somebody else can bring about?',
    why: '`github.actor` is whoever acted last on the request, which may be a bot although the code is a stranger’s.',
    remedy: 'compare `github.event.pull_request.user.login` and the repository the branch is in',
    references: ['CWE-290', 'CWE-863'],
    severity: 'ask',
    threat: 'AUTH-BYP-001',
  },
  'configuration.compares-by-substring': {
    question: 'Does a condition look for a value within a text where it means a list?',
    why: '`contains` on a text is true for every part of it, so a branch named `main` in `refs/heads/maintenance` fits too.',
    remedy: 'compare with `==`, or use a list (`contains(fromJSON(\'["a","b"]\'), …)`)',
    references: ['CWE-183', 'CWE-697'],
    severity: 'ask',
    threat: 'AUTHZ-ESC-001',
  },
  'configuration.keeps-token-in-artifact': {
    question: 'May the checkout’s token end up in an artefact?',
    why: 'Checkout leaves its token in `.git/config` of the folder that is then uploaded, for everybody who may read the run.',
    remedy: 'set `persist-credentials: false` for checkout, or upload a folder of what was built',
    references: ['CWE-522', 'CWE-200', 'OWASP CICD-SEC-6'],
    severity: 'ask',
    threat: 'KEY-EXP-001',
  },
  'configuration.keeps-password-in-workflow': {
    question: 'Does a password stand in the workflow?',
    why: 'Everybody who may read the repository can log in with it.',
    remedy: 'keep it as a secret and name that (`secrets.NAME`)',
    references: ['CWE-798', 'OWASP CICD-SEC-6'],
    severity: 'deny',
    threat: 'KEY-EXP-001',
  },
  'configuration.writes-environment-of-later-steps': {
    question: 'Does a job that a stranger can start write the environment of later steps?',
    why: 'A line more in `$GITHUB_ENV` or `$GITHUB_PATH` sets `NODE_OPTIONS`, `LD_PRELOAD` or the path, and so runs code.',
    remedy: 'hand values on as step outputs, or check that they are one line of what you expect',
    references: ['CWE-74', 'CWE-454'],
    severity: 'ask',
    threat: 'CMD-INJ-001',
  },
  'configuration.includes-unpinned-pipeline': {
    question: 'May an included pipeline be another one tomorrow?',
    why: 'Jobs that come from elsewhere run with this project’s variables and tokens; whoever changes the file there changes them here.',
    remedy: 'name the commit (`ref:`), or `integrity:` for a remote file',
    references: ['CWE-829', 'OWASP CICD-SEC-3', 'https://docs.gitlab.com/ci/yaml/#include'],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'configuration.lets-updates-run-code': {
    question: 'May the update bot run code of packages?',
    why: 'It resolves versions with the credentials of private registries at hand; code of a bad package could take them.',
    remedy: 'remove `insecure-external-code-execution`, or set it to `deny`',
    references: [
      'CWE-829',
      'https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference',
    ],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
}
