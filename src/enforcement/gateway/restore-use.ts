import { dirname, isAbsolute } from 'node:path'
import type { AuditLog } from '../../audit/event.ts'
import type { Guard } from '../../guard/decide.ts'
import type { Exchange } from './exchange.ts'
import { presentedCredentials } from './headers.ts'
import type { RestoreUse } from './reply-restoring.ts'

/** What writes files, and the field that names the file; what else a tool does, the hook knows and the gateway does not. */
const writers: Readonly<Record<string, string>> = {
  Write: 'file_path',
  Edit: 'file_path',
  MultiEdit: 'file_path',
  NotebookEdit: 'notebook_path',
}

/**
 * Asks the guard whether the secrets behind placeholders may go into a file the model asks to write. Hooks judge the call
 * itself; here only its text is completed, for clients that look at the file before they ask a hook.
 */
export function restoringFor(
  {
    guard,
    audit,
    ids,
  }: { readonly guard: Guard; readonly audit: AuditLog; readonly ids: (p: string) => string },
  { context, request }: Exchange,
): RestoreUse {
  return async ({ name, input, placeholders }) => {
    const path = Object.hasOwn(writers, name) ? input[writers[name]!] : undefined
    if (typeof path !== 'string' || !isAbsolute(path)) return []
    const folder = dirname(path)
    const ruling = await guard.decide({
      id: ids('dec'),
      point: 'gateway',
      action: 'file:write',
      resource: {
        type: 'file',
        id: path,
        path,
        operation: 'write',
        tool: name,
        workplace: { cwd: folder, home: folder, project: folder },
        texts: [],
      },
      context,
      credentials: presentedCredentials(request.headers),
      placeholders,
    })
    const settled = await ruling.settled
    if (settled.effect === 'deny') return []
    const secrets = settled.obligations.flatMap(one => (one.type === 'restore' ? one.secrets : []))
    // An approval cannot be asked for here: the call goes on as it came, to whoever can ask.
    if (settled.obligations.some(({ type }) => type !== 'restore')) return []
    for (const { placeholder, rule } of secrets) {
      await audit.append({
        level: 'info',
        component: 'gateway',
        event: 'secret.restored',
        user: settled.principal?.id ?? 'anonymous',
        result: 'success',
        metadata: {
          decision: settled.id,
          placeholder,
          rule,
          target: path,
          tool: name,
          session: context.session,
        },
        sourceAddress: context.network.address,
      })
    }
    return secrets
  }
}
