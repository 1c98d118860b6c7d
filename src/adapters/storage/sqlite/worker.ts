import { parentPort, workerData } from 'node:worker_threads'
import type { Store } from '../store.ts'
import { asFault, BrokenDatabase, moveAside, openDatabase } from './database.ts'
import type { Call, Report, WorkerSettings } from './protocol.ts'

// The thread that owns the database. Calls are answered one after another.

const { file, mayMoveAside } = workerData as WorkerSettings
const port = parentPort
if (!port) throw new TypeError('worker.ts runs in a worker thread only')

let database: Store | undefined
let queue = Promise.resolve()
port.on('message', (call: Call) => {
  queue = queue.then(() => answer(call))
})

async function answer(call: Call): Promise<void> {
  try {
    report({ kind: 'value', id: call.id, value: await perform(call) })
  } catch (error) {
    report({ kind: 'fault', id: call.id, message: error instanceof Error ? error.message : String(error) })
  }
}

async function perform({ operation, argument }: Call): Promise<unknown> {
  if (operation === 'close') return close()
  try {
    database ??= openDatabase(file)
    if (operation === 'open') return undefined
    return await (database[operation] as (argument: unknown) => Promise<unknown>)(argument)
  } catch (error) {
    const fault = asFault(error)
    if (!(fault instanceof BrokenDatabase) || !mayMoveAside) throw fault
    return replaceBroken(operation, fault)
  }
}

/** A new, empty database takes the place of the broken one. Whoever was applying finds `appliedSeq` at -1 and begins anew. */
async function replaceBroken(operation: Call['operation'], fault: BrokenDatabase): Promise<undefined> {
  await close()
  const movedTo = moveAside(file, new Date().toISOString().replace(/[:.]/g, '-'))
  report({ kind: 'broken', movedTo, message: fault.message })
  database = openDatabase(file)
  if (operation !== 'open')
    throw new Error(`the database was damaged and is being rebuilt (${fault.message})`)
  return undefined
}

async function close(): Promise<undefined> {
  const open = database
  database = undefined
  await open?.close()
  return undefined
}

function report(message: Report): void {
  port!.postMessage(message)
}
