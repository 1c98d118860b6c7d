/**
 * What GitLab's security report schema of version 15.2.1 asks of a secret detection report, in our own words: the fields that
 * have to be there, their types and the patterns they have to keep. What we do not write is left out.
 */
const text = { type: 'string' }
const named = { type: 'string', minLength: 1 }
const toSecond = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$' }

function object(required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } }
}

const program = object({ id: named, name: named, version: named, vendor: object({ name: named }) })
const identifier = object({ type: named, name: named, value: named })
const place = object(
  { commit: object({ sha: named }, { date: text }) },
  { file: text, start_line: { type: 'number' }, end_line: { type: 'number' } },
)

const vulnerability = object(
  { id: named, identifiers: { type: 'array', minItems: 1, items: identifier }, location: place },
  {
    name: { type: 'string', maxLength: 255 },
    description: { type: 'string', maxLength: 1_048_576 },
    severity: { enum: ['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical'] },
    solution: { type: 'string', maxLength: 7_000 },
    raw_source_code_extract: text,
  },
)

export const secretDetectionReport = object({
  version: { const: '15.2.1' },
  scan: object(
    {
      analyzer: program,
      scanner: program,
      start_time: toSecond,
      end_time: toSecond,
      status: { enum: ['success', 'failure'] },
      type: { const: 'secret_detection' },
    },
    {
      messages: {
        type: 'array',
        items: object({ level: { enum: ['info', 'warn', 'fatal'] }, value: named }),
      },
    },
  ),
  vulnerabilities: { type: 'array', items: vulnerability },
})
