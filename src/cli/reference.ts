import { type ReasonCode, reasonCodes } from '../access/reason-codes.ts'

/** `docs/reference/reason-codes.md`. */
export function reasonCodesPage(): string {
  const codes = Object.keys(reasonCodes).sort() as ReasonCode[]
  const rows = codes.map(code => {
    const { title, threat, remedy } = reasonCodes[code]
    return `| \`${code}\` | ${title} | [${threat}](threats.md#${threat.toLowerCase()}) | ${remedy} |`
  })
  return `# Reason codes

Every refusal and every question carries at least one of these codes, \`layer.what-happened\`. A code is never used again
with another meaning. Written by \`portcullis explain --codes\`; do not edit by hand. A rule may name another threat than
the one given here, and a better remedy.

| code | meaning | threat | what one can do |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}
