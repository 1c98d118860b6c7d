import { type TokenKind, uuid } from './token-kind.ts'

/** Addresses that whoever knows them may call: what follows the host is the secret. */
export const addresses: readonly TokenKind[] = [
  {
    id: 'alchemy-address-key',
    literals: ['.g.alchemy.com/v2/', '.alchemyapi.io/v2/'],
    bodies: ['S{32}'],
    random: true,
  },
  { id: 'infura-address-key', literals: ['.infura.io/v3/'], bodies: ['H{32}'] },
  { id: 'quicknode-address-key', literals: ['.quiknode.pro/'], bodies: ['H{40}'] },
  { id: 'helius-address-key', literals: ['helius-rpc.com/?api-key='], bodies: [uuid] },
  { id: 'ankr-address-key', literals: ['rpc.ankr.com/multichain/'], bodies: ['H{64}'] },
  { id: 'pagerduty-integration-address', literals: ['events.pagerduty.com/integration/'], bodies: ['H{32}'] },
  {
    id: 'victorops-address',
    literals: ['alert.victorops.com/integrations/generic/20131114/alert/'],
    bodies: [uuid],
  },
  {
    id: 'loggly-address',
    literals: ['logs-01.loggly.com/inputs/', 'logs-01.loggly.com/bulk/'],
    bodies: [uuid],
  },
  {
    id: 'sumologic-collector-address',
    literals: ['.sumologic.com/receiver/v1/http/'],
    bodies: ['J{60,200}'],
    random: true,
  },
  { id: 'dead-mans-snitch-address', literals: ['nosnch.in/'], bodies: ['H{10}'], grade: 'possible' },
  {
    id: 'airtable-webhook',
    literals: ['hooks.airtable.com/workflows/v1/genericWebhook/'],
    bodies: ['A{17}/A{17}/A{17}'],
  },
  { id: 'netlify-build-hook', literals: ['api.netlify.com/build_hooks/'], bodies: ['H{24}'] },
  {
    id: 'vercel-deploy-hook',
    literals: ['api.vercel.com/v1/integrations/deploy/'],
    bodies: ['W{20,40}/A{8,20}'],
  },
  { id: 'render-deploy-hook', literals: ['api.render.com/deploy/'], bodies: ["S{16,40}'?key='S{8,40}"] },
  {
    id: 'cloudflare-deploy-hook',
    literals: ['api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/'],
    bodies: [uuid],
  },
  {
    id: 'docker-build-trigger',
    literals: ['hub.docker.com/api/build/v1/source/'],
    bodies: [`${uuid}'/trigger/'${uuid}`],
  },
]
