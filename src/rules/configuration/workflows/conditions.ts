import type { YamlValue } from '../yaml-file.ts'
import { expressionsIn } from './expressions.ts'
import type { Workflow } from './github.ts'
import { takesCodeOfStrangers } from './triggers.ts'

/** Looks at an `if:`: whether it can be false at all, and whom it trusts. */
export function judgeCondition({ file, report, triggers }: Workflow, condition: YamlValue | undefined): void {
  if (!condition?.isScalar) return
  const { text, start, end } = condition
  const [first, ...others] = expressionsIn(text)
  const isWhole = first !== undefined && others.length === 0 && first.start === 0 && first.end === text.length
  if (first && !isWhole && !isConstant(text)) {
    const inner = text
      .trim()
      .replace(/\$\{\{|\}\}/g, '')
      .replace(/\s+/g, ' ')
      .trim()
    report({
      rule: 'configuration.has-condition-always-true',
      start,
      end,
      message:
        /\s$/.test(text) && text.trim().length === first.end - first.start
          ? 'the line end of the block makes the condition a text, which is always true'
          : 'text beside the expression makes the condition a text, which is always true',
      ...(!condition.isBlock &&
        file.source.slice(start, end) === text && { fix: { start, end, replacement: inner } }),
    })
  }
  if (
    takesCodeOfStrangers(triggers) &&
    /github\.(?:actor|triggering_actor)\s*[!=]=\s*'[^']*\[bot\]'|'[^']*\[bot\]'\s*[!=]=\s*github\.(?:actor|triggering_actor)|github\.event\.(?:sender|comment\.user)\.login\s*==\s*'[^']*\[bot\]'/i.test(
      text,
    )
  )
    report({
      rule: 'configuration.trusts-spoofable-sender',
      start,
      end,
      message:
        'the condition trusts a bot by the name of whoever acted last, although the code may be of somebody else',
    })
  const substring =
    /contains\(\s*'([^'[\]]*\s[^'[\]]*|[^'[\]]*,[^'[\]]*)'\s*,\s*(?:github\.(?:ref|ref_name|head_ref|base_ref|actor|repository)|env\.|inputs\.)/i.exec(
      text,
    )
  if (substring)
    report({
      rule: 'configuration.compares-by-substring',
      start,
      end,
      message: 'every part of the text fits, not only the names in it',
    })
}

/** `if: true ${{ … }}` of one word beside it is not a condition anybody meant, yet a plain text without expression is none of ours. */
function isConstant(text: string): boolean {
  return !text.includes('${{')
}
