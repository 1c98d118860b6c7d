import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import {
  consistencyPath,
  emptyRoot,
  frontierAt,
  growTree,
  inclusionPath,
  leafHash,
  nodeCount,
  nodeHash,
  nodePosition,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

/** Inputs and tree heads of the reference implementation of RFC 6962. */
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

function grow(leaves: readonly Buffer[]) {
  const tree = growTree()
  const nodes = leaves.flatMap(leaf => tree.push(leaf))
  return { tree, nodes, read: (level: number, index: number) => nodes[nodePosition(level, index)]! }
}

/** The definition of RFC 6962 §2.1, word for word, without any cleverness. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return emptyRoot()
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)))
}

function makeLeaves(count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)))
}

describe('the known vectors of RFC 6962', () => {
  it('gives the tree heads', () => {
    const leaves = INPUTS.map(input => leafHash(Buffer.from(input, 'hex')))
    const heads = ROOTS.map((_, size) => grow(leaves.slice(0, size)).tree.root().toString('hex'))
    expect(heads).toEqual(ROOTS)
  })

  it('gives the audit path of the first of eight leaves', () => {
    const leaves = INPUTS.map(input => leafHash(Buffer.from(input, 'hex')))
    const path = inclusionPath(0, 8, grow(leaves).read).map(hash => hash.toString('hex'))
    expect(path).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ])
  })
})

describe('the growing tree', () => {
  property.prop([fc.integer({ min: 0, max: 300 })])('has the root of a naive tree', size => {
    const leaves = makeLeaves(size)
    const { tree, nodes, read } = grow(leaves)
    expect(tree.root()).toEqual(naiveRoot(leaves))
    expect(nodes.length).toBe(nodeCount(size))
    for (const earlier of [0, 1, size >> 1, size]) {
      if (earlier > size) continue
      expect(rootOf(frontierAt(earlier, read))).toEqual(naiveRoot(leaves.slice(0, earlier)))
    }
  })

  property.prop([fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 })])(
    'goes on from a frontier as if it had never stopped',
    (first, more) => {
      const leaves = makeLeaves(first + more)
      const resumed = growTree(frontierAt(first, grow(leaves.slice(0, first)).read))
      for (const leaf of leaves.slice(first)) resumed.push(leaf)
      expect(resumed.root()).toEqual(naiveRoot(leaves))
    },
  )
})

describe('proofs', () => {
  property.prop([fc.integer({ min: 1, max: 260 }), fc.nat(), fc.nat()])(
    'of inclusion hold for their leaf and for no other, nor with a changed hash',
    (size, pick, flip) => {
      const leaves = makeLeaves(size)
      const { tree, read } = grow(leaves)
      const index = pick % size
      const path = inclusionPath(index, size, read)
      const holds = (at: number, of: number, leaf: Buffer, hashes: Buffer[]) =>
        verifyInclusion(at, of, leaf, hashes, tree.root())
      expect(holds(index, size, leaves[index]!, path)).toBe(true)
      expect(holds(index, size, leafHash(Buffer.from('other')), path)).toBe(false)
      if (size > 1) {
        expect(holds((index + 1) % size, size, leaves[index]!, path)).toBe(false)
        const changed = path.map(hash => Buffer.from(hash))
        changed[flip % path.length]![flip % 32]! ^= 1
        expect(holds(index, size, leaves[index]!, changed)).toBe(false)
        expect(holds(index, size, leaves[index]!, path.slice(1))).toBe(false)
      }
      expect(holds(index, size, leaves[index]!, [...path, leaves[0]!])).toBe(false)
    },
  )

  property.prop([fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 100 }), fc.nat()])(
    'of consistency hold between prefixes and not after a rewrite',
    (first, more, pick) => {
      const second = first + more
      const leaves = makeLeaves(second)
      const { tree, read } = grow(leaves)
      const older = naiveRoot(leaves.slice(0, first))
      const path = consistencyPath(first, second, read)
      expect(verifyConsistency(first, second, older, tree.root(), path)).toBe(true)
      if (first === 0) return
      const rewritten = leaves.with(pick % first, leafHash(Buffer.from('rewritten')))
      const other = grow(rewritten)
      const otherPath = consistencyPath(first, second, other.read)
      expect(verifyConsistency(first, second, older, other.tree.root(), otherPath)).toBe(false)
      expect(verifyConsistency(first, second, older, tree.root(), path.slice(1))).toBe(false)
    },
  )

  it('of sizes that make no sense are refused', () => {
    expect(verifyInclusion(3, 3, emptyRoot(), [], emptyRoot())).toBe(false)
    expect(verifyInclusion(-1, 3, emptyRoot(), [], emptyRoot())).toBe(false)
    expect(verifyConsistency(4, 3, emptyRoot(), emptyRoot(), [])).toBe(false)
    expect(verifyConsistency(0, 3, leafHash(Buffer.from('x')), emptyRoot(), [])).toBe(false)
  })
})
