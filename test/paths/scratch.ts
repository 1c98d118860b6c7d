import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Workplace } from '../../src/access/request.ts'
import { createFileSystemView, stillView } from '../../src/guard/validation/file-system.ts'
import { judgeCommand } from '../../src/rules/commands/judge.ts'
import { type Judgement, type SessionView, unknownSession } from '../../src/rules/judgement.ts'
import { type FileTouch, judgePath } from '../../src/rules/paths/judge.ts'
import type { PolicyOptions } from '../../src/rules/paths/policy-options.ts'

/** A home with a project in it, on a real disk, gone after the test. */
export interface Scratch {
  readonly home: string
  readonly project: string
  /** Writes a file of the home, its folders with it; returns its path. */
  write(name: string, text?: string): string
  run(command: string, cwd?: string, session?: SessionView): Judgement
  touch(path: string, operation?: FileTouch['operation']): Judgement
  remove(): void
}

/** The home may not lie in a temporary folder to the rules, so it lies beside the tests, or in the user's cache for a checkout that is temporary itself. */
export function createScratch(base: string = scratchBase()): Scratch {
  const home = realpathSync(mkdtempSync(join(base, 'portcullis-paths-')))
  const project = join(home, 'project')
  mkdirSync(project)
  const view = createFileSystemView(home)
  const options: PolicyOptions = { protect: [], outsideProject: 'ask', own: [join(home, '.portcullis')] }
  const workplace = (cwd: string): Workplace => ({ cwd, home, project })
  return {
    home,
    project,
    write(name, text = 'x\n') {
      const path = join(home, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    },
    run: (command, cwd = project, session = unknownSession) =>
      judgeCommand(command, workplace(cwd), stillView(view), options, undefined, session),
    touch: (path, operation = 'read') =>
      judgePath({ path, operation, tool: 'test' }, workplace(project), stillView(view), options),
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Not `/tmp`: there the rules are milder, as everything in it is temporary. */
function scratchBase(): string {
  const beside = new URL('../../node_modules/.cache/', import.meta.url).pathname
  const base = [beside, join(homedir(), '.cache')].find(
    folder => !/^\/(?:private\/)?(?:var\/)?tmp\//.test(folder),
  )
  if (base === undefined) throw new Error('no folder that the rules do not take for a temporary one')
  mkdirSync(base, { recursive: true })
  return base
}
