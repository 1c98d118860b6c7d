import type { SecretEngine, SecretFinding } from '../../src/rules/secrets/types.ts'

/** A secret of the toy engine: `TOY-` and twelve capitals or digits. */
const pattern = /TOY-[A-Z0-9]{12}/g
const LENGTH = 16

/** An engine so small that a test can be read: it knows one kind of secret, and masks it as `<masked:toy:last four>`. */
export function createToyEngine(isSpared: (rule: string) => boolean = () => false): SecretEngine {
  const scan = (text: string): SecretFinding[] =>
    [...text.matchAll(pattern)].map(match => ({
      rule: 'secret.toy',
      threat: 'KEY-EXP-001',
      grade: 'certain',
      severity: 'deny',
      dataClass: 'secret' as const,
      message: 'a toy secret',
      start: match.index,
      end: match.index + LENGTH,
    }))
  const isIdle = isSpared('secret.toy')
  const replace = (text: string) =>
    isIdle ? text : text.replace(pattern, secret => `<masked:toy:${secret.slice(-4)}>`)
  return {
    scan,
    mask: text => ({ text: replace(text), findings: scan(text) }),
    mayHoldSecret: () => true,
    masks: () => !isIdle,
    sparing: createToyEngine,
    stream() {
      let all = ''
      let held = ''
      return {
        push(piece) {
          all += piece
          held += piece
          const open = isIdle ? held.length : openCandidate(held)
          const safe = replace(held.slice(0, open))
          held = held.slice(open)
          return safe
        },
        end() {
          const safe = replace(held)
          held = ''
          return safe
        },
        get findings() {
          return scan(all)
        },
      }
    },
  }
}

/** Where an unfinished secret at the end of the text begins. */
function openCandidate(text: string): number {
  for (let length = Math.min(LENGTH - 1, text.length); length > 0; length--) {
    const tail = text.slice(-length)
    const padded = tail + 'TOY-AAAAAAAAAAAA'.slice(length)
    if (/^TOY-[A-Z0-9]{12}$/.test(padded)) return text.length - length
  }
  return text.length
}
