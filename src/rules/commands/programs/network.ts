import type { Program } from '../acts.ts'
import { connections } from './connections.ts'
import { downloads } from './downloads.ts'
import { nameLookUps } from './name-lookups.ts'
import { transfers } from './transfers.ts'

/** Programs that talk to other machines. */
export const network: Readonly<Record<string, Program>> = {
  ...downloads,
  ...connections,
  ...transfers,
  ...nameLookUps,
}
