import { configJsonSchema, type SchemaNode } from './json-schema.ts'
import { configSchema } from './schema.ts'

/** The reference of every key as Markdown; `docs/reference/configuration.md` is this text, held by a test. */
export function configReference(): string {
  const root = configJsonSchema()
  const defaults: unknown = configSchema.parse({})
  const sections = Object.entries(root.properties ?? {}).flatMap(([name, node]) =>
    describeSection(name, node, member(defaults, name)),
  )
  return `${intro}\n${sections.join('\n')}`
}

const intro = `# Configuration

<!-- Made from the schema by \`portcullis config docs\`; do not edit. A test holds it against the schema. -->

One YAML file, \`$PORTCULLIS_HOME/portcullis.yaml\` unless \`--config\` names another. It need not exist; every key has a
safe default. It must belong to you or root and be writable by nobody else. Unknown keys are refused, with line and
column. The file is read again on SIGHUP and when it changes; a bad new version keeps the old one in force and says so.

| command | does |
| --- | --- |
| \`portcullis config check [FILE]\` | names everything wrong with a file at once |
| \`portcullis config show\` | prints the configuration in force, with every default |
| \`portcullis config schema\` | prints the JSON Schema, for editors |
`

function describeSection(name: string, node: SchemaNode, defaults: unknown): string[] {
  const rows = node.properties ? rowsOf(node, name, defaults) : [rowOf(name, node, defaults, false)]
  return [
    `## ${name}\n`,
    '| key | value | default | meaning |\n| --- | --- | --- | --- |',
    `${rows.join('\n')}\n`,
  ]
}

function rowsOf(node: SchemaNode, path: string, defaults: unknown): string[] {
  const required = new Set(node.required ?? [])
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const full = `${path}.${key}`
    const preset = member(defaults, key)
    const below = childRows(child, full, preset)
    const hasOwnRow = child.properties === undefined || child.description !== undefined
    return [...(hasOwnRow ? [rowOf(full, child, preset, required.has(key))] : []), ...below]
  })
}

/** Keys inside: of a section, of every entry of a map, and of each form a value may have. */
function childRows(child: SchemaNode, path: string, defaults: unknown): string[] {
  if (child.properties) return rowsOf(child, path, defaults)
  if (child.anyOf) return child.anyOf.flatMap(form => rowsOf(form, path, undefined))
  if (child.items?.properties) return rowsOf(child.items, `${path}[]`, undefined)
  const entries = child.additionalProperties
  return typeof entries === 'object' ? rowsOf(entries, `${path}.<name>`, undefined) : []
}

function rowOf(path: string, node: SchemaNode, preset: unknown, isRequired: boolean): string {
  const fallback = preset ?? (isSection(node) ? undefined : node.default)
  const shown = fallback === undefined ? (isRequired ? 'required' : '') : `\`${JSON.stringify(fallback)}\``
  return `| \`${path}\` | ${cell(kindOf(node))} | ${cell(shown)} | ${cell(node.description ?? '')} |`
}

function kindOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``
  if (node.enum) return node.enum.map(value => `\`${String(value)}\``).join(', ')
  if (node.anyOf)
    return node.anyOf.map(form => `\`{${Object.keys(form.properties ?? {}).join(', ')}}\``).join(' or ')
  if (node.type === 'array')
    return `list of ${node.items?.type === 'string' && !node.items.enum ? 'text' : kindOf(node.items ?? {})}`
  if (isSection(node)) return 'section'
  const names: Readonly<Record<string, string>> = {
    integer: 'whole number',
    string: 'text',
    boolean: 'true, false',
  }
  return `${names[node.type ?? ''] ?? node.type ?? ''}${rangeOf(node)}`
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  const isOpen = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
  const from = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`
  if (from === undefined || from === Number.MIN_SAFE_INTEGER) return isOpen ? '' : ` up to ${maximum}`
  return isOpen ? `, ${typeof from === 'number' ? `at least ${from}` : from}` : `, ${from} to ${maximum}`
}

function isSection(node: SchemaNode): boolean {
  return node.properties !== undefined || node.type === 'object'
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
