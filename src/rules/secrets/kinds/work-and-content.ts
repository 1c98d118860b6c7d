import { type TokenKind, uuid } from './token-kind.ts'

export const workAndContent: readonly TokenKind[] = [
  { id: 'linear-api-key', literals: ['lin_api_'], bodies: ['A{40}'] },
  { id: 'linear-oauth-token', literals: ['lin_oauth_'], bodies: ['H{64}'] },
  { id: 'notion-token', literals: ['ntn_'], bodies: ['D{11}A{35}'] },
  { id: 'notion-legacy-token', literals: ['secret_'], bodies: ['A{43}'], random: true },
  { id: 'figma-pat', literals: ['figd_'], bodies: ['S{38,42}'] },
  { id: 'airtable-pat', literals: ['pat'], bodies: ['A{14}.H{64}'] },
  { id: 'asana-pat', literals: ['1/', '2/'], bodies: ['D{10,20}/D{10,20}:H{32}', 'D{10,20}:H{32}'] },
  { id: 'postman-api-key', literals: ['PMAK-'], bodies: ['H{24}-H{34}'] },
  { id: 'typeform-token', literals: ['tfp_'], bodies: ['S{44,59}'] },
  {
    id: 'hubspot-private-app-token',
    literals: ['pat-na1-', 'pat-eu1-', 'pat-na2-', 'pat-ap1-'],
    bodies: [uuid],
  },
  { id: 'salesforce-session', literals: ['00D'], bodies: ['A{12}!V{80,260}'] },
  { id: 'dropbox-token', literals: ['sl.'], bodies: ["'u.'S{130,1500}", 'S{130,1500}'] },
  { id: 'contentful-pat', literals: ['CFPAT-'], bodies: ['S{43}'] },
  { id: 'readme-key', literals: ['rdme_'], bodies: ['L{70}'] },
  { id: 'adobe-client-secret', literals: ['p8e-'], bodies: ['S{32}'] },
  { id: 'facebook-page-token', literals: ['EAAM', 'EAAC'], bodies: ['A{80,400}'] },
  { id: 'twitter-bearer-token', literals: ['AAAAAAAAAAAAAAAAAAAAAA'], bodies: ['C{50,120}'] },
  { id: 'mapbox-secret-token', literals: ['sk.eyJ'], bodies: ['S{50,120}.S{22}'] },
  { id: 'maxmind-licence-key', literals: ['_mmk'], head: 'A{6}_A{29}', bodies: [''] },
]
