const MOST = 128
const LONGEST = 4_096

/**
 * The globs without braces and classes that a search glob stands for: `{.env,*.ts}` names `.env` as plainly as `.env`
 * does. Null when they are too many to be looked at.
 */
export function alternativesOf(glob: string): readonly string[] | null {
  if (!/[{[(]/.test(glob)) return withHidden([glob])
  if (glob.length > LONGEST) return null
  const plain: string[] = []
  const queue = [withoutExtensions(glob)]
  while (queue.length > 0) {
    const text = queue.pop()!
    const choice = firstChoice(text)
    if (choice === null) plain.push(text)
    else queue.push(...choice.items.map(item => text.slice(0, choice.start) + item + text.slice(choice.end)))
    if (plain.length + queue.length > MOST) return null
  }
  // The text itself, too: a file may be called that.
  return withHidden([...new Set([...plain, glob])])
}

/** Searches look at hidden files: `*env`, `?env` and `*.env` find `.env`, which a shell's glob would not. */
function withHidden(globs: readonly string[]): readonly string[] {
  const hidden = globs.flatMap(glob => {
    const [, folder = '', wildcard = '', rest = ''] = /^(.*\/|)([*?])([^/.*?][^/.]*)$/.exec(glob) ?? []
    const [, base = '', name] = /^(.*\/|)\*(\.[^/.*?][^/]*)$/.exec(glob) ?? []
    if (name !== undefined) return [base + name]
    return rest === '' ? [] : [`${folder}.${wildcard === '*' ? '*' : ''}${rest}`]
  })
  return [...globs, ...hidden]
}

/** `@(a|b)` and its like as braces; what is not to match matches anything else. */
function withoutExtensions(glob: string): string {
  let text = glob.replace(/!\([^()]*\)/g, '*')
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replace(/([@+*?])\(([^()]*)\)/g, (_all, kind: string, items: string) => {
      const list = items.replaceAll('|', ',')
      return kind === '@' || kind === '+' ? `{${list}}` : `{,${list}}`
    })
  }
  return text
}

interface Choice {
  readonly start: number
  readonly end: number
  readonly items: readonly string[]
}

/** The first innermost group of braces, or a class of characters. */
function firstChoice(text: string): Choice | null {
  const found = /\{([^{}]*)\}|\[([^[\]]{1,20})\]/.exec(text)
  if (!found) return null
  const [all, list, letters = ''] = found
  const items = list === undefined ? lettersOf(letters) : list.split(',')
  return { start: found.index, end: found.index + all.length, items }
}

/** A few letters are each of them; a range, or all but some, is any. */
function lettersOf(letters: string): readonly string[] {
  return /^[!^]|.-.|[\\:/]/.test(letters) ? ['?'] : [...new Set(letters)]
}
