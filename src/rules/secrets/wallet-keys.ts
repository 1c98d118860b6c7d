import { report, type Scan } from './scan.ts'
import { isBase58Check, isStellarSeed } from './wallet-checksums.ts'

/** Keys without a mark but their first letter: their checksum tells, and what fails it is not reported. */
export function inspectWalletKey(scan: Scan, start: number, end: number): void {
  const length = end - start
  const first = scan.text[start]!
  // Bitcoin's wallet import format, main and test network, and its encrypted form (BIP 38)
  const isBitcoin =
    (length === 51 && '59'.includes(first)) ||
    (length === 52 && 'KLc'.includes(first)) ||
    (length === 58 && scan.text.startsWith('6P', start))
  if (!isBitcoin && !(length === 56 && first === 'S')) return
  const key = scan.text.slice(start, end)
  if (isBitcoin && isBase58Check(key)) report(scan, 'bitcoin-private-key', 'certain', start, end)
  if (!isBitcoin && isStellarSeed(key)) report(scan, 'stellar-secret-seed', 'certain', start, end)
}
