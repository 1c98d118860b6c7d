import { type TokenKind, uuid } from './token-kind.ts'

export const payments: readonly TokenKind[] = [
  { id: 'stripe-secret-key', literals: ['sk_live_', 'sk_test_', 'sk_prod_'], bodies: ['A{16,247}'] },
  { id: 'stripe-restricted-key', literals: ['rk_live_', 'rk_test_', 'rk_prod_'], bodies: ['A{16,247}'] },
  { id: 'stripe-webhook-secret', literals: ['whsec_'], bodies: ['E{32,64}'] },
  { id: 'square-access-token', literals: ['EAAA'], bodies: ['S{60}'] },
  { id: 'square-oauth-secret', literals: ['sq0atp-', 'sq0csp-'], bodies: ['S{43}', 'S{22}'] },
  {
    id: 'braintree-access-token',
    literals: ['access_token$production$', 'access_token$sandbox$'],
    bodies: ['L{16}$H{32}'],
  },
  { id: 'shopify-token', literals: ['shpat_', 'shpca_', 'shppa_', 'shpss_'], bodies: ['X{32}'] },
  {
    id: 'plaid-access-token',
    literals: ['access-sandbox-', 'access-development-', 'access-production-'],
    bodies: [uuid],
  },
  { id: 'paddle-live-key', literals: ['pdl_live_apikey_', 'pdl_sdbx_apikey_'], bodies: ['L{26}_A{22}_A{3}'] },
  {
    id: 'flutterwave-key',
    literals: ['FLWSECK-', 'FLWPUBK-', 'FLWSECK_TEST-', 'FLWPUBK_TEST-'],
    bodies: ["H{32}'-X'", 'H{12}'],
  },
  { id: 'razorpay-key-id', literals: ['rzp_live_', 'rzp_test_'], bodies: ['A{14}'] },
  { id: 'adyen-api-key', literals: ['AQE'], bodies: ['E{100,400}'], random: true },
  { id: 'mercury-token', literals: ['mercury_production_', 'mercury_sandbox_'], bodies: ['W{40,70}'] },
  { id: 'shippo-token', literals: ['shippo_live_', 'shippo_test_'], bodies: ['H{40}'] },
  { id: 'easypost-key', literals: ['EZAK', 'EZTK'], bodies: ['A{54}'] },
  { id: 'duffel-token', literals: ['duffel_live_', 'duffel_test_'], bodies: ['S{43}'] },
]
