import { nameFits } from '../rules/policy/glob.ts'
import { secretKinds } from '../rules/secrets/engine.ts'
import { ruleOf } from '../rules/secrets/replace.ts'
import { UNSCANNED } from '../rules/secrets/user-rules-windows.ts'
import { packKinds } from './data-classes.ts'
import { invalid, namesAreUnique } from './policy-rules.ts'
import type { Violation } from './rules.ts'
import type { Config } from './schema.ts'
import { keyText, nearest } from './wording.ts'

const MODES = ['validation', 'secrets', 'rules']
const RESTORE = ['validation', 'secrets', 'restore']

/** What the fields of `validation.secrets` cannot tell one by one. */
export function secretViolations({ validation }: Config): readonly Violation[] {
  const { rules, restore } = validation.secrets
  const names = Object.keys(rules)
  if (names.length + restore.length === 0) return []
  const kinds = kindsOf(validation.secrets)
  const known = kinds.map(ruleOf)
  // what an imported file names its rules is known when it is read
  const mayBeImported = (name: string) =>
    validation.secrets.userRules.gitleaks.length > 0 && /^(?:secret\.)?user-/.test(name)
  return [
    ...names
      .filter(name => !known.some(rule => nameFits(rule, name)) && !mayBeImported(name))
      .map(name => unknown('secret rule', name, [...MODES, name], known)),
    ...namesAreUnique(restore, RESTORE),
    ...restore.flatMap((permission, index) =>
      permissionProblems(permission, [...RESTORE, index], kinds, mayBeImported),
    ),
  ]
}

function kindsOf({ userRules }: Config['validation']['secrets']): readonly string[] {
  return [...secretKinds, ...packKinds, ...userRules.rules.map(({ id }) => `user-${id}`), UNSCANNED]
}

type Permission = Config['validation']['secrets']['restore'][number]

function permissionProblems(
  { id, kinds, when }: Permission,
  path: readonly PropertyKey[],
  known: readonly string[],
  mayBeImported: (name: string) => boolean,
): Violation[] {
  const found = kinds.flatMap((kind, index) => {
    const at = [...path, 'kinds', index]
    if (!/[^*]/.test(kind))
      return [invalid(at, `the permission \`${keyText(id)}\` is for every secret`, KINDS)]
    return mayBeImported(kind) || known.some(name => nameFits(name, kind))
      ? []
      : [unknown('kind of secret', kind, at, known)]
  })
  const isNarrow = when.command?.every(isTelling) || when.tool?.every(isTelling)
  if (isNarrow) return found
  const message = `the permission \`${keyText(id)}\` is for every call`
  const remedy = 'name the `command` (`gh auth login`) or the `tool` (`mcp__github__*`) it is for'
  return [...found, invalid([...path, 'when'], message, remedy)]
}

const KINDS = 'name the kinds as the placeholders do: `<masked:github-pat:…>` is `github-pat`'

function isTelling(words: string): boolean {
  return /[^*?]/.test(words.split(' ')[0] ?? '')
}

/** A name that fits nothing protects nobody and looks as if it did. */
function unknown(
  what: string,
  name: string,
  path: readonly PropertyKey[],
  known: readonly string[],
): Violation {
  const near = nearest(name, known)
  const question = near === undefined ? '' : `; did you mean \`${near}\`?`
  return invalid(
    path,
    `there is no ${what} \`${keyText(name)}\`${question}`,
    'use a name as `portcullis scan` reports it',
  )
}
