import type { DataClass } from './data-class.ts'

/** What a class of data requires wherever it goes or lies. */
export interface Handling {
  /** On its way to a model, unless the configuration says otherwise; `off`: not even looked for. */
  readonly towardsModel: 'mask' | 'off'
  /** In the journal, logs, errors, metrics and alerts. */
  readonly inRecords: 'masked' | 'as-is'
  /** In reports, exports and answers of the admin interface. */
  readonly inExports: 'masked' | 'as-is'
  /** On disk: only its placeholder is kept; encrypted, the key elsewhere; or in files that only their owner may read. */
  readonly atRest: 'placeholder' | 'encrypted' | 'private-file'
  /** How long a record of this class stays in the searchable store; null for as long as the journal. */
  readonly retentionDays: number | null
}

const table: Readonly<Record<DataClass, Handling>> = {
  secret: {
    towardsModel: 'mask',
    inRecords: 'masked',
    inExports: 'masked',
    atRest: 'placeholder',
    retentionDays: 0,
  },
  confidential: {
    towardsModel: 'off',
    inRecords: 'masked',
    inExports: 'masked',
    atRest: 'encrypted',
    retentionDays: 90,
  },
  internal: {
    towardsModel: 'off',
    inRecords: 'as-is',
    inExports: 'as-is',
    atRest: 'private-file',
    retentionDays: 365,
  },
  public: {
    towardsModel: 'off',
    inRecords: 'as-is',
    inExports: 'as-is',
    atRest: 'private-file',
    retentionDays: null,
  },
}

/** What must be done with data of a class; whoever masks, stores, keeps or exports asks here and decides nothing itself. */
export function handlingOf(dataClass: DataClass): Handling {
  return table[dataClass]
}
