#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `portcullis: Node ${process.versions.node} is too old\n  run it with Node 22.18 or newer\n`,
  )
  process.exit(2)
}

const { main } = await import('../dist/cli/main.js')
await main()
