import { join } from 'node:path'
import { bundle, root } from './bundle.ts'

// Makes `dist/cli/exec.cjs`, all that `portcullis exec` loads, as one file. `portcullis` runs it as long as no source is newer.

const target = process.argv[2] ?? join(root, 'dist/cli/exec.cjs')

/** Every other command. */
await bundle('src/cli/exec-program.ts', target, /^\.\/commands\/(?!exec\.ts)/)
