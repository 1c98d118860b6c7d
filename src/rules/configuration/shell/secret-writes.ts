import type { ProgramCall } from './call.ts'

/** Names of variables that hold a secret. */
const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?|(?:API|ACCESS|PRIVATE|SECRET|AUTH|SIGNING|DEPLOY|SSH)_?KEY)(?:_(?:VALUE|BASE64|B64|JSON))?$/i

/** Files that hold nothing on disk, or whose job is to hold secrets for one run. */
const PASSING = /^\/dev\/(?:null|stdout|stderr|fd\/\d+|tty)$/

/** Looks for `echo "$TOKEN" >> .env`: a secret that stays on the disk, readable by whoever may read the file. */
export function judgeSecretWrites(call: ProgramCall): void {
  const { name, args, writes, reading, report, start, document } = call
  if (name === 'cat' && document && !document.isQuoted) judgeDocument(call, document.text)
  if (!/^(?:echo|printf)$/.test(name)) return
  const target = writes.find(({ target: { text } }) => !PASSING.test(text))?.target
  if (!target) return
  for (const arg of args) {
    const secret = namesOf(reading.text.slice(arg.start, arg.end)).find(variable =>
      SECRET_NAME.test(variable),
    )
    if (secret === undefined || reading.within) continue
    report({
      rule: 'configuration.writes-secret-to-file',
      start,
      end: Math.max(target.end, call.end),
      message: `the secret in \`${secret}\` is written into a file that keeps it`,
      grade: 'possible',
    })
    return
  }
}

/** `cat > .env <<EOF` puts the variables into the file as echo does. */
function judgeDocument({ writes, reading, report, start, end }: ProgramCall, text: string): void {
  const target = writes.find(writing => !PASSING.test(writing.target.text))?.target
  const secret = namesOf(text).find(variable => SECRET_NAME.test(variable))
  if (!target || secret === undefined || reading.within) return
  report({
    rule: 'configuration.writes-secret-to-file',
    start,
    end: Math.max(end, target.end),
    message: `the secret in \`${secret}\` is written into a file that keeps it`,
    grade: 'possible',
  })
}

/** The variables a word puts in. */
function namesOf(raw: string): string[] {
  if (raw.startsWith("'")) return []
  // `${{ secrets.NAME }}` stands here as `${__secrets_NAME_}`
  return [...raw.matchAll(/\$\{?([A-Za-z_]\w{0,80})(?!\w|:?\+)/g)].map(([, name = '']) =>
    name.replace(/^_+(?:secrets_)?|_+$/g, ''),
  )
}
