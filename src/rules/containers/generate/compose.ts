import { stringify } from 'yaml'
import { type Description, staysInside } from './description.ts'

/** A compose file of one service on a network of its own. */
export function asCompose(description: Description): string {
  const { name, network, subnet, volumes } = description
  const file = {
    name,
    services: { [name]: serviceOf(description) },
    networks: {
      [network]: {
        internal: staysInside(description),
        driver_opts: { 'com.docker.network.bridge.enable_icc': 'false' },
        ...(subnet && { ipam: { config: [{ subnet }] } }),
      },
    },
    ...(volumes.length > 0 && { volumes: Object.fromEntries(volumes.map(volume => [volume.name, {}])) }),
  }
  const head = `# ${name}: written by \`portcullis containers generate --format compose\`.\n${SECCOMP}`
  return head + stringify(file, { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false })
}

const SECCOMP = '# Seccomp is the profile built into the engine unless `security_opt` names a file.\n'

function serviceOf(description: Description) {
  const { image, user, memory, cpus, pids, network, health, command, seccomp } = description
  return {
    image: image.startsWith('${') ? image.replace('}', ':?name the image with its digest}') : image,
    ...(command.length > 0 && { command: command.map(literal) }),
    init: true,
    user,
    read_only: true,
    cap_drop: ['ALL'],
    ...(description.capabilities.length > 0 && { cap_add: description.capabilities }),
    security_opt: [
      'no-new-privileges:true',
      'apparmor:docker-default',
      ...(seccomp === undefined ? [] : [`seccomp:${seccomp}`]),
    ],
    mem_limit: memory,
    memswap_limit: memory,
    cpus: Number(cpus),
    pids_limit: pids,
    ulimits: { core: 0 },
    ipc: 'private',
    networks: [network],
    ...(description.ports.length > 0 && {
      ports: description.ports.map(({ outside, inside }) => `127.0.0.1:${outside}:${inside}`),
    }),
    ...(description.tmpfs.length > 0 && {
      tmpfs: description.tmpfs.map(({ path, size }) => `${path}:rw,noexec,nosuid,nodev,size=${size}`),
    }),
    ...(description.volumes.length > 0 && {
      volumes: description.volumes.map(({ name, path }) => `${name}:${path}`),
    }),
    ...environmentOf(description),
    healthcheck: { test: ['CMD', ...health.map(literal)], interval: '30s', timeout: '5s', retries: 3 },
    restart: 'on-failure:5',
    logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
  }
}

function environmentOf({ environment, passed }: Description) {
  if (environment.length + passed.length === 0) return {}
  return {
    environment: Object.fromEntries([
      ...environment.map(({ name, value }) => [name, literal(value)]),
      ...passed.map(name => [name, `\${${name}:?set it}`]),
    ]),
  }
}

/** Compose would fill it in. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}
