import { z } from 'zod'
import { configSchema } from './schema.ts'

/** A node of the exported JSON Schema, as far as this project reads it. */
export interface SchemaNode {
  readonly description?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
}

/** The configuration file's JSON Schema (draft 2020-12), for editors and for other tools. */
export function configJsonSchema(): SchemaNode {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' })
  return { ...schema, title: 'portcullis.yaml' } as SchemaNode
}

let kept: SchemaNode | undefined

/** The keys a map at this path of the configuration may have; empty where any name is welcome. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  kept ??= configJsonSchema()
  return keysAt(kept, path)
}

/** The same for a schema of another file. */
export function keysOf(schema: z.ZodType): (path: readonly PropertyKey[]) => readonly string[] {
  const root = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode
  return path => keysAt(root, path)
}

function keysAt(root: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  return [...new Set(nodesAt(root, path).flatMap(node => Object.keys(node.properties ?? {})))]
}

function nodesAt(root: SchemaNode, path: readonly PropertyKey[]): readonly SchemaNode[] {
  let nodes = alternatives(root)
  for (const step of path) nodes = nodes.flatMap(node => childrenOf(node, step)).flatMap(alternatives)
  return nodes
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ? node.anyOf.flatMap(alternatives) : [node]
}

function childrenOf(node: SchemaNode, step: PropertyKey): readonly SchemaNode[] {
  if (typeof step === 'number') return node.items ? [node.items] : []
  const named = node.properties?.[String(step)]
  if (named) return [named]
  return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : []
}
