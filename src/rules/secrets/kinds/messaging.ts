import { type TokenKind, uuid } from './token-kind.ts'

export const messaging: readonly TokenKind[] = [
  {
    id: 'slack-token',
    literals: ['xoxb-', 'xoxp-', 'xoxe-', 'xoxe.xoxb-', 'xoxe.xoxp-', 'xoxc-', 'xoxs-'],
    bodies: ['D{8,14}-S{16,200}', 'D{1}-S{30,260}'],
  },
  { id: 'slack-cookie', literals: ['xoxd-'], bodies: ['C{80,400}'] },
  { id: 'slack-app-token', literals: ['xapp-1-'], bodies: ['U{8,14}-D{8,14}-H{64}'] },
  { id: 'slack-legacy-token', literals: ['xoxo-', 'xoxa-', 'xoxr-'], bodies: ['S{8,120}'], random: true },
  { id: 'slack-webhook', literals: ['hooks.slack.com/services/'], bodies: ['U{8,12}/U{8,12}/A{20,28}'] },
  {
    id: 'slack-workflow-webhook',
    literals: ['hooks.slack.com/workflows/', 'hooks.slack.com/triggers/'],
    bodies: ['U{8,12}/U{8,14}/D{10,20}/A{20,40}', 'U{8,12}/D{10,20}/A{20,40}'],
  },
  {
    id: 'teams-webhook',
    literals: ['webhook.office.com/webhookb2/'],
    bodies: [`${uuid}@${uuid}/'IncomingWebhook'/X{32}/${uuid}`],
  },
  {
    id: 'discord-webhook',
    literals: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    bodies: ['D{17,20}/S{60,80}'],
  },
  { id: 'telegram-bot-token', literals: [':AA'], head: 'D{8,10}', bodies: ['S{32,33}'] },
  { id: 'twilio-api-key', literals: ['SK'], bodies: ['H{32}'] },
  { id: 'sendgrid-api-key', literals: ['SG.'], bodies: ['S{20,24}.S{39,50}'] },
  { id: 'mailgun-api-key', literals: ['key-'], bodies: ['H{32}'] },
  { id: 'mailchimp-api-key', literals: ['-us'], head: 'H{32}', bodies: ['D{1,2}'] },
  { id: 'brevo-api-key', literals: ['xkeysib-'], bodies: ['H{64}-A{16}'] },
  { id: 'mailersend-token', literals: ['mlsn.'], bodies: ['A{30,100}'] },
  { id: 'resend-api-key', literals: ['re_'], bodies: ['A{8}_A{24}'] },
  { id: 'onesignal-key', literals: ['os_v2_app_', 'os_v2_org_'], bodies: ['Q{103}'] },
]
