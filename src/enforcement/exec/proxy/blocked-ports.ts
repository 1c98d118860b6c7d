/**
 * Ports that no rule opens. What listens there runs commands, keeps files or data, sends mail, controls the machine, or takes
 * the lines of an HTTP request for commands of its own.
 */
const blocked: readonly (number | readonly [number, number])[] = [
  // small services, FTP, SSH, telnet, mail, DNS, TFTP, finger
  [1, 79],
  // POP, RPC, ident, NNTP, NTP, NetBIOS, IMAP, SNMP, BGP
  [95, 139],
  143,
  [161, 179],
  389,
  427,
  445,
  [464, 465],
  // rexec, rlogin, rsh, printers, UUCP
  [500, 587],
  601,
  [636, 640],
  873,
  [989, 995],
  // SQL Server, Oracle, PPTP, NFS
  [1433, 1434],
  1521,
  [1719, 1723],
  2049,
  // Docker, etcd
  [2375, 2380],
  // MySQL, remote desktop, Subversion
  3306,
  3389,
  3659,
  3690,
  4045,
  4190,
  4243,
  [5060, 5061],
  // PostgreSQL, AMQP, VNC, CouchDB, WinRM, X11
  5432,
  5672,
  [5900, 5910],
  5984,
  [5985, 5986],
  [6000, 6063],
  // Redis, Kubernetes, IRC
  6379,
  6443,
  6566,
  [6665, 6669],
  [6679, 6697],
  // Cassandra, inspectors, Elasticsearch
  9042,
  9222,
  9229,
  [9200, 9201],
  9300,
  10_080,
  // kubelet, memcached, MongoDB
  [10_248, 10_259],
  11_211,
  [27_017, 27_019],
]

export function isBlockedPort(port: number): boolean {
  return blocked.some(entry =>
    typeof entry === 'number' ? entry === port : entry[0] <= port && port <= entry[1],
  )
}
