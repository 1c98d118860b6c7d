import { quoted } from '../readers/commands.ts'
import { type Description, staysInside } from './description.ts'

const PLAIN = /^[\w@%+=:,./-]+$/

function word(text: string): string {
  return PLAIN.test(text) ? text : quoted(text)
}

/** A script that makes the network and runs the container in the foreground. */
export function asDocker(description: Description): string {
  const { name, network, subnet, image, command } = description
  const make = [
    'docker network create',
    '--opt com.docker.network.bridge.enable_icc=false',
    ...(staysInside(description) ? ['--internal'] : []),
    ...(subnet ? [`--subnet ${subnet}`] : []),
    network,
  ]
  const lines = [
    ...optionsOf(description),
    word(image),
    ...(command.length > 0 ? [command.map(word).join(' ')] : []),
  ]
  return [
    '#!/bin/sh',
    `# ${name}: written by \`portcullis containers generate --format docker\`.`,
    'set -eu',
    `docker network inspect ${network} >/dev/null 2>&1 || ${make.join(' ')}`,
    `exec docker run \\\n  ${lines.join(' \\\n  ')}`,
    '',
  ].join('\n')
}

function optionsOf(description: Description): string[] {
  const { name, user, memory, cpus, pids, network, health, seccomp } = description
  return [
    `--name ${name}`,
    '--init',
    '--pull missing',
    `--user ${user}`,
    '--read-only',
    '--cap-drop ALL',
    ...description.capabilities.map(capability => `--cap-add ${capability}`),
    '--security-opt no-new-privileges:true',
    `--security-opt seccomp=${seccomp ?? 'builtin'}`,
    '--security-opt apparmor=docker-default',
    `--memory ${memory}`,
    `--memory-swap ${memory}`,
    `--cpus ${cpus}`,
    `--pids-limit ${pids}`,
    '--ulimit core=0',
    '--ipc private',
    `--network ${network}`,
    ...description.ports.map(({ outside, inside }) => `--publish 127.0.0.1:${outside}:${inside}`),
    ...description.tmpfs.map(({ path, size }) => `--tmpfs ${path}:rw,noexec,nosuid,nodev,size=${size}`),
    ...description.volumes.map(
      ({ name: volume, path }) => `--mount type=volume,source=${volume},target=${path}`,
    ),
    ...description.environment.map(({ name: variable, value }) => `--env ${word(`${variable}=${value}`)}`),
    ...description.passed.map(variable => `--env ${variable}`),
    `--health-cmd ${word(health.map(word).join(' '))}`,
    '--health-interval 30s',
    '--health-timeout 5s',
    '--health-retries 3',
    '--restart on-failure:5',
    '--log-driver json-file',
    '--log-opt max-size=10m',
    '--log-opt max-file=3',
  ]
}
