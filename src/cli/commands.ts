import type { RegisterCommand } from './terminal.ts'

/** Every command and where its code lives; loaded only when called. */
export const commands: Record<string, () => Promise<RegisterCommand>> = {
  init: async () => (await import('./commands/init.ts')).register,
  uninstall: async () => (await import('./commands/uninstall.ts')).register,
  up: async () => (await import('./commands/up.ts')).register,
  demo: async () => (await import('./commands/demo.ts')).register,
  status: async () => (await import('./commands/status.ts')).register,
  doctor: async () => (await import('./commands/doctor.ts')).register,
  hook: async () => (await import('./commands/hook.ts')).register,
  check: async () => (await import('./commands/check.ts')).register,
  exec: async () => (await import('./commands/exec.ts')).register,
  scan: async () => (await import('./commands/scan.ts')).register,
  scripts: async () => (await import('./commands/scripts.ts')).register,
  containers: async () => (await import('./commands/containers.ts')).register,
  mask: async () => (await import('./commands/mask.ts')).register,
  keys: async () => (await import('./commands/keys.ts')).register,
  audit: async () => (await import('./commands/audit.ts')).register,
  explain: async () => (await import('./commands/explain.ts')).register,
  threats: async () => (await import('./commands/threats.ts')).register,
  'break-glass': async () => (await import('./commands/break-glass.ts')).register,
  policy: async () => (await import('./commands/policy.ts')).register,
  config: async () => (await import('./commands/config.ts')).register,
  store: async () => (await import('./commands/store.ts')).register,
  bench: async () => (await import('./commands/bench.ts')).register,
}
