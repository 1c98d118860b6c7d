import type { Finding, Grade } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'

/** Something in plain text that speaks for a threat; a sign for a reader, never a reason to refuse by itself. */
interface Sign {
  readonly rule: string
  readonly threat: ThreatId
  readonly grade: Grade
  readonly message: string
  readonly shows: (text: string) => boolean
}

/** Expressions here have bounded repetition only, so hostile text costs no more than plain text. */
const matches = (pattern: RegExp) => (text: string) => pattern.test(text)

const signs: readonly Sign[] = [
  {
    rule: 'sign.gives-orders',
    threat: 'PRM-INJ-001',
    grade: 'likely',
    message: 'tells its reader to drop earlier instructions',
    shows: matches(
      /\b(?:ignore|disregard|forget|override|bypass)\s{1,5}(?:\w{1,12}\s{1,5}){0,4}(?:previous|prior|above|earlier|preceding|system|original)\s{1,5}(?:\w{1,12}\s{1,5}){0,2}(?:instructions?|prompts?|rules?|directions?|messages?|guidelines?)\b/i,
    ),
  },
  {
    rule: 'sign.imitates-system',
    threat: 'PRM-INJ-001',
    grade: 'likely',
    message: 'imitates the marks of a system or chat message',
    shows: matches(
      /<\|(?:im_start|im_end|system|endoftext)\|>|\[\/?INST\]|<<SYS>>|<\/?(?:system|system-reminder|system_prompt)>|^\s{0,8}#{2,4}\s{0,3}system\s{0,3}(?:prompt|message)/im,
    ),
  },
  {
    rule: 'sign.hides-text',
    threat: 'PRM-INJ-001',
    grade: 'certain',
    message: 'holds characters that people cannot see and models can',
    shows: hidesText,
  },
  {
    rule: 'sign.wants-secrecy',
    threat: 'PRM-INJ-001',
    grade: 'possible',
    message: 'asks to keep something from the user',
    shows: matches(
      /\b(?:do\s{1,3}not|don['’]t|never|without)\s{1,5}(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|mention(?:ing)?|alert(?:ing)?|show(?:ing)?|reveal(?:ing)?)\s{1,5}(?:\w{1,12}\s{1,5}){0,4}(?:user|human|operator|developer)\b/i,
    ),
  },
  {
    rule: 'sign.steers-tools',
    threat: 'TOOL-POI-001',
    grade: 'possible',
    message: 'tells an agent how to use tools, as only its user should',
    shows: matches(
      /<(?:important|critical|instructions?)>|\b(?:before|after|when(?:ever)?)\s{1,3}(?:using|calling|invoking|you\s{1,3}(?:use|call|invoke))\s{1,3}(?:this|any|every|other|the)\s{1,3}(?:\w{1,30}\s{1,3})?tools?\b/i,
    ),
  },
  {
    rule: 'sign.wants-to-stay',
    threat: 'MEM-POI-001',
    grade: 'possible',
    message: 'wants to be written into what agents remember',
    shows: matches(
      /\b(?:add|append|write|save|store|put|commit)\s{1,5}(?:\w{1,12}\s{1,5}){0,6}(?:to|in|into)\s{1,5}(?:\w{1,12}\s{1,5}){0,2}(?:memory|memories|claude\.md|agents\.md|gemini\.md|\.cursorrules)\b/i,
    ),
  },
  {
    rule: 'sign.leaves-folder',
    threat: 'PATH-TRV-001',
    grade: 'possible',
    message: 'holds a path that climbs out of its folder',
    shows: leavesFolder,
  },
  {
    rule: 'sign.forges-token',
    threat: 'AUTH-BYP-001',
    grade: 'likely',
    message: 'holds a token that asks not to be verified',
    // The second form is the same header in base64url, as a JSON Web Token begins.
    shows: matches(/"alg"\s{0,5}:\s{0,5}"none"|\beyJhbGciOi(?:Jub25lI|JOb25lI|JOT05FI)/i),
  },
  {
    rule: 'sign.skips-certificates',
    threat: 'NET-INT-001',
    grade: 'likely',
    message: 'switches certificate checks off',
    shows: matches(
      /NODE_TLS_REJECT_UNAUTHORIZED\s{0,3}=\s{0,3}["']?0|--no-check-certificate\b|\bcurl\s(?:[^\n|;&]{0,200}\s)?(?:--insecure|-[a-zA-Z]{0,8}k[a-zA-Z]{0,8})(?=\s|$)|\bsslVerify[ =]{1,3}["']?false|\bGIT_SSL_NO_VERIFY=(?:1|true)|\bPYTHONHTTPSVERIFY=0/,
    ),
  },
  {
    rule: 'sign.has-two-lengths',
    threat: 'HTTP-SMG-001',
    grade: 'likely',
    message: 'is an HTTP request with more than one length',
    shows: hasTwoLengths,
  },
]

/** Every sign in a text, as notes. */
export function findSigns(text: string): readonly Finding[] {
  return signs
    .filter(({ shows }) => shows(text))
    .map(({ rule, threat, grade, message }) => ({ rule, threat, grade, severity: 'note', message }))
}

/** Tag characters spell hidden ASCII; only the flags of England and its like use them for something else. */
function hidesText(text: string): boolean {
  const plain = text.replace(/\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{1,6}\u{E007F}/gu, '')
  return /[\u{E0000}-\u{E007F}]|[\u202A-\u202E\u2066-\u2069]|[\u200B\u2060]{3}/u.test(plain)
}

/** Climbs above where the path begins, in plain or percent-encoded spelling, however often encoded. */
function leavesFolder(text: string): boolean {
  const plain = decodeDots(decodeDots(text)).replaceAll('\\', '/')
  for (const word of plain.split(/[\s"'`<>|;&()=]/)) {
    if (!word.includes('..')) continue
    let depth = 0
    for (const part of word.split('/')) {
      if (part === '..') depth--
      else if (part !== '' && part !== '.') depth++
      if (depth < 0 && word.includes('/')) return true
    }
  }
  return false
}

function decodeDots(text: string): string {
  return text.replace(/%(?:25|2e|2f|5c|c0%ae)/gi, code => {
    switch (code.toLowerCase()) {
      case '%25':
        return '%'
      case '%2f':
        return '/'
      case '%5c':
        return '\\'
      default:
        return '.'
    }
  })
}

function hasTwoLengths(text: string): boolean {
  if (!/^[A-Z]{3,10} \S{1,2000} HTTP\/1\.[01]\r?$/m.test(text)) return false
  const head = text.split(/\r?\n\r?\n/, 1)[0]!.toLowerCase()
  const lengths = head.match(/^content-length\s{0,5}:/gm)?.length ?? 0
  const encodings = head.match(/^transfer-encoding\s{0,5}:/gm)?.length ?? 0
  return lengths + encodings > 1
}
