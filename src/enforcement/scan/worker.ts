import { parentPort, workerData } from 'node:worker_threads'
import { examineBatch, type Parcel, unpackParcel } from './batch.ts'
import { openExaminer, type ScanSettings } from './settings.ts'

// One thread of a scan: takes a batch, answers with its outcomes. A fault ends it, and with it the scan.
const examiner = await openExaminer(workerData as ScanSettings)

parentPort?.on('message', async ({ id, parcel }: { id: number; parcel: Parcel }) => {
  const outcomes = await examineBatch(examiner, unpackParcel(parcel))
  parentPort?.postMessage({ id, outcomes })
})
