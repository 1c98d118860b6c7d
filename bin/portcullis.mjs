#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `portcullis: Node ${process.versions.node} is too old\n  run it with Node 22.18 or newer\n`,
  )
  process.exit(2)
}

if (process.argv[2] === 'exec') await import('../dist/cli/exec.cjs')
else await (await import('../dist/cli/main.js')).main()
