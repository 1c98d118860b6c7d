import { stringify } from 'yaml'
import type { Description } from './description.ts'

/** A deployment, what it needs, and policies that close the network but for what is named. */
export function asKubernetes(description: Description): string {
  const documents = [
    ...description.volumes.map(volume => claimOf(description.name, volume.name)),
    deploymentOf(description),
    ...(description.ports.length > 0 ? [serviceOf(description)] : []),
    policyOf(description),
  ]
  const head = `# ${description.name}: written by \`portcullis containers generate --format kubernetes\`.\n`
  return (
    head +
    documents
      .map(one => stringify(one, { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false }))
      .join('---\n')
  )
}

const API = { apps: 'apps/v1', core: 'v1', networking: 'networking.k8s.io/v1' }

function metadataOf(name: string, suffix = '') {
  return { name: `${name}${suffix}`, labels: { app: name } }
}

function claimOf(name: string, volume: string) {
  return {
    apiVersion: API.core,
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(name, `-${volume}`),
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
}

function deploymentOf(description: Description) {
  const { name, volumes } = description
  return {
    apiVersion: API.apps,
    kind: 'Deployment',
    metadata: metadataOf(name),
    spec: {
      replicas: 1,
      // two at once would write into one volume
      ...(volumes.length > 0 && { strategy: { type: 'Recreate' } }),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podOf(description) },
    },
  }
}

function podOf(description: Description) {
  const { name, user, tmpfs, volumes } = description
  const [uid, gid] = user.split(':').map(Number)
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: gid,
      ...(volumes.length > 0 && { fsGroup: gid, fsGroupChangePolicy: 'OnRootMismatch' }),
      seccompProfile: seccompOf(description),
      appArmorProfile: { type: 'RuntimeDefault' },
    },
    containers: [containerOf(description)],
    ...(tmpfs.length + volumes.length > 0 && {
      volumes: [
        ...tmpfs.map(({ size }, at) => ({
          name: `tmp-${at}`,
          emptyDir: { medium: 'Memory', sizeLimit: quantity(size) },
        })),
        ...volumes.map(volume => ({
          name: `data-${volume.name}`,
          persistentVolumeClaim: { claimName: `${name}-${volume.name}` },
        })),
      ],
    }),
  }
}

/** A file of one's own has to lie on every node, below the kubelet's folder for profiles. */
function seccompOf({ seccomp }: Description) {
  return seccomp === undefined ? { type: 'RuntimeDefault' } : { type: 'Localhost', localhostProfile: seccomp }
}

function containerOf(description: Description) {
  const { name, image, command, memory, cpus, ports, tmpfs, volumes, health, capabilities } = description
  const exec = { command: health }
  return {
    name,
    image,
    ...(command.length > 0 && { args: command.map(literal) }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: capabilities }) },
    },
    resources: {
      requests: { memory: quantity(memory), cpu: cpus },
      limits: { memory: quantity(memory), cpu: cpus, 'ephemeral-storage': '64Mi' },
    },
    ...(ports.length > 0 && { ports: ports.map(({ inside }) => ({ containerPort: inside })) }),
    ...environmentOf(description),
    ...(tmpfs.length + volumes.length > 0 && {
      volumeMounts: [
        ...tmpfs.map(({ path }, at) => ({ name: `tmp-${at}`, mountPath: path })),
        ...volumes.map(volume => ({ name: `data-${volume.name}`, mountPath: volume.path })),
      ],
    }),
    readinessProbe: { exec, periodSeconds: 10, timeoutSeconds: 5 },
    livenessProbe: { exec, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 },
  }
}

function environmentOf({ name, environment, passed }: Description) {
  if (environment.length + passed.length === 0) return {}
  return {
    env: [
      ...environment.map(one => ({ name: one.name, value: literal(one.value) })),
      ...passed.map(variable => ({
        name: variable,
        valueFrom: { secretKeyRef: { name, key: variable } },
      })),
    ],
  }
}

function serviceOf({ name, ports }: Description) {
  return {
    apiVersion: API.core,
    kind: 'Service',
    metadata: metadataOf(name),
    spec: {
      type: 'ClusterIP',
      selector: { app: name },
      ports: ports.map(({ outside, inside }) => ({
        name: `port-${outside}`,
        port: outside,
        targetPort: inside,
      })),
    },
  }
}

/** In: its own ports, from pods of its namespace. Out: nothing, or names and encrypted traffic. */
function policyOf({ name, ports, isInternal }: Description) {
  const inside = [...new Set(ports.map(port => port.inside))]
  return {
    apiVersion: API.networking,
    kind: 'NetworkPolicy',
    metadata: metadataOf(name),
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress', 'Egress'],
      ingress:
        inside.length === 0
          ? []
          : [{ from: [{ podSelector: {} }], ports: inside.map(port => ({ protocol: 'TCP', port })) }],
      egress: isInternal
        ? []
        : [
            {
              ports: [
                { protocol: 'UDP', port: 53 },
                { protocol: 'TCP', port: 53 },
                { protocol: 'TCP', port: 443 },
              ],
            },
          ],
    },
  }
}

/** `256m` is a quarter of a thousandth to Kubernetes. */
function quantity(size: string): string {
  return `${size.slice(0, -1)}${{ k: 'Ki', m: 'Mi', g: 'Gi' }[size.at(-1) as 'k' | 'm' | 'g']}`
}

/** Kubernetes would fill `$(NAME)` in. */
function literal(text: string): string {
  return text.replaceAll('$(', '$$$$(')
}
