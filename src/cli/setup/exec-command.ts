import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Paths } from '../../config/paths.ts'
import { quote } from '../../enforcement/exec/quote.ts'

/** Puts a shell command into `portcullis exec` with this profile; null where the program cannot be found. */
type InSandbox = (command: string, profile: string) => string | null

/** How an agent's shell starts this installation's sandbox, with folders written out: its environment must not choose them. */
export function inSandbox(paths: Pick<Paths, 'home' | 'data' | 'config'>): InSandbox {
  const launcher = findLauncher(process.argv[1])
  return (command, profile) => {
    if (launcher === null) return null
    const words = [...launcher, 'exec', '--data', paths.data, '--config', paths.config, '--profile', profile]
    if (!existsSync(paths.config)) words.splice(words.indexOf('--config'), 2)
    return [
      `PORTCULLIS_HOME=${quote(paths.home)}`,
      ...[...words, '--', 'bash', '-c', command].map(quote),
    ].join(' ')
  }
}

/** The launcher of the installation that this program belongs to, from source, from `dist/` and from a bundle alike. */
function findLauncher(program: string | undefined): readonly string[] | null {
  if (program === undefined || !existsSync(program)) return null
  for (let folder = dirname(realpathSync(program)); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, 'bin/portcullis.mjs'))) continue
    const checkout = join(folder, 'portcullis')
    return existsSync(checkout) ? [checkout] : [process.execPath, join(folder, 'bin/portcullis.mjs')]
  }
  return null
}
