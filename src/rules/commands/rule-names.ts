import type { Severity } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'

interface CommandRule {
  readonly threat: ThreatId
  readonly severity: Exclude<Severity, 'note'>
  /** Follows the program's name in the message. */
  readonly does: string
}

const deny = (threat: ThreatId, does: string): CommandRule => ({ threat, severity: 'deny', does })
const ask = (threat: ThreatId, does: string): CommandRule => ({ threat, severity: 'ask', does })

/** Every question the command rules answer with yes; severity is the default, a table may raise or lower it. */
export const commandRules = {
  'command.deletes-protected-folder': deny('DATA-DES-001', 'would delete'),
  'command.deletes-outside-project': ask('DATA-DES-001', 'would delete outside the project:'),
  'command.deletes-credential': ask('DATA-DES-001', 'would delete the credential'),
  'command.deletes-unknown-target': ask(
    'DATA-DES-001',
    'would delete something that cannot be told before it runs:',
  ),
  'command.deletes-repository-history': deny('DATA-DES-001', 'would delete the history of the repository'),
  'command.rewrites-git-history': ask('DATA-DES-001', 'would discard work or history in git:'),
  'command.overwrites-device': deny('DATA-DES-001', 'would overwrite the device'),
  'command.destroys-disk': deny('DATA-DES-001', 'would destroy a disk or file system:'),
  'command.destroys-data': ask('DATA-DES-001', 'would destroy data:'),
  'command.destroys-service': ask('DATA-DES-001', 'would remove running infrastructure:'),
  'command.reads-credential': deny('CRED-ACC-001', 'would read the credential'),
  'command.prints-credential': ask('CRED-ACC-001', 'would print a credential:'),
  'command.dumps-process-memory': deny('CRED-ACC-001', 'would read the memory of a process:'),
  'command.sends-secret': deny('DATA-EXF-001', 'would send a secret to'),
  'command.sends-file': ask('DATA-EXF-001', 'would send local data to'),
  'command.sends-unknown-data': ask('DATA-EXF-001', 'would send text that cannot be told before it runs to'),
  'command.sends-after-secret': ask(
    'DATA-EXF-001',
    'could send to a host that is not known, after this session has read a secret:',
  ),
  'command.connects-to-metadata-service': deny(
    'SSRF-001',
    'would ask a cloud metadata service for credentials:',
  ),
  'command.opens-reverse-shell': deny('CMD-INJ-001', 'would hand a shell to the network:'),
  'command.opens-listener': ask('CMD-INJ-001', 'would open this machine to the network:'),
  'command.runs-remote-code': deny('SUP-CHN-001', 'would run code straight from the network:'),
  'command.runs-remote-installer': ask('SUP-CHN-001', 'would run an installer straight from the network:'),
  'command.runs-unknown-code': ask('CMD-INJ-001', 'would run code that cannot be told before it runs:'),
  'command.runs-unknown-program': ask('CMD-INJ-001', 'cannot be told before it runs:'),
  'command.runs-program-in-disguise': ask('CMD-INJ-001', 'wraps another program in a way that is not known:'),
  'command.runs-code-of-other-folder': ask('CMD-INJ-001', 'would run code from outside the project:'),
  'command.runs-on-other-machine': ask('CMD-INJ-001', 'would run on another machine:'),
  'command.poisons-environment': ask('CMD-INJ-001', 'would change how later programs run:'),
  'command.installs-persistence': deny('PER-MOD-001', 'would make something run without being asked:'),
  'command.changes-shell-profile': deny('PER-MOD-001', 'would change what every new shell runs:'),
  'command.raises-privilege': ask('PRIV-ESC-001', 'would act with more rights:'),
  'command.grants-privilege': deny('PRIV-ESC-001', 'would give away or raise rights:'),
  'command.opens-permissions': ask('PRIV-ESC-001', 'would open permissions of'),
  'command.escapes-container': deny('PRIV-ESC-001', 'would break out of a container or into the host:'),
  'command.changes-agent-settings': deny('GRD-TMP-001', 'would change what agents may do:'),
  'command.changes-agent-memory': ask('MEM-POI-001', 'would change what agents read as instructions:'),
  'command.touches-portcullis': deny('GRD-TMP-001', 'would touch what belongs to Portcullis:'),
  'command.disables-guard': deny('GRD-TMP-001', 'would switch a guard off:'),
  'command.disables-defence': deny('GRD-TMP-001', 'would switch a defence of this machine off:'),
  'command.erases-record': deny('AUD-TMP-001', 'would erase a record of what happened:'),
  'command.touches-protected-path': deny('PATH-TRV-001', 'would touch the protected path'),
  'command.writes-to-system': deny('PATH-TRV-001', 'would write to the operating system:'),
  'command.writes-outside-project': ask('PATH-TRV-001', 'would write outside the project:'),
  'command.writes-credential': ask('DATA-DES-001', 'would write the credential'),
  'command.writes-unknown-target': ask(
    'PATH-TRV-001',
    'would write somewhere that cannot be told before it runs:',
  ),
  'command.writes-git-internals': ask('DATA-DES-001', 'would write into git’s own files:'),
  'command.exhausts-machine': deny('DOS-001', 'would exhaust the machine:'),
  'command.stops-machine': deny('DOS-001', 'would stop the machine or its core:'),
  'command.stops-process': ask('DOS-001', 'would stop processes of others:'),
  'command.installs-package': ask('SUP-CHN-001', 'would install software from an unusual place:'),
  'command.changes-system': ask('PRIV-ESC-001', 'would change the machine:'),
  'command.is-unreadable': ask('CMD-INJ-001', 'is not well-formed shell:'),
  'command.grammars-disagree': ask('CMD-INJ-001', 'is read by two grammars as different programs:'),
  'command.holds-invisible-characters': ask('CMD-INJ-001', 'holds characters that hide what it does:'),
  'command.is-too-large': ask('DOS-001', 'is too large to be read to its end:'),
} as const satisfies Record<string, CommandRule>

export type RuleName = keyof typeof commandRules
