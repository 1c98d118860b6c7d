/** Who acts. An agent always acts for somebody (NIST SP 800-162 subject; Cedar principal). */
export type Principal =
  | { readonly kind: 'human'; readonly id: string; readonly roles: readonly string[] }
  | {
      readonly kind: 'agent'
      readonly id: string
      readonly roles: readonly string[]
      readonly onBehalfOf: string
    }
  | {
      readonly kind: 'service'
      readonly id: string
      readonly roles: readonly string[]
      readonly keyId: string
    }
