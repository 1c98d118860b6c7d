import { homeCredentials } from '../../rules/paths/delicate.ts'

/** One name below a folder that may be written, and what it is where it does not exist yet. */
export interface ProtectedName {
  readonly name: string
  readonly kind: 'file' | 'directory'
}

const file = (name: string): ProtectedName => ({ name, kind: 'file' })
const directory = (name: string): ProtectedName => ({ name, kind: 'directory' })

/**
 * What somebody outside runs or obeys later, so that writing it would leave the sandbox: start files of shells, settings of
 * editors and agents, the servers an agent starts. Never written, whatever the policy allows, and never made.
 */
export const neverWritten: readonly ProtectedName[] = [
  ...[
    '.bashrc',
    '.bash_profile',
    '.bash_login',
    '.bash_logout',
    '.bash_aliases',
    '.profile',
    '.zshrc',
    '.zshenv',
    '.zprofile',
    '.zlogin',
    '.zlogout',
    '.gitconfig',
    '.gitmodules',
    '.ripgreprc',
    '.mcp.json',
    '.claude.json',
  ].map(file),
  ...['.vscode', '.idea', '.claude', '.codex', '.cursor', '.gemini', '.windsurf', '.opencode'].map(directory),
]

/** In a folder of git: what it runs, and what tells it what to run. */
export const neverWrittenInGit: readonly ProtectedName[] = [
  directory('hooks'),
  file('config'),
  file('config.worktree'),
  file('commondir'),
]

/** Below the caller's home, where a folder shows it: what proves who somebody is. */
export const hiddenAtHome: readonly string[] = homeCredentials.map(name => name.replace(/\/$/, ''))
