import { digitTriggers, type Pack } from '../pack.ts'
import { inspectEmail } from './email.ts'
import { inspectNumber } from './numbers.ts'
import { inspectPhone } from './phone.ts'
import { shapes } from './shapes.ts'

/** What is about a person: class `confidential`, rules `personal.<kind>`. */
export function personalDataPack(): Pack {
  const kinds = [
    'personal-email',
    'personal-payment-card',
    'personal-iban',
    ...shapes.map(({ kind }) => kind),
  ]
  return {
    kinds: [...new Set(kinds)],
    triggers: [
      { literal: '@', exact: true, inspect: inspectEmail },
      { literal: '+', exact: true, inspect: inspectPhone },
      ...digitTriggers(inspectNumber),
    ],
  }
}
