import { isPattern, marksOf, UNKNOWN } from '../../paths/pattern.ts'
import type { Program } from '../acts.ts'
import { hasOption, readOptions } from '../dispatch/options.ts'
import { decodeBase32, decodeBase64, decodeHex, translate } from '../shell/decode.ts'
import { plain, reader, same } from './text-reader.ts'

const decoder =
  (decode: (text: string) => string | undefined, flags: readonly string[]): Program =>
  call => {
    const read = readOptions(call.args, { valued: 'wbiocls' })
    const isDecoding = hasOption(read, ...flags)
    return reader({
      valued: 'wbiocls',
      writes: ['o'],
      reads: ['i'],
      fold: text => (isDecoding ? decode(text) : undefined),
    })(call)
  }

const xxd: Program = call => {
  const reverses = call.args.some(arg => /^-\w*r/.test(arg))
  return reader({
    valued: 'clgso',
    fold: text =>
      reverses ? decodeHex(text.replace(/^[0-9a-f]+:\s*((?:[0-9a-f]{2,4} ?)+) .*$/gim, '$1')) : undefined,
  })(call)
}

const tr: Program = ({ args, stdin }) => {
  const read = readOptions(args)
  if (isPattern(stdin.text) || hasOption(read, 'c', 'C', 's', 't'))
    return UNKNOWN + marksOf(stdin.text).replace(UNKNOWN, '')
  const [from = '', to] = read.operands
  return translate(stdin.text, from, hasOption(read, 'd', 'delete') ? undefined : (to ?? ''))
}

/** Programs that encode, decode, translate or pack a text. */
export const encodings: Readonly<Record<string, Program>> = {
  od: reader({ valued: 'AjNStw' }),
  hexdump: reader({ valued: 'efns' }),
  hd: plain,
  xxd,
  base64: decoder(decodeBase64, ['d', 'D', 'decode', 'i']),
  gbase64: decoder(decodeBase64, ['d', 'D', 'decode']),
  base32: decoder(decodeBase32, ['d', 'D', 'decode']),
  basenc: decoder(decodeBase64, ['d', 'decode']),
  uudecode: reader({ valued: 'o', writes: ['o'] }),
  uuencode: plain,
  // Letters stay letters in whatever encoding.
  iconv: reader({ valued: 'fto', writes: ['o'], fold: text => text }),
  tr,
  rot13: reader({ fold: text => translate(text, 'A-Za-z', 'N-ZA-Mn-za-m') }),
  caesar: reader({ fold: text => translate(text, 'A-Za-z', 'N-ZA-Mn-za-m') }),
  zcat: same,
  gzcat: same,
  bzcat: same,
  xzcat: same,
  zstdcat: same,
  // Packed text is unpacked again before anybody runs it: it stays readable here.
  gzip: same,
  gunzip: same,
  bzip2: same,
  bunzip2: same,
  xz: reader({ valued: 'T', fold: text => text }),
  unxz: same,
  zstd: same,
  unzstd: same,
  lz4: same,
}
