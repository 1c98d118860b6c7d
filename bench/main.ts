import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { benchGateway } from './gateway.ts'

// Runs every bench in turn; each prints its own table.
const memory = (totalmem() / 2 ** 30).toFixed(0)
console.log(`${new Date().toISOString()}  ${cpus().length} × ${cpus()[0]?.model.trim()}, ${memory} GB`)
console.log(`Linux ${release()}, Node ${process.version}\n`)
await benchGateway()
for (const name of [
  'journal',
  'secrets',
  'conversation',
  'commands',
  'accuracy',
  'hooks',
  'authorization',
  'sandbox',
]) {
  console.log('')
  execFileSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' })
}
console.log('\nlayers (portcullis bench)')
execFileSync(process.execPath, [join(import.meta.dirname, '..', 'src/cli/main.ts'), 'bench'], {
  stdio: 'inherit',
})
