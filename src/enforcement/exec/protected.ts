import { homeCredentials } from '../../rules/paths/delicate.ts'

/**
 * What somebody outside runs or obeys later, so that writing it would leave the sandbox: settings of editors and agents, the
 * servers an agent starts. Never written, whatever the policy allows, and never made.
 */
export const neverWritten: readonly string[] = [
  '.gitmodules',
  '.mcp.json',
  '.claude.json',
  '.vscode',
  '.idea',
  '.claude',
  '.codex',
  '.cursor',
  '.gemini',
  '.windsurf',
  '.opencode',
]

/** The like that is read in a home only: never written where it is, never made in a folder that is or holds a home. */
export const neverWrittenAtHome: readonly string[] = [
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
  '.ripgreprc',
]

/** In a folder of git: what it runs, and what tells it what to run. */
export const neverWrittenInGit: readonly string[] = ['hooks', 'config', 'config.worktree', 'commondir']

/** Below the caller's home, where a folder shows it: what proves who somebody is. */
export const hiddenAtHome: readonly string[] = homeCredentials.map(name => name.replace(/\/$/, ''))
