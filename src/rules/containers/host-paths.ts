import { homeCredentials } from '../paths/delicate.ts'
import { isUnknownText } from './spec.ts'

export type HostPlace =
  | 'engine'
  | 'whole'
  | 'system'
  | 'credentials'
  | 'agent'
  | 'device'
  | 'unknown'
  | 'other'

/** One spelling of a path: slashes once, dots resolved, drive letters and shell words for the home made alike. */
export function plainPath(written: string): string {
  const path = written
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\$\{?HOME\}?(?=\/|$)/, '~')
    .replace(/^\$\{?SSH_AUTH_SOCK\}?$/, '/ssh-agent/ssh-auth.sock')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !path.startsWith('/')) parts.push(part)
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}` || '.'
}

const ENGINE_SOCKET =
  /(?:^|\/)(?:docker|docker\.raw|containerd|podman|crio|cri-dockerd|dockershim|buildkitd|frakti|stargz)\.sock$|(?:^|\/)(?:lxd|incus)\/unix\.socket$|^\/?\/?\.?\/?pipe\/(?:docker_engine|podman)/i
/** Folders that hold such a socket. */
const ENGINE_FOLDER =
  /^(?:\/var)?\/run(?:\/(?:docker|containerd|podman|crio|buildkit|k3s(?:\/containerd)?|user(?:\/\d+(?:\/podman)?)?))?$|^(?:~|\/home\/[^/]+|\/root)\/\.docker\/(?:run|desktop)$/

const SYSTEM =
  /^(?:\/host)?\/(?:etc|proc|sys|boot|root|home|usr|lib|lib32|lib64|bin|sbin|var|opt|run|dev|mnt|media)$|^\/(?:etc|proc|sys|boot|root|lib|lib64|bin|sbin|usr\/(?:s?bin|lib|local))(?:\/|$)|^\/var\/(?:lib|run|log|spool)$|^\/var\/(?:lib\/(?:docker|containerd|containers|kubelet|etcd|rancher|systemd|dpkg)|spool\/cron|log\/pods|run\/secrets)(?:\/|$)|^[a-z]:\/?(?:windows|users|program files)?(?:\/|$)|^\/(?:Users|private|System|Library)$|^(?:~|\/home\/[^/]+|\/Users\/[^/]+)$/i
/** What every program may read and many images want from the machine. */
const HARMLESS =
  /^\/etc\/(?:localtime|timezone|hosts|hostname|resolv\.conf|machine-id|os-release|ssl\/certs(?:\/.*)?|ca-certificates(?:\/.*)?|pki\/(?:ca-trust|tls\/certs)(?:\/.*)?)$|^\/usr\/share\/(?:zoneinfo|ca-certificates|fonts)(?:\/.*)?$|^\/(?:lib\/modules|sys\/fs\/cgroup)$/
const SYSTEM_SECRETS =
  /^\/etc\/(?:shadow|gshadow|sudoers|ssh|ssl\/private|kubernetes|docker|rancher|pki\/.*private)(?:\/|$|-)|^\/var\/run\/secrets|^\/root\/\./
const AGENT = /(?:ssh-auth\.sock|ssh-agent(?:\.\w+)?|S\.gpg-agent[\w.]*|agent\.\d+|keyring\/ssh)$/

/** The credentials of people, wherever their homes lie. */
function isCredential(path: string): boolean {
  const rest =
    /^(?:~|\/home\/[^/]+|\/root|\/Users\/[^/]+|[a-z]:\/users\/[^/]+)\/(.+)$/i.exec(path)?.[1] ?? path
  const name = `${rest.toLowerCase()}/`
  const isHome = rest !== path
  return homeCredentials.some(entry => {
    const wanted = entry.endsWith('/') ? entry : `${entry}/`
    // elsewhere a name counts only where it is told by its dot
    return isHome
      ? name.startsWith(wanted) || wanted.startsWith(name)
      : wanted.startsWith('.') && (name.startsWith(wanted) || name.includes(`/${wanted}`))
  })
}

const known = new Map<string, HostPlace>()
const MOST_KNOWN = 4_000

/** What lies at a path of the machine. Remembered: services that extend one share their mounts. */
export function hostPlaceOf(written: string): HostPlace {
  const before = known.get(written)
  if (before !== undefined) return before
  if (known.size >= MOST_KNOWN) known.clear()
  const place = judgePlace(written)
  known.set(written, place)
  return place
}

function judgePlace(written: string): HostPlace {
  const path = plainPath(written)
  if (ENGINE_SOCKET.test(path) || ENGINE_FOLDER.test(path)) return 'engine'
  if (isUnknownText(path)) return 'unknown'
  if (path === '/' || /^[a-z]:\/?$/i.test(path) || path === '/host') return 'whole'
  if (AGENT.test(path)) return 'agent'
  if (path.startsWith('/dev/') && !/^\/dev\/(?:shm|null|zero|urandom|random)(?:\/|$)/.test(path))
    return 'device'
  if (SYSTEM_SECRETS.test(path) || isCredential(path)) return 'credentials'
  if (HARMLESS.test(path)) return 'other'
  return SYSTEM.test(path) ? 'system' : 'other'
}

/** Files and folders of which nobody means to make a part of an image. */
export function isSecretFile(written: string): boolean {
  const path = plainPath(written)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (
    /\.(?:pub|example|sample|template|dist|crt|cer)$|\.env\.(?:example|sample|template|dist|defaults?|test)$/i.test(
      name,
    )
  )
    return false
  return (
    /^\.env(?:\.[\w-]+)?$|^(?:id_(?:rsa|dsa|ecdsa|ed25519)|credentials(?:\.json)?|\.netrc|\.pgpass|\.git-credentials|\.htpasswd|kubeconfig|service-account(?:-key)?\.json|secrets?\.(?:ya?ml|json|env|txt))$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx|tfstate)$/i.test(
      name,
    ) || isCredential(path)
  )
}
