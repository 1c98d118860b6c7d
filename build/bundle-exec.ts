import { join } from 'node:path'
import { bundle, root } from './bundle.ts'

// Makes `dist/cli/exec.cjs`, all that `portcullis exec` loads at its start as one file, the rest beside it. `portcullis` runs it
// as long as no source is newer.

const target = process.argv[2] ?? join(root, 'dist/cli/exec.cjs')

await bundle({
  input: 'src/cli/exec-program.ts',
  target,
  // Every other command.
  unneeded: /^\.\/commands\/(?!exec\.ts)/,
  isSplit: true,
})
