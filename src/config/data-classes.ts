import { z } from 'zod'
import type { DataClass } from '../access/data-class.ts'
import { handlingOf } from '../access/handling.ts'
import { internalNetworkPack } from '../rules/secrets/packs/internal-network/pack.ts'
import type { Pack } from '../rules/secrets/packs/pack.ts'
import { personalDataPack } from '../rules/secrets/packs/personal-data/pack.ts'

/** Classes below `secret` that are looked for where somebody asks for them. */
export const optionalClasses = ['confidential', 'internal'] as const satisfies readonly DataClass[]
export type OptionalClass = (typeof optionalClasses)[number]

const mode = (dataClass: OptionalClass, what: string) =>
  z
    .enum(['off', 'observe', 'mask', 'block'])
    .default(handlingOf(dataClass).towardsModel)
    .describe(`${what} on their way to a model: not looked for (\`off\`), noted, masked, or refused`)

/** The part `validation.classes`. */
export const dataClassesSchema = z.strictObject({
  confidential: mode('confidential', 'mail addresses, cards, accounts, telephone numbers and national ids'),
  internal: mode('internal', 'private addresses, internal host names and their URLs'),
  internalSuffixes: z
    .array(
      z.string().regex(/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be an ending of host names: corp.acme.com'),
    )
    .max(100)
    .default([])
    .describe('further endings of internal host names'),
})

type DataClassSettings = z.output<typeof dataClassesSchema>

/** What the engine looks for besides secrets. */
export function openPacks({ confidential, internal, internalSuffixes }: DataClassSettings): readonly Pack[] {
  const wanted = { confidential, internal }
  return packsFor(
    optionalClasses.filter(name => wanted[name] !== 'off'),
    internalSuffixes,
  )
}

/** The packs that find data of the classes. */
export function packsFor(
  classes: readonly OptionalClass[],
  internalSuffixes: readonly string[] = [],
): readonly Pack[] {
  const makers = {
    confidential: () => personalDataPack(),
    internal: () => internalNetworkPack(internalSuffixes),
  }
  return classes.map(name => makers[name]())
}

/** Every kind of the packs, `personal-iban`. */
export const packKinds: readonly string[] = packsFor(optionalClasses).flatMap(({ kinds }) => kinds)
