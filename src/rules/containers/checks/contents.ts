import { sayingOfImage, stateOfImage } from '../../configuration/containers/images.ts'
import { DEMANDED_MARK, isUnknownText, readableText } from '../spec.ts'
import { holdsPlainSecret } from './secret-names.ts'
import { type Check, doubtOf, isRun } from './tell.ts'

/** R10. */
const limits: Check = (spec, tell) => {
  const rule = 'container.has-no-limits'
  const { memory, cpu, pids, log } = spec.limits
  for (const { value, place } of spec.looseLimits) tell({ rule, place, message: `${spec.name}: ${value}` })
  if (!isRun(spec)) return
  const miss = (what: string) =>
    ({ rule, place: spec.place, message: `${spec.name} has no limit of ${what}` }) as const
  if (!memory) tell(miss('memory'))
  if (!cpu) tell(miss('processors'))
  if (spec.reader === 'kubernetes') return
  if (!pids) tell({ ...miss('processes'), fix: spec.additions.pidsLimit })
  if (!log && !spec.isShortLived)
    tell({ ...miss('the size of its log'), severity: 'note', fix: spec.additions.logLimit })
}

/** R14. */
const image: Check = (spec, tell) => {
  const rule = 'container.uses-unpinned-image'
  for (const { value, place, severity } of spec.looseImages)
    tell({ rule, place, message: value, ...(severity && { severity }) })
  if (!spec.image || spec.isBuiltHere) return
  const { value, place } = spec.image
  // nothing runs before somebody has chosen one
  if (value === DEMANDED_MARK) return
  if (isUnknownText(value)) {
    if (!/@sha256:[0-9a-f]{64}$/.test(value))
      tell({
        rule,
        place,
        message: `which image runs (${readableText(value)}) is decided by a variable without a value here`,
        grade: 'possible',
        severity: 'note',
      })
    return
  }
  const state = stateOfImage(value)
  if (state === 'moving' || state === 'tagged') tell({ rule, place, ...sayingOfImage(value, state) })
}

/** R15, for variables and files; tokens that tell themselves are looked for in the whole text. */
const secrets: Check = (spec, tell) => {
  for (const { name, value, place } of spec.environment)
    if (holdsPlainSecret(name, value))
      tell({
        rule: 'container.holds-secret',
        place,
        message: `the value of \`${name}\` stands in plain text`,
      })
  for (const { value, place } of spec.secretFiles)
    tell({
      rule: 'container.holds-secret',
      place,
      message: `\`${readableText(value)}\` goes into the image, where everybody who has it can read it`,
    })
}

/** R16. */
const unchecked: Check = (spec, tell) => {
  for (const { value, place, severity, fix } of spec.unchecked)
    tell({
      rule: 'container.trusts-unchecked-content',
      place,
      message: value,
      ...(severity && { severity }),
      fix,
    })
}

/** R17. */
const health: Check = (spec, tell) => {
  const rule = 'container.has-no-health-check'
  const { health: setting, restart } = spec
  if (setting?.value === 'off')
    tell({
      rule,
      place: setting.place,
      message: `the health check of ${spec.name} is switched off`,
      severity: 'ask',
    })
  if (spec.isShortLived || (spec.stage && spec.stage.role !== 'last')) return
  if (!setting) tell({ rule, place: spec.place, message: `nothing looks whether ${spec.name} still works` })
  if (
    (spec.reader === 'compose' || spec.reader === 'run') &&
    (!restart || /^(?:no|false|none)?$/.test(restart.value))
  )
    tell({ rule, place: restart?.place ?? spec.place, message: `${spec.name} stays away once it has ended` })
}

/** R19. */
const cluster: Check = (spec, tell) => {
  if (spec.reader !== 'kubernetes') return
  const rule = 'container.trusts-cluster-defaults'
  const { serviceAccountToken: token, neverRoot } = spec
  if (token?.value !== 'no')
    tell({
      rule,
      place: token?.place ?? spec.place,
      message: `${spec.name} gets a token for the API of the cluster`,
      ...doubtOf(token),
    })
  if (neverRoot?.value !== 'yes')
    tell({
      rule,
      place: neverRoot?.place ?? spec.place,
      message: `nothing refuses ${spec.name} when its image would start as root`,
      ...doubtOf(neverRoot),
    })
  for (const { value, place } of spec.hostPaths)
    tell({ rule, place, message: `${spec.name} sees ${readableText(value)} of the node it runs on` })
}

export const contentChecks: readonly Check[] = [limits, image, secrets, unchecked, health, cluster]
