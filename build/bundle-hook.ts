import { mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

// Makes `dist/portcullis-hook.cjs`, all that an agent's hook loads when no service answers, as one file: opening two
// hundred files is most of the time such a hook takes. CommonJS, because an ECMAScript import of `node:http` makes Node
// load its whole `fetch`, twenty milliseconds of it. `bin/portcullis-hook` runs it as long as no source is newer.

const root = join(import.meta.dirname, '..')
const target = process.argv[2] ?? join(root, 'dist/portcullis-hook.cjs')
const draft = `${target}.${process.pid}`

/** What no hook event needs; the import that would load it stays where it is and is never reached. */
const unneeded = /adapters\/(?:storage|grammar)\//

const began = new Date()
const bundle = await rolldown({
  input: join(root, 'src/cli/hook-program.ts'),
  platform: 'node',
  external: unneeded,
  checks: { bundlerTimings: false },
})
try {
  mkdirSync(dirname(target), { recursive: true })
  await bundle.write({
    file: draft,
    format: 'cjs',
    codeSplitting: false,
    minify: { compress: true, mangle: false },
  })
  // As old as its sources at most: what changed meanwhile is newer.
  utimesSync(draft, began, began)
  renameSync(draft, target)
} finally {
  await bundle.close()
  rmSync(draft, { force: true })
}
