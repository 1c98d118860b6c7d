import type { HookEntry } from './setup.ts'

// Exit code 2 with a reason on stderr is the one refusal that clients without a fail-closed switch honour. Whatever
// else the program ends with (it crashed, was killed, is gone, took too long, wrote no JSON) becomes that. `timeout`
// is optional: macOS does not bring it.
const guard = [
  // What a repository may put into the client's environment must not choose the programs run here.
  'PATH=/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:$PATH',
  'limit=$1; shift',
  'if command -v timeout >/dev/null 2>&1; then set -- timeout -k 1 "$limit" "$@"; fi',
  'answer=$("$@")',
  'case $?:$answer in 0:\\{*\\}) printf "%s\\n" "$answer"; exit 0;; 2:*) exit 2;; esac',
  'echo "portcullis denied this: its hook could not run. Remedy: run portcullis doctor." >&2',
  'exit 2',
].join('; ')

/**
 * The same entry for a client that would let an act run when its hook fails: a small shell around the program turns
 * every failure into a refusal. It reads alike in every shell the client may start it with.
 */
export function failClosed({ command, timeout }: HookEntry): HookEntry {
  // INVARIANT: ours ends before the client's time limit, after which the act would run.
  const limit = Math.max(1, timeout - 2)
  return { command: `/bin/sh -c '${guard}' portcullis ${limit} ${command}`, timeout }
}
