import { type LayerName, layerNames } from '../../access/decision.ts'

/** What is timed: each layer, encryption at rest, and all layers of one request together. */
type TimedStep = LayerName | 'encryption' | 'total'

export interface StepStatistics {
  readonly step: TimedStep
  readonly count: number
  /** Microseconds; percentiles are the upper bound of their bucket, at most 9 % above the true value. */
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  /** What to do when the 95th percentile is past the step's threshold. */
  readonly advice?: string
}

/** Live histograms of the time per layer. */
export interface LayerTimings {
  record(step: TimedStep, microseconds: number): void
  /** Steps that ran at least once, in the order of the layers. */
  snapshot(): readonly StepStatistics[]
  /** The histograms as Prometheus text, in seconds. */
  toPrometheus(): string
}

const STEPS: readonly TimedStep[] = [...layerNames, 'encryption', 'total']

/** Thresholds in milliseconds, with what helps. */
const thresholds: Partial<Record<TimedStep, { readonly ms: number; readonly advice: string }>> = {
  authentication: { ms: 10, advice: 'keep verified credentials in a cache for a short time' },
  authorization: { ms: 5, advice: 'use fewer and plainer permission patterns per role' },
  validation: {
    ms: 20,
    advice: 'look for very large texts or slow user rules; `portcullis bench` measures each',
  },
  encryption: { ms: 50, advice: 'use a machine with AES instructions or encrypt smaller records' },
  total: {
    ms: 100,
    advice: 'the gate slows its callers noticeably: find the slowest layer above and mend it first',
  },
}

/** Eight buckets to each doubling, from 1 µs to 2^25 µs (33 s); longer times share the last. */
const PER_DOUBLING = 8
const DOUBLINGS = 25
const BUCKETS = PER_DOUBLING * DOUBLINGS + 1

interface Histogram {
  readonly buckets: Float64Array
  count: number
  sum: number
  max: number
}

export function createLayerTimings(): LayerTimings {
  const histograms = new Map<TimedStep, Histogram>(
    STEPS.map(step => [step, { buckets: new Float64Array(BUCKETS), count: 0, sum: 0, max: 0 }]),
  )
  const used = () => [...histograms].filter(([, histogram]) => histogram.count > 0)

  return {
    record(step, microseconds) {
      const histogram = histograms.get(step)!
      const value = Math.max(0, microseconds)
      histogram.buckets[bucketOf(value)]! += 1
      histogram.count += 1
      histogram.sum += value
      if (value > histogram.max) histogram.max = value
    },
    snapshot: () => used().map(([step, histogram]) => statistics(step, histogram)),
    toPrometheus() {
      const name = 'portcullis_layer_duration_seconds'
      const lines = [`# HELP ${name} time spent per layer`, `# TYPE ${name} histogram`]
      for (const [step, histogram] of used()) lines.push(...prometheusLines(name, step, histogram))
      return `${lines.join('\n')}\n`
    },
  }
}

function bucketOf(microseconds: number): number {
  if (microseconds <= 1) return 0
  return Math.min(BUCKETS - 1, Math.ceil(Math.log2(microseconds) * PER_DOUBLING))
}

function statistics(step: TimedStep, histogram: Histogram): StepStatistics {
  const p95 = percentile(histogram, 0.95)
  const threshold = thresholds[step]
  return {
    step,
    count: histogram.count,
    mean: histogram.sum / histogram.count,
    p50: percentile(histogram, 0.5),
    p95,
    p99: percentile(histogram, 0.99),
    max: histogram.max,
    ...(threshold && p95 > threshold.ms * 1000 && { advice: threshold.advice }),
  }
}

function percentile({ buckets, count, max }: Histogram, part: number): number {
  const rank = Math.ceil(count * part)
  let below = 0
  for (let i = 0; i < BUCKETS; i++) {
    below += buckets[i]!
    if (below >= rank) return Math.min(max, 2 ** (i / PER_DOUBLING))
  }
  return max
}

function prometheusLines(name: string, step: TimedStep, { buckets, count, sum }: Histogram): string[] {
  const lines: string[] = []
  let below = 0
  // The last bucket also holds what is longer than its bound, so it is told as +Inf only.
  for (let i = 0; i < BUCKETS - 1; i++) {
    below += buckets[i]!
    if (i % PER_DOUBLING === 0) {
      lines.push(`${name}_bucket{layer="${step}",le="${2 ** (i / PER_DOUBLING) / 1e6}"} ${below}`)
    }
  }
  lines.push(`${name}_bucket{layer="${step}",le="+Inf"} ${count}`)
  lines.push(`${name}_sum{layer="${step}"} ${sum / 1e6}`, `${name}_count{layer="${step}"} ${count}`)
  return lines
}
