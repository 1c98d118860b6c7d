import type { Report } from '../rule.ts'

/** Tags that are moved on purpose. */
const MOVING =
  /^(?:latest|stable|edge|nightly|lts|main|master|dev|develop|devel|rolling|current|mainline|canary|beta|next|slim|alpine)$/i

/** What a name alone says about tomorrow's image. What is put in from outside is not known. */
export type ImageState = 'fixed' | 'tagged' | 'moving' | 'unknown'

export function stateOfImage(image: string): ImageState {
  const name = plainName(image)
  if (name === '' || name === 'scratch' || /@sha\d+:/.test(name) || /^(?:sha256:)?[0-9a-f]{64}$/.test(name))
    return 'fixed'
  if (!/^[\w.$][\w.${}:/@+-]*$/.test(name)) return 'unknown'
  const tag = /:([^/:]+)$/.exec(name)?.[1]
  if (/\$/.test(tag ?? name)) return 'unknown'
  return tag === undefined || MOVING.test(tag) ? 'moving' : 'tagged'
}

function plainName(image: string): string {
  return image.trim().replace(/^docker:\/\//, '')
}

/** Says whether an image may be another one tomorrow. What is put in from outside is not known and not judged. */
export function judgeImage(
  image: string,
  place: { readonly start: number; readonly end: number },
  report: Report,
): void {
  const state = stateOfImage(image)
  if (state === 'fixed' || state === 'unknown') return
  report({ rule: 'configuration.uses-unpinned-image', ...place, ...sayingOfImage(image, state) })
}

/** In words, and how bad it is. */
export function sayingOfImage(image: string, state: 'tagged' | 'moving') {
  const name = plainName(image)
  if (state === 'tagged')
    return {
      message: `the image \`${name}\` is pinned by a tag, which can be moved`,
      severity: 'note' as const,
    }
  const tag = /:([^/:]+)$/.exec(name)?.[1]
  return {
    message: `the image \`${name}\` is whatever ${tag === undefined ? 'is newest' : `\`${tag}\` points to`} at the time`,
  }
}
