import type { TokenKind } from './token-kind.ts'

export const codeHosting: readonly TokenKind[] = [
  { id: 'github-pat', literals: ['ghp_'], bodies: ['A{36}'], checksum: 'crc32-base62' },
  { id: 'github-oauth', literals: ['gho_'], bodies: ['A{36}'], checksum: 'crc32-base62' },
  {
    id: 'github-app-token',
    literals: ['ghu_', 'ghs_'],
    bodies: ['A{36}', 'G{100,600}'],
    checksum: 'crc32-base62',
  },
  { id: 'github-refresh-token', literals: ['ghr_'], bodies: ['A{36}', 'A{76}'], checksum: 'crc32-base62' },
  { id: 'github-fine-grained-pat', literals: ['github_pat_'], bodies: ['A{22}_A{59}', 'W{82}'] },
  { id: 'gitlab-pat', literals: ['glpat-'], bodies: ['S{27,300}.D{2}.L{9}', 'S{27,300}.L{9}', 'S{20,22}'] },
  { id: 'gitlab-deploy-token', literals: ['gldt-'], bodies: ['S{20,22}'] },
  {
    id: 'gitlab-runner-token',
    literals: ['glrt-', 'glrtr-'],
    bodies: ['S{27,300}.D{2}.L{9}', 'S{27,300}.L{9}', 'S{20,26}'],
  },
  { id: 'gitlab-ci-job-token', literals: ['glcbt-'], bodies: ['A{1,5}_S{20}', 'S{20,300}'] },
  { id: 'gitlab-trigger-token', literals: ['glptt-'], bodies: ['H{40}', 'S{20,60}'] },
  { id: 'gitlab-feed-token', literals: ['glft-'], bodies: ['S{20,22}'] },
  { id: 'gitlab-mail-token', literals: ['glimt-'], bodies: ['S{25}'] },
  { id: 'gitlab-agent-token', literals: ['glagent-'], bodies: ['S{50,1024}'] },
  { id: 'gitlab-oauth-secret', literals: ['gloas-'], bodies: ['S{64}'] },
  { id: 'gitlab-scim-token', literals: ['glsoat-'], bodies: ['S{20}'] },
  { id: 'gitlab-feature-flag-token', literals: ['glffct-'], bodies: ['S{20}'] },
  { id: 'gitlab-runner-registration-token', literals: ['GR1348941'], bodies: ['S{20}'] },
  { id: 'atlassian-api-token', literals: ['ATATT3'], bodies: ['J{180,250}'] },
  { id: 'bitbucket-app-password', literals: ['ATBB'], bodies: ['A{32}'] },
  { id: 'sourcegraph-token', literals: ['sgp_'], bodies: ['H{16}_H{40}', "'local_'H{40}", 'H{40}'] },
]
