import type { Fix, Sighting } from '../../configuration/rule.ts'
import type { ContainerRuleId } from '../catalogue.ts'
import type { Answer, ContainerSpec, Place, Placed } from '../spec.ts'

/** What a check saw. */
export interface Seen {
  readonly rule: ContainerRuleId
  readonly place: Place
  readonly message: string
  readonly severity?: Sighting['severity']
  readonly grade?: Sighting['grade']
  readonly fix?: Fix | undefined
}

export type Tell = (seen: Seen) => void
export type Check = (spec: ContainerSpec, tell: Tell) => void

/** Whether the settings of a running container are known here; an image alone says nothing about them. */
export function isRun(spec: ContainerSpec): boolean {
  return spec.reader !== 'dockerfile'
}

/** What depends on a variable may be either: it is told as possible, a step below what a certain one would be. */
export function doubtOf(setting: Placed<Answer> | undefined): Pick<Seen, 'grade' | 'severity'> {
  return setting?.value === 'unknown' ? { grade: 'possible', severity: 'ask' } : {}
}
