import { readdirSync, readFileSync } from 'node:fs'
import { createSecretEngine } from '../src/rules/secrets/engine.ts'

// What the secret engine finds of every case, by file and by dress. `node bench/secret-accuracy.ts` prints Markdown; it ends
// with 1 when a dress is more than a point away from the bare line.

interface Case {
  readonly text: string
  readonly isSecret: boolean
  readonly file: string
  readonly why: string
}

const placeholder = (kind: string) => `<masked:${kind}:00000000>`
const engine = createSecretEngine({ placeholder, minimumGrade: 'likely' })
const isMasked = engine.masks.bind(engine)

const folder = new URL('../test/cases/secrets/', import.meta.url)
const cases = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.jsonl'))
  .toSorted()
  .flatMap(file =>
    readFileSync(new URL(file, folder), 'utf8')
      .trim()
      .split('\n')
      .map(line => read(line, file)),
  )

function read(line: string, file: string): Case {
  const { text, rules, secret, why } = JSON.parse(line) as {
    text: readonly string[]
    rules?: readonly string[]
    secret?: boolean
    why: string
  }
  return { text: text.join(''), isSecret: secret ?? (rules ?? []).length > 0, file, why }
}

type Finder = (text: string) => boolean

const whole: Finder = text => engine.scan(text).some(isMasked)

function streamed(pieces: readonly string[]): boolean {
  const masker = engine.stream()
  for (const piece of pieces) masker.push(piece)
  masker.end()
  return masker.findings.some(isMasked)
}

const inPieces =
  (size: number): Finder =>
  text =>
    streamed(
      Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      ),
    )

/** Longer texts are cut at so many places only. */
const MOST_CUTS = 400

/** Cut in two at every place: a case counts as found when no cut hides it. */
const everyCut: Finder = text => {
  const step = Math.max(1, Math.floor(text.length / MOST_CUTS))
  for (let cut = 1; cut < text.length; cut += step)
    if (!streamed([text.slice(0, cut), text.slice(cut)])) return false
  return true
}

const json = (text: string) => JSON.stringify({ text: `first\n${text}\nlast` })
const encoded = (text: string, encoding: 'base64' | 'hex') =>
  `data: ${Buffer.from(`this is it:\n${text}\nand more`).toString(encoding)}`

const dresses: Readonly<Record<string, Finder>> = {
  bare: whole,
  JSON: text => whole(json(text)),
  'JSON in JSON': text => whole(JSON.stringify({ text: json(text) })),
  diff: text => whole(`@@ -1 +1 @@\n-old\n${text.replace(/^/gm, '+')}\n`),
  URL: text => whole(`https://api.test/x?value=${encodeURIComponent(`first\n${text}\nlast`)}&y=1`),
  base64: text => whole(encoded(text, 'base64')),
  hex: text => whole(encoded(text, 'hex')),
  'deltas of 1': inPieces(1),
  'deltas of 4': inPieces(4),
  'deltas of 16': inPieces(16),
  'every cut': everyCut,
}

const secrets = cases.filter(({ isSecret }) => isSecret)
const clean = cases.filter(({ isSecret }) => !isSecret)
const found = new Map(
  Object.entries(dresses).map(([name, find]) => [name, new Set(secrets.filter(({ text }) => find(text)))]),
)
const bare = found.get('bare')!
const alarms = new Set(clean.filter(({ text }) => whole(text)))

print(
  'By file',
  ['file', 'secrets', 'found', 'clean', 'false alarms'],
  [
    ...Object.entries(Object.groupBy(cases, ({ file }) => file)).map(([file, group]) =>
      fileRow(file, group!),
    ),
    fileRow('**all**', cases),
  ],
)

const lost = (name: string) => [...bare].filter(one => !found.get(name)!.has(one))

/** In points of a hundred; the sign tells which way. */
const difference = (name: string) => (100 * (found.get(name)!.size - bare.size)) / secrets.length

print(
  'By dress',
  ['dress', 'found', 'to bare, in points', 'lost', 'won'],
  [
    ...Object.keys(dresses).map(name => [
      name,
      share(found.get(name)!.size, secrets.length),
      difference(name).toFixed(1),
      String(lost(name).length),
      String([...found.get(name)!].filter(one => !bare.has(one)).length),
    ]),
  ],
)

const far = Object.keys(dresses).filter(name => difference(name) < -1)
console.log(
  far.length === 0
    ? 'every dress is within one point of the bare line'
    : `more than a point below: ${far.join(', ')}`,
)
if (process.argv.includes('--lost'))
  for (const name of far) for (const { file, why } of lost(name)) console.log(`${name}  ${file}  ${why}`)
process.exitCode = far.length === 0 ? 0 : 1

function fileRow(name: string, group: readonly Case[]): readonly string[] {
  const positive = group.filter(({ isSecret }) => isSecret)
  const negative = group.filter(({ isSecret }) => !isSecret)
  return [
    name,
    String(positive.length),
    share(positive.filter(one => bare.has(one)).length, positive.length),
    String(negative.length),
    share(negative.filter(one => alarms.has(one)).length, negative.length),
  ]
}

function share(count: number, of: number): string {
  return of === 0 ? '–' : `${((100 * count) / of).toFixed(1)} %`
}

function print(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([title, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n'))
}
