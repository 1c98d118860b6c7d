/** Statements that drop or empty. */
export const DESTROYS =
  /\b(?:drop\s+(?:database|schema|keyspace|tablespace|table|materialized\s+view|columnfamily|stream|warehouse|sequence|trigger|function|procedure|publication|subscription|extension|user|role|view|index|owned|collection)|truncate(?:\s+table)?\s+\w|delete\s+from\s+[\w."`]+\s*(?:;|$|["'])|alter\s+table\s+\S+\s+drop|update\s+[\w."`]+\s+set\s+(?:(?!where).)*$)/is

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"/g
/** Comments and escapes differ between dialects, and a statement may be made of a text. */
const AMBIGUOUS = /--|#|\/\*|\\|\$\w*\$|\b(?:prepare|execute|exec|do|immediate)\b/i

/** SQL without what its string literals say; where dialects read the quotes differently, all of it. */
export function withoutTexts(sql: string): string {
  return AMBIGUOUS.test(sql) ? sql : sql.replace(TOKEN, text => (text.startsWith("'") ? "''" : text))
}
