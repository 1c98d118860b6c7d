import { judgeImage } from '../containers/images.ts'
import type { YamlValue } from '../yaml-file.ts'
import type { Workflow } from './github.ts'

/** Who runs the runner: whoever moves their tags could do so without the tag. */
const OFFICIAL = /^(?:actions|github)\//

/** Says whether an action is pinned by a full commit; a branch is worse than a tag, a third party worse than GitHub's own. */
export function judgeAction({ report }: Workflow, { text, start, end }: YamlValue): void {
  const uses = text.trim()
  if (uses.startsWith('docker://')) judgeImage(uses, { start, end }, report)
  if (/^(?:\.|docker:)/.test(uses) || uses === '' || uses.includes('${{')) return
  const at = uses.lastIndexOf('@')
  const ref = at < 0 ? '' : uses.slice(at + 1)
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(ref)) return
  const isTag = /^v?\d/.test(ref)
  const isShort = /^[0-9a-f]{7,39}$/i.test(ref) && !/^\d+$/.test(ref)
  report({
    rule: 'configuration.uses-unpinned-action',
    start,
    end,
    message: messageFor(uses, ref, isTag, isShort),
    grade: 'certain',
    ...(OFFICIAL.test(uses) && isTag && { severity: 'note' as const }),
  })
}

function messageFor(uses: string, ref: string, isTag: boolean, isShort: boolean): string {
  if (ref === '') return `\`${uses}\` names no version at all`
  if (isShort) return `\`${uses}\` names a part of a commit, which another one may share`
  return isTag
    ? `\`${uses}\` is pinned by a tag, which can be moved`
    : `\`${uses}\` is whatever the branch \`${ref}\` holds`
}
