import { type Program, states } from '../acts.ts'
import { hasOption, readOptions } from '../dispatch/options.ts'

const dd: Program = call => {
  const { shell, state } = call
  for (const arg of call.args) {
    if (arg.startsWith('if=')) shell.read(arg.slice(3), call.name, state)
    if (arg.startsWith('of=')) shell.write(arg.slice(3), call.name, state)
  }
  return undefined
}

/** Making a file system in a plain file of the project is ordinary work; anywhere else a disk is lost. */
const format: Program = call => {
  const targets = readOptions(call.args, { valued: 'tLNbmUEOTiIgGd' }).operands
  for (const target of targets.length > 0 ? targets : ['a disk']) {
    const kind = call.shell.paths.classify(call.shell.path(target, call.state))
    if (kind === 'project' || kind === 'temp') call.shell.write(target, call.name, call.state)
    else call.shell.raise('command.destroys-disk', call.name, target)
  }
  return undefined
}

const partition: Program = call => {
  const read = readOptions(call.args)
  const lists =
    hasOption(read, 'l', 'list', 'p', 'print', 'version', 'help', 'v') || call.args.includes('print')
  if (!lists && read.operands.some(target => target.startsWith('/dev/')))
    call.shell.raise('command.destroys-disk', call.name, read.operands[0] ?? null)
  return undefined
}

const verbs =
  (pattern: RegExp): Program =>
  call => {
    if (pattern.test(call.args.join(' ')))
      call.shell.raise('command.destroys-disk', call.name, call.args.join(' '))
    return undefined
  }

/** `mount`, `mount -l`, `mount -t ext4`: what is mounted. */
function isListing(args: readonly string[]): boolean {
  return /^(?:-[lvVh]+ ?|--(?:show-labels|verbose|version|help) ?|-t \w+(?:,\w+)* ?)*$/.test(args.join(' '))
}

const swap = states(call => call.shell.raise('command.changes-system', call.name, call.args[0] ?? null))

/** Programs that make, change or erase disks. */
export const disks: Readonly<Record<string, Program>> = {
  dd,
  dcfldd: dd,
  mkswap: format,
  wipefs: partition,
  blkdiscard: format,
  badblocks: format,
  mke2fs: format,
  mkdosfs: format,
  mkntfs: format,
  ...Object.fromEntries(
    [
      '',
      '.ext2',
      '.ext3',
      '.ext4',
      '.xfs',
      '.btrfs',
      '.vfat',
      '.fat',
      '.ntfs',
      '.f2fs',
      '.exfat',
      '.minix',
      '.cramfs',
      '.msdos',
      '.bfs',
      '.jfs',
      '.reiserfs',
      '.zfs',
    ].map(kind => [`mkfs${kind}`, format]),
  ),
  fdisk: partition,
  sfdisk: partition,
  cfdisk: partition,
  gdisk: partition,
  sgdisk: partition,
  parted: partition,
  newfs: format,
  diskutil: verbs(
    /\b(?:erase\w*|zeroDisk|secureErase|reformat|partitionDisk|deleteVolume|deleteContainer|apfs delete\w*)\b/i,
  ),
  hdparm: verbs(/--(?:security-erase|trim-sector-ranges|write-sector|make-bad-sector|yes-i-know)/),
  nvme: verbs(/^(?:format|sanitize|write|write-zeroes|dsm)\b/),
  cryptsetup: verbs(/luks(?:Format|Erase|KillSlot|RemoveKey)|erase|reencrypt/),
  dmsetup: verbs(/^(?:remove|remove_all|wipe_table|clear)\b/),
  dmraid: verbs(/-\w*[rE]/),
  lvm: verbs(/^(?:lvremove|vgremove|pvremove|vgreduce|lvreduce)\b/),
  lvreduce: verbs(/./),
  vgreduce: verbs(/./),
  lvremove: verbs(/./),
  vgremove: verbs(/./),
  pvremove: verbs(/./),
  zpool: verbs(/^(?:destroy|labelclear|create)\b/),
  zfs: verbs(/^destroy\b/),
  mdadm: verbs(/--(?:zero-superblock|remove|stop|fail|create)/),
  btrfs: verbs(/subvolume delete|device remove/),
  swapoff: swap,
  mount: call => (isListing(call.args) ? undefined : swap(call)),
  umount: swap,
  losetup: swap,
  fsck: partition,
  sg_format: verbs(/./),
  flashrom: verbs(/-w|-E|--write|--erase/),
  efibootmgr: verbs(/-[bBoO]|--delete/),
  debugfs: verbs(/-w/),
  tune2fs: swap,
}
