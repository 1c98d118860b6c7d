import type { Target } from './strictness.ts'

/** What a path is for. A path that is not listed does not exist; every `guarded` one passes the guard. */
export type Route =
  | { readonly kind: 'messages' | 'models'; readonly methods: readonly string[] }
  | { readonly kind: 'probe' | 'health' | 'readiness'; readonly methods: readonly string[] }

const routes: Readonly<Record<string, Route>> = {
  '/v1/messages': { kind: 'messages', methods: ['POST'] },
  '/v1/messages/count_tokens': { kind: 'messages', methods: ['POST'] },
  '/v1/models': { kind: 'models', methods: ['GET'] },
  '/': { kind: 'probe', methods: ['HEAD'] },
  '/api/hello': { kind: 'probe', methods: ['HEAD'] },
  '/healthz': { kind: 'health', methods: ['GET', 'HEAD'] },
  '/readyz': { kind: 'readiness', methods: ['GET', 'HEAD'] },
}

/** The route of an exact path, whatever its query. */
export function findRoute({ path }: Target): Route | null {
  return Object.hasOwn(routes, path) ? routes[path]! : null
}
