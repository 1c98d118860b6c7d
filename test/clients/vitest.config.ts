import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: join(import.meta.dirname, '..', '..'),
  test: {
    include: ['test/clients/**/*.test.ts'],
    // Each run of a client takes a core and some hundred megabytes.
    fileParallelism: false,
    testTimeout: 150_000,
    hookTimeout: 400_000,
    reporters: ['default', ['./test/plain-reporter.ts', { name: 'clients' }]],
  },
})
