import { join } from 'node:path'
import { bundle, root } from './bundle.ts'

// Makes `dist/portcullis-hook.cjs`, all that an agent's hook loads when no service answers, as one file: opening two
// hundred files is most of the time such a hook takes. `bin/portcullis-hook` runs it as long as no source is newer.

const target = process.argv[2] ?? join(root, 'dist/portcullis-hook.cjs')

/** What no hook event needs; the import that would load it stays where it is and is never reached. */
await bundle('src/cli/hook-program.ts', target, /adapters\/(?:storage|grammar)\//)
