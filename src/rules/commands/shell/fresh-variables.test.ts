import { describe, expect, it } from 'vitest'
import { freshVariables } from './fresh-variables.ts'

describe('variables that only hold a fresh temporary folder', () => {
  it.each([
    `trap 'rm -rf "$tmp"' EXIT\ntmp=$(mktemp -d)`,
    `cleanup() { rm -rf "$tmp"; }\ntrap cleanup EXIT\ntmp="$(mktemp -d)"\nls "$tmp"`,
  ])('are found: %s', text => {
    expect([...freshVariables(text)]).toEqual(['tmp'])
  })

  it.each([
    `tmp=$(mktemp -d); rm -rf "$tmp"`,
    `trap 'rm -rf "$tmp"' EXIT; tmp=$(mktemp -d); tmp=~`,
    `trap 'rm -rf "$tmp"' EXIT; tmp=$(mktemp -d); read tmp`,
    `trap 'rm -rf "$tmp"' EXIT; tmp=$(mktemp -d)/../..`,
    `trap 'rm -rf "$tmp"' EXIT; tmp=$(mktemp -d -p ~)`,
    `trap 'rm -rf "$tmp"' EXIT; tmp=$(mktemp -d); eval "$line"`,
  ])('are not assumed: %s', text => {
    expect([...freshVariables(text)]).toEqual([])
  })
})
