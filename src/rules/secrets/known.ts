import type { Secret } from '../../kernel/secret.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'

/** Shorter values are too likely to be ordinary words. */
const KNOWN_SHORTEST = 8
const ANCHOR = 16

/** Triggers for values known to be secret (the environment, a vault), also inside base64, percent and JSON encoding. */
export function knownTriggers(secrets: readonly Secret[]): Trigger[] {
  const forms = new Set<string>()
  for (const secret of secrets) {
    const value = secret.reveal()
    if (value.length < KNOWN_SHORTEST) continue
    for (const form of encodings(value)) if (form.length >= KNOWN_SHORTEST) forms.add(form)
  }
  return [...forms].map(trigger)
}

function trigger(form: string): Trigger {
  const inspect = (scan: Scan, start: number) => inspectKnown(scan, form, start)
  return { literal: form.slice(0, ANCHOR), exact: true, inspect }
}

function inspectKnown(scan: Scan, form: string, start: number): void {
  const { text, final } = scan
  const end = start + form.length
  if (end > text.length) {
    if (!final && form.startsWith(text.slice(start))) holdFrom(scan, start)
    return
  }
  if (text.startsWith(form, start)) report(scan, 'known', 'certain', start, end)
}

/** The value as it is, and as it looks inside base64 (at each of the three alignments), a URL and JSON. */
function encodings(value: string): string[] {
  const bytes = new TextEncoder().encode(value)
  const forms = [value, encodePercent(value), JSON.stringify(value).slice(1, -1)]
  for (let shift = 0; shift < 3; shift++) {
    const standard = base64Inside(bytes, shift)
    forms.push(standard, standard.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}

function encodePercent(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : value
}

/** The base64 characters that hold nothing but the value, when `shift` bytes come before it. */
function base64Inside(bytes: Uint8Array, shift: number): string {
  let binary = '\0'.repeat(shift)
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor((binary.length * 8) / 6)
  return btoa(binary).slice(first, last)
}
