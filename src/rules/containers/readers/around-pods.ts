import type { Reading } from '../reading.ts'
import { newSpec } from '../spec.ts'
import { child, items, leaf, type Tree } from '../yaml-tree.ts'

/** Whatever pod claims it sees the node's files. */
export function readVolume(tree: Tree, reading: Reading): void {
  const path = leaf(tree, 'spec', 'hostPath', 'path')
  if (!path) return
  const { text: source, place } = path
  const spec = newSpec('kubernetes', `volume \`${leaf(tree, 'metadata', 'name')?.text ?? '?'}\``, place)
  spec.isAround = true
  spec.mounts.push({
    kind: 'bind',
    source,
    target: '',
    isReadOnly: false,
    isShared: false,
    options: undefined,
    place,
  })
  reading.specs.push(spec)
}

/** A service that opens a port on every node, or brings ssh in. */
export function readService(tree: Tree, reading: Reading): void {
  const kind = leaf(tree, 'spec', 'type')
  const ports = items(child(tree, 'spec', 'ports'))
  if (ports.length === 0) return
  const name = leaf(tree, 'metadata', 'name')
  const spec = newSpec('kubernetes', `service \`${name?.text ?? '?'}\``, name?.place ?? tree.place)
  for (const port of ports) {
    const inside = leaf(port, 'targetPort') ?? leaf(port, 'port')
    const isOpen = kind?.text === 'NodePort'
    const outside = leaf(port, 'port')
    for (const found of new Set([inside, outside]))
      if (found)
        spec.ports.push({
          address: '',
          inside: found.text,
          outside: found.text,
          isInside: !isOpen,
          place: isOpen && kind ? kind.place : found.place,
        })
  }
  spec.isAround = true
  reading.specs.push(spec)
}
