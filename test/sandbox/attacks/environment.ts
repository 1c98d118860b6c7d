import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { noBreach, type Probe, python, REACHED, secretKept, sh } from '../probe.ts'

const poisoned = (at: { work: string }) => ({
  PYTHONPATH: at.work,
  PYTHONSTARTUP: `${at.work}/rc`,
  NODE_OPTIONS: '--trace-warnings',
  PERL5OPT: '-w',
  RUBYOPT: '-w',
  GIT_SSH_COMMAND: 'false',
  GIT_EXTERNAL_DIFF: 'false',
  LD_AUDIT: '',
  PROMPT_COMMAND: 'echo',
})

const agents = (at: { work: string }) => ({
  SSH_AUTH_SOCK: join(at.work, 'host.sock'),
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x',
  DOCKER_HOST: 'unix:///x',
})

/** A script that tells which of the variables came in with the value that was given. */
const reports = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `env | grep -qxF '${name}=${value}' && echo breach: ${name}`)
    .join('; ')

/** What the caller's environment must not carry in. */
export const environment: readonly Probe[] = [
  {
    id: 'E01',
    title: 'a secret in the caller’s environment is not seen',
    env: at => ({ AWS_SECRET_ACCESS_KEY: at.canary, ANTHROPIC_API_KEY: at.canary, UNREMARKABLE: at.canary }),
    argv: at => sh(at, 'env; export -p; cat /proc/self/environ; ps axeww'),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'E02',
    title: 'no library is loaded by the environment',
    env: at => ({ LD_PRELOAD: join(at.tools, 'preload.so') }),
    argv: at => sh(at, 'id'),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'E03',
    title: 'no shell file is run by the environment',
    prepare: at => writeFileSync(join(at.work, 'rc'), 'echo breach: the file was run\n'),
    env: at => ({ BASH_ENV: join(at.work, 'rc'), ENV: join(at.work, 'rc') }),
    argv: at => sh(at, 'bash -c true < /dev/null; sh -c true < /dev/null'),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'E04',
    title: 'variables by which programs are led astray do not come in',
    env: poisoned,
    argv: at => sh(at, reports(poisoned(at))),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'E05',
    title: 'no function of a shell is exported into it',
    env: () => ({ 'BASH_FUNC_true%%': '() { echo breach: a function was taken over; }' }),
    argv: at => ['/bin/bash', '-c', `echo ${REACHED}; true`, at.mark],
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'E06',
    title: 'the agent of keys is not named',
    env: agents,
    argv: at => sh(at, reports(agents(at))),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'E07',
    title: 'programs of the working folder do not come before those of the system',
    prepare: at =>
      writeFileSync(join(at.work, 'id'), '#!/bin/sh\necho breach: the wrong program\n', { mode: 0o755 }),
    env: at => ({ PATH: `${at.work}:.::/usr/bin:/bin` }),
    argv: at => sh(at, 'id; env'),
    judge: noBreach,
  },
  {
    id: 'E08',
    title: 'the name of the machine is not told',
    argv: at =>
      python(
        at,
        `import os
names = (open("/proc/sys/kernel/hostname").read().strip(), os.uname().nodename, os.environ.get("HOSTNAME"))
if ${JSON.stringify(hostname())} in names: print("breach: the name")`,
      ),
    judge: noBreach,
  },
]
