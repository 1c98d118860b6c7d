import type { Rule } from '../configuration/rule.ts'

interface ContainerRule extends Rule {
  /** R1 to R19: the order of the reference. */
  readonly number: number
}

const cis = (...sections: string[]) => sections.map(section => `CIS Docker 1.6 §${section}`)
const owasp = (...numbers: string[]) => numbers.map(number => `OWASP Docker Security RULE #${number}`)
const pss = (level: string) => `Kubernetes Pod Security Standards (${level})`
const NIST = 'NIST SP 800-190'

/** Every question asked of a container, by its id. */
export const containerRules = {
  'container.is-privileged': {
    number: 1,
    question: 'Does the container run privileged?',
    why: 'All capabilities, all devices and no confinement: whoever gets in owns the machine.',
    remedy: 'leave `privileged` out and add the one capability or device that is needed',
    references: [...cis('5.5'), ...owasp('3'), `${NIST} §4.4.3`, pss('baseline')],
    severity: 'deny',
    threat: 'PRIV-ESC-001',
  },
  'container.reaches-engine': {
    number: 2,
    question: 'Can the container talk to the container engine?',
    why: 'Who may talk to the engine may start a privileged container, which is root on the machine; a read-only mount changes nothing about that.',
    remedy:
      'take the mount out; where a tool needs the engine, give it a proxy that lets single calls through',
    references: [...cis('5.32'), ...owasp('1'), `${NIST} §4.4.3`],
    severity: 'deny',
    threat: 'PRIV-ESC-001',
  },
  'container.shares-host-namespace': {
    number: 3,
    question: 'Does the container share a namespace with the machine or another container?',
    why: 'In a shared namespace it sees and signals processes, reads traffic or memory that are not its own, and reaches services that listen on loopback.',
    remedy: 'leave the namespace private; publish single ports in the place of the host’s network',
    references: [...cis('5.10', '5.16', '5.17', '5.21', '5.31'), `${NIST} §4.4.2`, pss('baseline')],
    severity: 'deny',
    threat: 'PRIV-ESC-001',
  },
  'container.keeps-capabilities': {
    number: 4,
    question: 'Does the container keep or get capabilities it can do without?',
    why: 'Capabilities are pieces of root: the engine’s default set is enough for raw sockets and changes of ownership, some others for the whole machine.',
    remedy: 'drop ALL, then add the single ones that are needed, such as NET_BIND_SERVICE',
    references: [...cis('5.4'), ...owasp('3'), `${NIST} §4.4.3`, pss('restricted')],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'container.gains-privileges': {
    number: 5,
    question: 'May a process in the container gain privileges?',
    why: 'A set-uid program in the image turns an ordinary user into root.',
    remedy: 'set `no-new-privileges:true`, in Kubernetes `allowPrivilegeEscalation: false`',
    references: [...cis('5.26'), ...owasp('4'), pss('restricted')],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'container.is-unconfined': {
    number: 6,
    question: 'Is seccomp, AppArmor, SELinux or the mask over /proc switched off?',
    why: 'These keep a process from kernel calls and files that no application needs and most escapes use.',
    remedy:
      'leave the engine’s profiles on; in Kubernetes set `seccompProfile.type: RuntimeDefault`; write a profile of your own where one is too narrow',
    references: [...cis('5.2', '5.3', '5.22'), ...owasp('6'), `${NIST} §4.4.3`, pss('restricted')],
    severity: 'deny',
    threat: 'PRIV-ESC-001',
  },
  'container.runs-as-root': {
    number: 7,
    question: 'Does the container run as root?',
    why: 'Root inside is root for the kernel: with any gap in the confinement it is root outside, and it may write to whatever is mounted.',
    remedy: 'name a user by number (`USER 65532:65532`, `user:`, `runAsUser` with `runAsNonRoot: true`)',
    references: [...cis('4.1'), ...owasp('2'), `${NIST} §4.4.3`, pss('restricted')],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'container.has-writable-root': {
    number: 8,
    question: 'Is the root file system writable?',
    why: 'What gets in can replace the programs of the image and stay.',
    remedy: 'make it read-only and give the paths that need it a tmpfs or a volume',
    references: [...cis('5.13'), ...owasp('8'), `${NIST} §4.4.4`],
    severity: 'ask',
    threat: 'PER-MOD-001',
  },
  'container.has-loose-tmpfs': {
    number: 9,
    question: 'Does a tmpfs lack noexec, nosuid, nodev or a size?',
    why: 'It is the place where a download can be written and run, and without a size it takes half of the machine’s memory.',
    remedy: 'give it `rw,noexec,nosuid,nodev,size=64m`; in Kubernetes an emptyDir gets a `sizeLimit`',
    references: ['CIS Distribution Independent Linux §1.1', ...owasp('8')],
    severity: 'ask',
    threat: 'DOS-001',
  },
  'container.has-no-limits': {
    number: 10,
    question: 'Can the container take all memory, processors, processes or disk of the machine?',
    why: 'One that loops, leaks or is driven to it takes the others down.',
    remedy: 'limit memory, processors, the number of processes and the size of logs',
    references: [...cis('5.11', '5.12', '5.29'), ...owasp('7'), `${NIST} §4.4.2`],
    severity: 'ask',
    threat: 'DOS-001',
  },
  'container.mounts-host-paths': {
    number: 11,
    question: 'Does the container see a delicate part of the machine’s files?',
    why: 'System files lead to root on the machine when they can be written, credentials to other machines when they can be read.',
    remedy: 'use a named volume, or mount the one file or folder that is needed, read-only',
    references: [...cis('5.6', '5.20'), `${NIST} §4.4.3`, pss('baseline')],
    severity: 'deny',
    threat: 'PATH-TRV-001',
  },
  'container.gets-devices': {
    number: 12,
    question: 'Does the container get devices of the machine?',
    why: 'A raw disk is every file on it, and a driver is kernel code that answers the container.',
    remedy:
      'take the device out, or name the one that is needed, without the right to make others (`:r`, `:rw`)',
    references: [...cis('5.18'), `${NIST} §4.4.3`],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'container.opens-ports': {
    number: 13,
    question: 'Is a port open to everybody, or the container on a network with all others?',
    why: 'A published port without an address listens on every interface and passes many firewalls by; on the default bridge every container reaches every other.',
    remedy:
      'publish on an address (`127.0.0.1:8080:8080`), give the container a network of its own, and no ssh',
    references: [...cis('5.7', '5.8', '5.9', '5.14', '5.30'), ...owasp('5'), `${NIST} §4.4.2`],
    severity: 'ask',
    threat: 'NET-INT-001',
  },
  'container.uses-unpinned-image': {
    number: 14,
    question: 'May the image be another one tomorrow?',
    why: 'A tag can be moved to other content at any time by its publisher or by whoever took over the account; `latest` is meant to be.',
    remedy: 'pin the image by its digest (`name:tag@sha256:…`) and let a bot propose updates',
    references: [...cis('4.2', '5.28'), ...owasp('13'), `${NIST} §4.1.5`, 'CWE-829'],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'container.holds-secret': {
    number: 15,
    question: 'Does a secret stand in the settings or go into the image?',
    why: 'Variables are shown by `inspect`, inherited by every process and written into crash reports; what is in a layer stays there when a later one deletes it.',
    remedy:
      'take it out, replace it, and hand it over as a file: `secrets:`, `RUN --mount=type=secret`, `secretKeyRef`',
    references: [...cis('4.10'), ...owasp('12'), `${NIST} §4.1.4`, 'CWE-798'],
    severity: 'deny',
    threat: 'KEY-EXP-001',
  },
  'container.trusts-unchecked-content': {
    number: 16,
    question: 'Does something go in or run that nothing was compared with, or with too many rights?',
    why: 'What comes over the network unchecked, checks that are switched off, files everybody may write, sudo and set-uid programs are ways in for others.',
    remedy:
      'compare a checksum, leave checks on, set narrow modes, do the root’s work before USER and without sudo',
    references: [...cis('4.8', '4.9', '4.11'), `${NIST} §4.1.3`, 'CWE-494'],
    severity: 'ask',
    threat: 'SUP-CHN-001',
  },
  'container.has-no-health-check': {
    number: 17,
    question: 'Does nothing notice when it stops working?',
    why: 'A process that hangs or was taken over looks alive without a check, and one that ends stays away without a restart policy.',
    remedy:
      'add a health check (`HEALTHCHECK`, `healthcheck:`, `livenessProbe`) and a restart policy such as on-failure:5',
    references: [...cis('4.6', '5.15', '5.27')],
    severity: 'note',
    threat: 'DOS-001',
  },
  'container.changes-kernel-settings': {
    number: 18,
    question: 'Does the container change settings of the kernel or lift limits of processes?',
    why: 'Many settings hold for the whole machine or weaken its network, and a limit that is lifted is one for its neighbours, too.',
    remedy: 'leave out what is not one of the safe namespaced settings, and give ulimits numbers',
    references: [...cis('5.19'), pss('baseline')],
    severity: 'ask',
    threat: 'PRIV-ESC-001',
  },
  'container.trusts-cluster-defaults': {
    number: 19,
    question: 'Is a setting left out whose default in Kubernetes is the unsafe one?',
    why: 'Without a word the pod holds a token for the cluster’s API and may start as root, and a hostPath ties it to the files of whatever node it runs on.',
    remedy:
      'set `automountServiceAccountToken: false` and `runAsNonRoot: true`, and use volumes of the cluster',
    references: ['CIS Kubernetes 1.8 §5.1.6', 'CIS Kubernetes 1.8 §5.2', ...owasp('9'), pss('restricted')],
    severity: 'ask',
    threat: 'AUTHZ-ESC-001',
  },
} as const satisfies Readonly<Record<string, ContainerRule>>

export type ContainerRuleId = keyof typeof containerRules

/** The ids in the order of their numbers. */
export const containerRuleIds = Object.keys(containerRules) as readonly ContainerRuleId[]
