import type { ScanReport } from './scan-report.ts'
import { asText } from './text.ts'

export const formats = ['text', 'json', 'sarif', 'gitlab'] as const
export type Format = (typeof formats)[number]

export async function formatReport(report: ScanReport, format: Format, version: string): Promise<string> {
  switch (format) {
    case 'text':
      return asText(report)
    case 'json':
      return asJson(report)
    case 'sarif':
      return asJson((await import('./sarif.ts')).asSarif(report, version))
    case 'gitlab':
      return asJson((await import('./gitlab.ts')).asGitlab(report, version))
  }
}

function asJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
