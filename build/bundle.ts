import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

export const root = join(import.meta.dirname, '..')

export interface Bundling {
  readonly input: string
  /** Where the program goes; its licences beside it. */
  readonly target: string
  /** What is never reached stays outside. */
  readonly unneeded: RegExp
  /** Whether what is imported only when needed goes into files of its own, beside the program. */
  readonly isSplit: boolean
}

/**
 * Makes one file of a program and all that it loads at its start.
 * CommonJS, because an ECMAScript import of `node:http` makes Node load its whole `fetch`, twenty milliseconds of it.
 */
export async function bundle({ input, target, unneeded, isSplit }: Bundling): Promise<void> {
  const place = dirname(target)
  const name = basename(target, '.cjs')
  mkdirSync(place, { recursive: true })
  const draft = mkdtempSync(join(place, `.${name}-`))
  const began = new Date()
  const made = await rolldown({
    input: { [name]: join(root, input) },
    platform: 'node',
    external: unneeded,
    // Whether a module is the one that was started does not matter in here.
    checks: { bundlerTimings: false, emptyImportMeta: false, eval: false },
  })
  try {
    const { output } = await made.write({
      dir: draft,
      entryFileNames: '[name].cjs',
      chunkFileNames: `${name}-[name]-[hash].cjs`,
      format: 'cjs',
      codeSplitting: isSplit,
      minify: { compress: true, mangle: false },
    })
    writeFileSync(
      `${target}.licenses.txt`,
      licensesOf(output.flatMap(part => ('moduleIds' in part ? part.moduleIds : []))),
    )
    // As old as its sources at most: what changed meanwhile is newer.
    utimesSync(join(draft, `${name}.cjs`), began, began)
    putInPlace(draft, place, name)
  } finally {
    await made.close()
    rmSync(draft, { recursive: true, force: true })
  }
}

/** The program last: until then the one that stands there finds its own parts. */
function putInPlace(draft: string, place: string, name: string): void {
  const made = readdirSync(draft)
  const old = readdirSync(place).filter(file => file.startsWith(`${name}-`) && file.endsWith('.cjs'))
  for (const file of made.toSorted((a, b) => Number(a === `${name}.cjs`) - Number(b === `${name}.cjs`)))
    renameSync(join(draft, file), join(place, file))
  for (const file of old) if (!made.includes(file)) rmSync(join(place, file))
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
