import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
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
  const { output } = await bundle.write({
    file: draft,
    format: 'cjs',
    codeSplitting: false,
    minify: { compress: true, mangle: false },
  })
  writeFileSync(
    `${target}.licenses.txt`,
    licensesOf(output.flatMap(part => ('moduleIds' in part ? part.moduleIds : []))),
  )
  // As old as its sources at most: what changed meanwhile is newer.
  utimesSync(draft, began, began)
  renameSync(draft, target)
} finally {
  await bundle.close()
  rmSync(draft, { force: true })
}

/** The terms of every package whose code is in the bundle; they want to be told with it. */
function licensesOf(modules: readonly string[]): string {
  const folders = modules.flatMap(id => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [])
  return [...new Set(folders)].toSorted().map(licenseOf).join('\n')
}

function licenseOf(folder: string): string {
  const name = folder.replace(/^.*\/node_modules\//, '')
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
  if (file === undefined) throw new TypeError(`\`${name}\` brings no licence to pass on`)
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}
