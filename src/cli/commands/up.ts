import type { Command } from 'commander'
import { loadConfig, validateConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import type { Config } from '../../config/schema.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { asTyped } from '../command-name.ts'
import type { Deployment } from '../compose.ts'
import { startService } from '../service.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface UpOptions extends GlobalOptions {
  readonly host?: string
  readonly port?: string
  readonly adminPort?: string
  readonly upstream?: string
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('up')
    .description('run the gateway, the decision service and the admin interface')
    .option('--host <address>', 'address the gateway listens on')
    .option('--port <number>', 'port of the gateway')
    .option('--admin-port <number>', 'port of the admin interface')
    .option('--upstream <url>', 'origin of the model API')
    .addHelpText('after', '\nSIGTERM drains and stops, SIGHUP reloads the configuration.')
    .action((_options, command: Command) => up(command.optsWithGlobals<UpOptions>(), terminal))
}

async function up(options: UpOptions, terminal: Terminal): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  const paths = resolvePaths({ ...options, env: terminal.env })
  const service = await startService({
    paths,
    fileConfig: await loadConfig(paths.config, { mustExist: options.config !== undefined }),
    effective: fileConfig => applyOptions(fileConfig, options),
    env: terminal.env,
    notify: line => void terminal.stderr.write(`${line}\n`),
  })
  try {
    requireUpstreamCredential(service.deployment)
  } catch (fault) {
    await service.close()
    throw fault
  }
  process.on('SIGHUP', () => void service.reload())
  terminal.stdout.write(
    options.json
      ? `${JSON.stringify({ event: 'ready', ...service.addresses })}\n`
      : asTyped(welcome(service.addresses), terminal.env),
  )
  await stopped
  terminal.stderr.write('portcullis: draining\n')
  await service.close()
}

/** In mode `required` no client's login goes upstream, so that without our key every request would fail. */
function requireUpstreamCredential({ config, upstreamCredential }: Deployment): void {
  if (config.authentication.mode !== 'required' || upstreamCredential.current() !== null) return
  const { credential } = config.gateway.upstream
  throw new PortcullisError(
    'credentials.missing',
    'file' in credential
      ? `there is no upstream key in \`${credential.file}\``
      : `the environment holds no upstream key in \`${credential.env}\``,
    'put it there, or name its place in `gateway.upstream.credential`',
  )
}

/** Command-line options win over the file; the result passes the same checks. */
function applyOptions(config: Config, options: UpOptions): Config {
  const network = {
    ...config.network,
    ...(options.host !== undefined && { host: options.host }),
    ...(options.port !== undefined && { port: portNumber(options.port, '--port') }),
    ...(options.adminPort !== undefined && { adminPort: portNumber(options.adminPort, '--admin-port') }),
  }
  const upstream = {
    ...config.gateway.upstream,
    ...(options.upstream !== undefined && { url: options.upstream }),
  }
  return validateConfig({ ...config, network, gateway: { ...config.gateway, upstream } }, 'the command line')
}

function portNumber(text: string, option: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65535 && /^\d+$/.test(text)) return port
  throw new PortcullisError('usage', `\`${option} ${text}\` is not a port`, 'give a number from 0 to 65535')
}

function welcome({ gateway, admin, socket }: { gateway: string; admin: string; socket: string }): string {
  return `portcullis is up

  gateway           ${gateway}
  admin             ${admin}  (/metrics, /api/status)
  decision service  ${socket}

Next:
  put the hooks into Claude Code            portcullis init
  send its model traffic through the gate   export ANTHROPIC_BASE_URL=${gateway}
  prove that both doors are guarded         portcullis doctor
  watch the decisions                       portcullis audit tail --follow

Ctrl-C stops it.
`
}
