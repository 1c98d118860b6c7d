import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

// Lays the one file of the second shell grammar, and its terms, beside the built driver: the package it comes from
// holds twenty other languages and is needed for the build alone.

const root = join(import.meta.dirname, '..')
const from = join(root, 'node_modules/@vscode/tree-sitter-wasm')
const to = join(root, 'dist/adapters/grammar/tree-sitter')

mkdirSync(to, { recursive: true })
copyFileSync(join(from, 'wasm/tree-sitter-bash.wasm'), join(to, 'tree-sitter-bash.wasm'))
copyFileSync(join(from, 'LICENSE'), join(to, 'tree-sitter-bash.LICENSE'))
