import { defaultLimits, type SandboxPolicy } from './policy.ts'

/** Variables that say how to talk to a person, and nothing about them. */
const speech = ['LANG', 'LC_ALL', 'LC_CTYPE', 'TERM', 'TZ', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR', 'CI']

const offline = { mode: 'none', allow: [] } as const
const secretFiles = ['.env', '.env.local', '.env.production']

/** The built-in policies. `.` is the folder the command runs in. */
export const profiles = {
  /** A hook script: reads the project, writes nothing that stays. */
  hook: {
    filesystem: { readWrite: [], readOnly: ['.'], deny: secretFiles, denyWrite: [] },
    network: offline,
    env: { allow: speech },
    limits: defaultLimits,
    allowUnsafeCalls: [],
  },
  /** Compilers, package scripts, test suites of the project; no network. */
  build: {
    filesystem: { readWrite: ['.'], readOnly: [], deny: secretFiles, denyWrite: [] },
    network: { mode: 'loopback', allow: [] },
    env: { allow: [...speech, 'NODE_ENV'] },
    limits: {
      memoryMb: 4096,
      cpuSeconds: 3600,
      openFiles: 4096,
      processes: 512,
      timeoutSeconds: 1800,
      fileSizeMb: 2048,
      outputMb: 64,
    },
    allowUnsafeCalls: [],
  },
  /** Looks at the project and cannot change it. */
  'read-only': {
    filesystem: { readWrite: [], readOnly: ['.'], deny: secretFiles, denyWrite: [] },
    network: offline,
    env: { allow: speech },
    limits: { ...defaultLimits, memoryMb: 1024, cpuSeconds: 300, openFiles: 1024, timeoutSeconds: 300 },
    allowUnsafeCalls: [],
  },
  /** A test suite that talks to servers it starts itself. */
  'offline-test': {
    filesystem: { readWrite: ['.'], readOnly: [], deny: secretFiles, denyWrite: ['.git'] },
    network: { mode: 'loopback', allow: [] },
    env: { allow: [...speech, 'NODE_ENV'] },
    limits: {
      memoryMb: 2048,
      cpuSeconds: 900,
      openFiles: 1024,
      processes: 256,
      timeoutSeconds: 900,
      fileSizeMb: 512,
      outputMb: 32,
    },
    allowUnsafeCalls: [],
  },
} as const satisfies Record<string, SandboxPolicy>

export type ProfileName = keyof typeof profiles

/** The profile taken when nothing is named. */
export const defaultProfile: ProfileName = 'build'

/** The built-in policy of this name, or undefined. */
export function profileOf(name: string): SandboxPolicy | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name as ProfileName] : undefined
}
