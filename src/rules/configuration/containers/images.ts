import type { Report } from '../rule.ts'

/** Tags that are moved on purpose. */
const MOVING =
  /^(?:latest|stable|edge|nightly|lts|main|master|dev|develop|devel|rolling|current|mainline|canary|beta|next|slim|alpine)$/i

/** Says whether an image may be another one tomorrow. What is put in from outside is not known and not judged. */
export function judgeImage(
  image: string,
  place: { readonly start: number; readonly end: number },
  report: Report,
): void {
  const name = image.trim().replace(/^docker:\/\//, '')
  if (name === '' || name === 'scratch' || /@sha\d+:/.test(name) || /^(?:sha256:)?[0-9a-f]{64}$/.test(name))
    return
  if (!/^[\w.$][\w.${}:/@+-]*$/.test(name)) return
  const tag = /:([^/:]+)$/.exec(name)?.[1]
  if (/\$/.test(tag ?? name)) return
  const isMoving = tag === undefined || MOVING.test(tag)
  report({
    rule: 'configuration.uses-unpinned-image',
    ...place,
    message: isMoving
      ? `the image \`${name}\` is whatever ${tag === undefined ? 'is newest' : `\`${tag}\` points to`} at the time`
      : `the image \`${name}\` is pinned by a tag, which can be moved`,
    ...(!isMoving && { severity: 'note' as const }),
  })
}
