import { type Language, languageOfLine, languageOfName } from './code/languages.ts'
import { readCode } from './code/source.ts'
import { readDockerfile } from './containers/dockerfile.ts'
import { readCompose, readManifests } from './containers/manifests.ts'
import type { Report } from './rule.ts'
import { readSettings, settingsFileOf } from './settings/lines.ts'
import { readComposer, readDaemon, readDevcontainer, readPackageManifest } from './settings/manifests.ts'
import { readMakefile } from './shell/makefile.ts'
import { readShell } from './shell/script.ts'
import { readDependabot } from './workflows/dependabot.ts'
import { readAction, readWorkflow } from './workflows/github.ts'
import { readGitlab } from './workflows/gitlab.ts'

type Reader = (text: string, report: Report) => void

const readScript: Reader = (text, report) => readShell(text, report, 'machine')

/** Files known by their whole name or where they lie. */
const byPath: readonly (readonly [RegExp, Reader])[] = [
  [/(?:^|\/)\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/, readWorkflow],
  [/(?:^|\/)workflow-templates\/[^/]+\.ya?ml$/, readWorkflow],
  [/(?:^|\/)action\.ya?ml$/, readAction],
  [/(?:^|\/)\.github\/dependabot\.ya?ml$/, readDependabot],
  [/(?:^|\/)[\w.-]*\.?gitlab-ci(?:\.[\w-]+)?\.ya?ml$|(?:^|\/)\.gitlab\/ci\/.+\.ya?ml$/, readGitlab],
  [/(?:^|\/)(?:[\w.-]*\.)?(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/, readCompose],
  [
    /(?:^|\/)(?:[\w.-]*\.)?(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$|\.(?:dockerfile|containerfile)$/i,
    readDockerfile,
  ],
  [/(?:^|\/)package\.json$/, readPackageManifest],
  [/(?:^|\/)composer\.json$/, readComposer],
  [/(?:^|\/)(?:docker\/)?daemon\.json$/, readDaemon],
  [/(?:^|\/)(?:\.devcontainer\/(?:[\w.-]+\/)?)?\.?devcontainer\.json$/, readDevcontainer],
  [/(?:^|\/)(?:GNU|BSD)?[Mm]akefile(?:\.(?!am$|in$)[\w-]+)?$|\.(?:mk|mak)$/, readMakefile],
  [
    /(?:^|\/)\.husky\/(?:[a-z-]+)$|(?:^|\/)\.(?:bashrc|bash_profile|bash_aliases|profile|zshrc|zprofile|zshenv|envrc|xprofile)$|(?:^|\/)(?:APKBUILD|PKGBUILD)$/,
    readScript,
  ],
]

const SCRIPT = /\.(?:sh|bash|zsh|ksh|dash|bats|ebuild|command)$/
/** `#!/bin/sh`, `#!/usr/bin/env -S bash -e`. */
const SHELL_LINE = /^#!\s*\S*?(?:\/env(?:\s+-\S+)*\s+)?(?:\S*\/)?(?:ba|da|z|k|a)?sh(?:\s|$)/

/** What a YAML file is about shows only in its text. */
export const YAML = /\.ya?ml$/

/** Made by the build system's own tools, in the same words everywhere. */
const GENERATED =
  /(?:^|\/)(?:configure|config\.status|libtool|ltmain\.sh|install-sh|depcomp|missing|compile|test-driver|mkinstalldirs|config\.(?:guess|sub|rpath))$/

/** Names that many files have and that are none of ours. */
const NO_KIND = /\.(?:md|map|d\.[cm]?ts|html?|css|svg|snap|lock|po|rst)$/

function codeReader(language: Language): Reader {
  return (text, report) => readCode(language, text, report)
}

/** The readers that know a file, told by its path, its first line and, for YAML, a few words of it. */
export function readersFor(path: string, text: string): readonly Reader[] {
  const language = path.endsWith('.kts') ? undefined : languageOfName(path)
  if (language) return [codeReader(language)]
  if (NO_KIND.test(path) || GENERATED.test(path)) return []
  const known = byPath.find(([pattern]) => pattern.test(path))
  if (known) return [known[1]]
  if (SCRIPT.test(path)) return [readScript]
  const settings = settingsFileOf(path)
  if (settings) return [(content, report) => readSettings(settings, content, report)]
  const named = languageOfName(path) ?? languageOfLine(text)
  if (named) return [codeReader(named)]
  if (YAML.test(path)) return isManifest(text) ? [readManifests] : []
  if (text.startsWith('#!') && SHELL_LINE.test(text.slice(0, 120).split('\n', 1)[0]!)) return [readScript]
  return []
}

/** Kubernetes manifests lie anywhere; a chart's templates are no YAML before they are filled in. */
function isManifest(text: string): boolean {
  return (
    text.includes('image:') && text.includes('apiVersion:') && text.includes('kind:') && !text.includes('{{')
  )
}
