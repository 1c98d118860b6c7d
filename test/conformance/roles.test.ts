import { expect, test } from 'vitest'
import { builtInRoles as known } from '../../src/config/rules.ts'
import { builtInRoles } from '../../src/guard/authorization/roles.ts'

test('the configuration knows the roles that the guard has, so that `defaultRole` is checked at load', () => {
  expect([...known].sort()).toEqual(Object.keys(builtInRoles).sort())
})
