import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

export const root = join(import.meta.dirname, '..')

/**
 * Makes one file of a program and all that it loads; what matches `unneeded` stays outside and is never reached.
 * CommonJS, because an ECMAScript import of `node:http` makes Node load its whole `fetch`, twenty milliseconds of it.
 */
export async function bundle(input: string, target: string, unneeded: RegExp): Promise<void> {
  const draft = `${target}.${process.pid}`
  const began = new Date()
  const made = await rolldown({
    input: join(root, input),
    platform: 'node',
    external: unneeded,
    // Whether a module is the one that was started does not matter in here.
    checks: { bundlerTimings: false, emptyImportMeta: false },
  })
  try {
    mkdirSync(dirname(target), { recursive: true })
    const { output } = await made.write({
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
    await made.close()
    rmSync(draft, { force: true })
  }
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
