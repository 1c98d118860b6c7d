import type { Program } from '../acts.ts'
import { plain, reader } from './text-reader.ts'

const NONE = { text: '', connected: false }

/** `less +!command` runs it. */
const pager: Program = call => {
  for (const arg of call.args) {
    const code = /^\+!(.*)$/s.exec(arg)?.[1]
    if (code === undefined) continue
    call.shell.raise('command.runs-unknown-code', call.name, code)
    call.shell.runText(code, NONE, call.state)
  }
  return counted(call)
}

const counted = reader({ valued: 'nc', valuedLong: ['lines', 'bytes'] })

/** Programs that show a text to a person, and may run another to do so. */
export const pagers: Readonly<Record<string, Program>> = {
  bat: reader({
    valued: 'lrHmp',
    valuedLong: ['language', 'line-range', 'style', 'theme', 'pager', 'color', 'paging', 'map-syntax'],
    runs: ['pager'],
    fold: text => text,
  }),
  batcat: plain,
  less: pager,
  more: counted,
  most: plain,
  zless: plain,
  glow: plain,
  highlight: plain,
  man: reader({ valued: 'PCMH', skip: 99, runs: ['P', 'H', 'pager', 'html'], valuedLong: ['pager', 'html'] }),
}
