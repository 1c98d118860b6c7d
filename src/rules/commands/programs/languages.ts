import type { OptionShape } from '../dispatch/options.ts'

/** How an interpreter of another language is given its code; an operand is a file of code, as is standard input. */
export interface Language extends OptionShape {
  /** Options whose value is code of this language. */
  readonly code: readonly string[]
}

const short = (code: string, valued = ''): Language => ({ valued: code + valued, code: [...code] })
const long = (...code: readonly string[]): Language => ({
  valued: 'e',
  valuedLong: code,
  code: ['e', ...code],
})
const file: Language = { code: [] }

/** Interpreters beside the best known ones. Adding a row is all a new one needs; the rows follow the manuals. */
export const languages: Readonly<Record<string, Language>> = {
  // Lisp and Scheme
  guile: short('c'),
  sbcl: { valuedLong: ['eval', 'load', 'core', 'userinit', 'sysinit'], code: ['eval'] },
  ecl: long('eval'),
  ccl: { valued: 'el', valuedLong: ['eval', 'load'], code: ['e', 'eval'] },
  abcl: { valuedLong: ['eval', 'load'], code: ['eval'] },
  clisp: short('x', 'iE'),
  gosh: short('e', 'lI'),
  csi: short('epP'),
  racket: { valued: 'eftlr', valuedLong: ['eval', 'require'], code: ['e', 'eval'] },
  'mit-scheme': { valuedLong: ['eval', 'load'], code: ['eval'] },
  newlisp: short('e'),
  janet: short('e'),
  fennel: long('eval'),
  hy: short('c'),
  clojure: { valued: 'eimr', valuedLong: ['eval', 'init', 'main'], code: ['e', 'eval'] },
  clj: { valued: 'eimr', valuedLong: ['eval', 'init', 'main'], code: ['e', 'eval'] },
  bb: { valued: 'eIOio', valuedLong: ['eval'], code: ['e', 'eval'] },
  // ML, Haskell, Erlang, Prolog
  ocaml: short('e', 'I'),
  utop: short('e'),
  ghc: short('e'),
  ghci: short('e'),
  runghc: file,
  runhaskell: file,
  swipl: { valued: 'gtfs', code: ['g', 't'] },
  erl: { code: ['eval'], valuedLong: ['eval', 'pa', 'pz', 's'], singleDashLong: true },
  escript: file,
  elixir: { valued: 'erS', valuedLong: ['eval', 'rpc-eval', 'require'], code: ['e', 'eval', 'rpc-eval'] },
  iex: { valued: 'erS', valuedLong: ['eval', 'rpc-eval', 'require'], code: ['e', 'eval', 'rpc-eval'] },
  // the JVM
  groovy: short('e'),
  scala: short('e'),
  kotlinc: { valued: 'e', valuedLong: ['e', 'expression'], singleDashLong: true, code: ['e', 'expression'] },
  kotlin: short('e'),
  jshell: file,
  jjs: file,
  jrunscript: short('e', 'fl'),
  rhino: short('e', 'f'),
  // JavaScript and its kin
  qjs: long('eval'),
  gjs: short('c', 'I'),
  d8: short('e'),
  js: short('e', 'f'),
  mujs: file,
  coffee: long('eval'),
  lsc: long('eval'),
  // Ruby, Perl and Python under other names
  irb: short('e', 'rI'),
  pry: { valued: 'erIc', valuedLong: ['exec', 'require'], code: ['e', 'exec'] },
  byebug: { valued: 'rI', code: [] },
  rdbg: { valued: 'er', code: ['e'] },
  pdb: { valued: 'cm', code: [] },
  pdb3: { valued: 'cm', code: [] },
  ipdb3: { valued: 'cm', code: [] },
  pudb: file,
  bpython: short('c'),
  ptpython: file,
  jython: short('c'),
  micropython: short('c', 'mX'),
  raku: short('e', 'IM'),
  // numbers and algebra
  R: { valued: 'efg', valuedLong: ['file'], code: ['e'] },
  Rscript: short('e'),
  littler: short('e'),
  julia: {
    valued: 'eELptJ',
    valuedLong: ['eval', 'print', 'project', 'threads', 'sysimage'],
    code: ['e', 'E', 'eval', 'print'],
  },
  octave: { valuedLong: ['eval', 'path', 'exec-path'], code: ['eval'] },
  'octave-cli': { valuedLong: ['eval', 'path', 'exec-path'], code: ['eval'] },
  matlab: { valuedLong: ['r', 'batch', 'sd', 'logfile'], singleDashLong: true, code: ['r', 'batch'] },
  scilab: { valuedLong: ['e', 'f'], singleDashLong: true, code: ['e'] },
  maxima: {
    valued: 'br',
    valuedLong: ['batch-string', 'run-string', 'batch'],
    code: ['batch-string', 'run-string', 'r'],
  },
  sage: short('c'),
  wolframscript: { valued: 'cf', valuedLong: ['code', 'file'], singleDashLong: true, code: ['code', 'c'] },
  gforth: long('evaluate'),
  // Tcl
  tclsh: file,
  wish: file,
  expect: short('c', 'f'),
  // others
  swift: short('e'),
  pike: short('e'),
  sqlmap: { valued: 'ur', valuedLong: ['eval', 'url', 'data'], code: ['eval'] },
  cpan: short('e'),
}
