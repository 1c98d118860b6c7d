import type { Finding } from '../../access/finding.ts'
import { type Judgement, type SessionView, unknownSession } from '../judgement.ts'
import { addressKind, type HostKind } from './address-kind.ts'
import { isKnownPublisher } from './publishers.ts'

const METADATA_NAMES =
  /^(?:metadata|metadata\.google\.internal|metadata\.goog|instance-data(?:\.ec2\.internal)?)$/
const LOCAL_NAMES =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa|localdomain|svc|cluster\.local)$/

/** This machine as a dev server prints it; any other spelling of it hides what it is. */
const PLAINLY_LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|[\w-]+\.localhost)(?=[:/?#]|$)/i

/** Daemons and debuggers that do what a request says: Docker, the Kubernetes API and its proxy, kubelet, etcd, inspectors. */
const CONTROL_PORTS: ReadonlySet<string> = new Set(
  '2375 2376 2379 2380 4243 6443 8001 9222 9229 10250 10255'.split(' '),
)

/**
 * Judges a URL before a tool fetches it; parsed by the WHATWG rules, so every notation of an address counts. A dev server
 * on this machine is honest work, `ownPorts` and ports that control the machine are not.
 */
export function judgeUrl(
  url: string,
  ownPorts: readonly number[] = [],
  session: SessionView = unknownSession,
): Judgement {
  const parsed = parse(url)
  if (!parsed) return verdict([finding('url.is-unreadable', 'ask', 'the address cannot be parsed')])
  const findings: Finding[] = []
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    findings.push(finding('url.has-other-scheme', 'deny', `\`${parsed.protocol}\` is not a web address`))
  if (parsed.username || parsed.password)
    findings.push(
      finding('url.has-credentials', 'deny', `the address of \`${parsed.hostname}\` carries a login`),
    )
  if (isDisguised(url))
    findings.push(finding('url.is-disguised', 'ask', 'the address holds characters that hide what it is'))
  const kind = parsed.hostname ? hostKind(parsed.hostname) : 'public'
  if (kind === 'metadata')
    findings.push(
      finding('url.is-metadata-service', 'deny', `\`${parsed.hostname}\` hands out cloud credentials`),
    )
  if (kind === 'link-local' || (kind === 'local' && !PLAINLY_LOCAL.test(url)))
    findings.push(finding('url.is-private-address', 'deny', `\`${parsed.hostname}\` is not a public host`))
  if (kind === 'private')
    findings.push(finding('url.is-private-address', 'ask', `\`${parsed.hostname}\` is not a public host`))
  if (kind === 'local' && isControlPort(parsed, ownPorts))
    findings.push(
      finding('url.reaches-control-port', 'deny', `port ${parsed.port} controls this machine or its guard`),
    )
  if (session.hasReadSecret && kind === 'public' && !isKnownPublisher(parsed.hostname))
    findings.push({
      ...finding(
        'command.sends-after-secret',
        'ask',
        `\`${parsed.hostname}\` is not known, and this session has read a secret`,
      ),
      threat: 'DATA-EXF-001',
    })
  const judgement = verdict(findings, parsed.hostname)
  return kind === 'local' ? judgement : { ...judgement, aftermath: STRANGERS_TEXT }
}

/** What is fetched may hold instructions for the agent. */
const STRANGERS_TEXT = { written: new Map(), readSecret: false, readUntrusted: true } as const

function isControlPort({ port, protocol }: URL, ownPorts: readonly number[]): boolean {
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  return CONTROL_PORTS.has(String(number)) || ownPorts.includes(number)
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url)
  } catch {
    // Not `URL.canParse`: it was seen to say yes to an endless number of a host that `new URL` refuses.
    return undefined
  }
}

function isDisguised(url: string): boolean {
  return /[\s\\\u0000-\u001f\u007f\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/.test(url)
}

/** Classifies a host name or address literal as `new URL` normalises it (RFC 6890 special-purpose ranges). */
export function hostKind(hostname: string): HostKind {
  const host = normaliseHost(hostname)
  if (METADATA_NAMES.test(host)) return 'metadata'
  if (host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)) return literalKind(host)
  // Wildcard DNS names that spell an address lead to it: 127.0.0.1.nip.io.
  const embedded =
    /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})\.(?:nip\.io|sslip\.io|xip\.io)$/.exec(host)
  if (embedded) return literalKind(embedded.slice(1).map(Number).join('.'))
  if (
    host === 'localtest.me' ||
    host.endsWith('.localtest.me') ||
    host.endsWith('.lvh.me') ||
    host === 'lvh.me'
  )
    return 'local'
  if (host === 'localhost' || host.endsWith('.localhost')) return 'local'
  if (LOCAL_NAMES.test(host) || (!host.includes('.') && host !== '')) return 'private'
  return 'public'
}

/** Documents and tests fetch from reserved addresses, and nobody answers there. */
function literalKind(address: string): HostKind {
  const kind = addressKind(address)
  return kind === 'reserved' ? 'public' : kind
}

/** Host in one spelling: lower case, no trailing dot or brackets, address notations reduced to dotted or v6 form. */
function normaliseHost(hostname: string): string {
  const url = `http://${hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname}/`
  const host = parse(url)?.hostname ?? hostname.toLowerCase()
  return host.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function finding(rule: string, severity: 'ask' | 'deny', message: string): Finding {
  return { rule, threat: 'SSRF-001', grade: 'certain', severity, message }
}

function verdict(findings: Finding[], host: string | null = null): Judgement {
  const opinion = findings.some(({ severity }) => severity === 'deny')
    ? 'deny'
    : findings.length > 0
      ? 'ask'
      : 'none'
  const effect = { kind: 'connect', target: host, program: 'fetch' } as const
  return {
    opinion,
    findings,
    effects: [effect],
    acts: [{ effect, pattern: host, isRecursive: false, calls: [], findings }],
  }
}
