import type { Call } from '../acts.ts'
import { shells, wrappers } from './wrappers.ts'

/**
 * Programs whose work is data: they start another one only where an option, a setting or a line of a prompt hands it to
 * them, so that a shell or a stranger's program behind them is there to hide.
 */
const WORKS_ON_DATA =
  /^(?:[gmn]?awk|g?sed|[gb]?tar|bsdtar|cpio|zip|unzip|7za?|rar|g?sort|split|csplit|rg|ugrep|ag|ack|[efz]?grep|tcpdump|dumpcap|tshark|man|apropos|less|more|most|view|[gr]?vim?|nvim|ex|ed|red|emacs|nano|pico|joe|rsync|scp|sftp|ssh|ssh-keygen|ssh-add|wget2?|curl|ftp|lftp|telnet|mail|mailx|mutt|nmap|apt|apt-get|aptitude|dpkg|dnf|yum|rpm|zypper|apk|pacman|snap|psql|mysql|mariadb|sqlite3|mongo|redis-cli|openssl|dc|bc|gnuplot|m4|cowsay|exiftool|file|date|xxd|pandoc|pdflatex|latex|tex|groff|certbot|logrotate|nginx|apache2|httpd|dig|column|xz|gzip|zstd|crash|journalctl|systemctl|hping3|mtr|top|ncdu|mount|find|gfind)$/

/** What runs others as its open purpose; it is looked through. */
const isOpen = (name: string) => shells.test(name) || Object.hasOwn(wrappers, name)

/** The program of data that has started the present one, through shells and wrappers. */
function hiddenBehind({ shell }: Call): string | undefined {
  const starter = shell.starters().findLast(name => !isOpen(name))
  return starter !== undefined && WORKS_ON_DATA.test(starter) ? starter : undefined
}

/** `find -exec` names its program openly. */
const NAMES_OPENLY = /^g?find$/

/** Raises a program of a temporary folder that another program is made to start, of which nothing is known. */
export function judgeHiddenProgram(call: Call, path: string): void {
  const starter = hiddenBehind(call)
  if (starter !== undefined && !NAMES_OPENLY.test(starter))
    call.shell.raise('command.runs-program-in-disguise', starter, path, 'deny')
}

const RAISES = (name: string) =>
  Object.hasOwn(wrappers, name) && wrappers[name]!.rule === 'command.raises-privilege'

/** Raises a shell without work of its own that comes out of another program; with more rights it is theirs. */
export function judgeHiddenShell(call: Call): void {
  const starter = hiddenBehind(call)
  if (starter === undefined) return
  if (call.shell.starters().some(RAISES)) call.shell.raise('command.grants-privilege', starter, call.name)
  else if (!NAMES_OPENLY.test(starter))
    call.shell.raise('command.runs-program-in-disguise', starter, call.name, 'deny')
}
