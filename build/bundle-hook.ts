import { join } from 'node:path'
import { bundle, root } from './bundle.ts'

// Makes `dist/portcullis-hook.cjs`, all that an agent's hook loads when no service answers, as one file: opening two
// hundred files is most of the time such a hook takes. `bin/portcullis-hook` runs it as long as no source is newer.

const target = process.argv[2] ?? join(root, 'dist/portcullis-hook.cjs')

await bundle({
  input: 'src/cli/hook-program.ts',
  target,
  // No hook event needs them; the import that would load them stays where it is.
  unneeded: /adapters\/(?:storage|grammar)\//,
  isSplit: false,
})
