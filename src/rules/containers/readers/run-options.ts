/** Options of `docker run`, `docker create` and their kin that stand alone or take `=true`. */
export const switches: ReadonlySet<string> = new Set(
  `privileged read-only rm detach init interactive tty publish-all oom-kill-disable no-healthcheck
  disable-content-trust sig-proxy quiet help use-api-socket replace no-hosts no-hostname read-only-tmpfs rmi env-host http-proxy
  tls-verify passwd rootfs`.split(/\s+/),
)

/** Options that take a value. */
export const valued: ReadonlySet<string> = new Set(
  `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count
  cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach-keys device
  device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops dns dns-opt dns-option dns-search
  domainname entrypoint env env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval
  health-start-period health-timeout hostname io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label label-file
  link link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap memory-swappiness mount name net
  net-alias network network-alias oom-score-adj pid pids-limit platform publish pull restart runtime security-opt shm-size
  stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user userns uts volume volume-driver volumes-from workdir
  arch authfile cert-dir cgroup-conf cgroups chrootdirs conmon-pidfile creds decryption-key gidmap uidmap subuidname subgidname
  group-entry passwd-entry health-log-destination health-max-log-count health-on-failure health-startup-cmd hostuser
  image-volume init-path init-ctr os override-arch override-os personality pidfile pod pod-id-file preserve-fds preserve-fd
  requires retry retry-delay rdt-class sdnotify seccomp-policy secret shm-size-systemd systemd timeout tz umask unsetenv
  variant secret-env gpu cgroup-manager`.split(/\s+/),
)

/** A letter and the option it stands for. */
export const letters: Readonly<Record<string, string>> = {
  a: 'attach',
  c: 'cpu-shares',
  d: 'detach',
  e: 'env',
  h: 'hostname',
  i: 'interactive',
  l: 'label',
  m: 'memory',
  p: 'publish',
  P: 'publish-all',
  q: 'quiet',
  t: 'tty',
  u: 'user',
  v: 'volume',
  w: 'workdir',
}

/** Options of the program itself, before its verb, that take a value. */
export const outerValued =
  /^(?:--(?:config|context|host|log-level|tlscacert|tlscert|tlskey|url|connection|root|runroot|storage-driver|storage-opt|identity|namespace|address|data-root|cni-path|snapshotter|cgroup-manager|runtime|network-cmd-path|tmpdir|conmon)|-[cHln]|-a)$/
