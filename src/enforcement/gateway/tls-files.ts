import { readFileSync, statSync } from 'node:fs'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

/** Reads the certificate and its key. Throws `file.insecure` when others can read the key. */
export function readTlsFiles({ certFile, keyFile }: { certFile: string; keyFile: string }) {
  const key = readOrThrow(keyFile)
  if (process.geteuid && (statSync(keyFile).mode & 0o077) !== 0) {
    throw new PortcullisError(
      'file.insecure',
      `the TLS key \`${keyFile}\` is open to others`,
      `run \`chmod 600 '${keyFile}'\`, and replace the key if others could have read it`,
    )
  }
  return { cert: readOrThrow(certFile), key, minVersion: 'TLSv1.2' as const }
}

function readOrThrow(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new PortcullisError(
      'file.unreadable',
      `\`${path}\` cannot be read: ${systemCode(error) ?? 'unknown fault'}`,
      'check the path in `network.tls` and the owner of the file',
      error,
    )
  }
}
