/** Words that show that a value stands in for a secret. Lower case. */
const words = [
  'example',
  'placeholder',
  'changeme',
  'change_me',
  'change-me',
  'replace',
  'your_',
  'your-',
  'yourpass',
  'yourtoken',
  'yoursecret',
  'yourapi',
  'xxxx',
  '****',
  '....',
  'redacted',
  '<masked:',
  'dummy',
  'insert_',
  'todo',
  'fixme',
  'foobar',
  'lorem',
]

/** Whether the value says itself that it is no secret, in an assignment or a URL. */
export function isPlaceholder(value: string): boolean {
  const first = value[0]
  if (first === '$' || first === '<' || first === '{' || first === '[') return true
  if (value.includes('${') || value.includes('{{') || value.includes('$(') || value.includes('%('))
    return true
  if (first === '%' && (value.endsWith('%') || value.length === 2)) return true
  const lower = value.toLowerCase()
  return words.some(word => lower.includes(word)) || isMonotonous(value)
}

/** Whether a well-formed token is an invented one: `…EXAMPLE`, one character over and over, the alphabet. */
export function isExample(body: string): boolean {
  const lower = body.toLowerCase()
  if (lower.includes('example') || lower.includes('xxxxxx') || lower.includes('placeholder')) return true
  return isMonotonous(body)
}

function isMonotonous(value: string): boolean {
  if (value.length < 6) return new Set(value).size <= 1
  if (new Set(value).size <= Math.min(4, value.length / 4)) return true
  let steps = 0
  for (let index = 1; index < value.length; index++) {
    const step = value.charCodeAt(index) - value.charCodeAt(index - 1)
    if (step === 1 || step === 0) steps++
  }
  return steps >= 0.85 * (value.length - 1)
}
