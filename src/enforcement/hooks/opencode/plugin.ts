import type { HookEntry } from '../setup.ts'
import { argvOf } from './argv.ts'

/**
 * The plugin's text. The client calls every function a plugin file exports, hands each of its hooks an object that it
 * goes on with (so it is changed in place), and takes a throw for a refusal: whatever is not a clear pass throws.
 */
export function pluginText({ command, timeout }: HookEntry): string {
  const [program, ...words] = argvOf(command)
  return template
    .replace('PROGRAM', () => JSON.stringify(program))
    .replace('WORDS', () => JSON.stringify(words))
    .replace('LIMIT', () => String(timeout * 1000))
}

const template = `// Written by \`portcullis init\`, which writes it anew; \`portcullis uninstall\` takes it away.
import { spawn } from 'node:child_process'

const program = PROGRAM
const words = WORDS
const limitMs = LIMIT

export const Portcullis = async ({ directory }) => {
  const ask = (event, hook) => decide(Object.assign({ event, directory }, hook), directory)
  return {
    'tool.execute.before': async ({ tool, sessionID, callID }, output) => {
      const verdict = await ask('tool.execute.before', { tool, sessionID, callID, args: output.args })
      if (verdict.args !== undefined) changeInPlace(output.args, verdict.args)
    },
    'tool.execute.after': async ({ tool, sessionID, callID, args }, output) => {
      const verdict = await ask('tool.execute.after', { tool, sessionID, callID, args, output: visible(output) })
      if (verdict.output !== undefined) Object.assign(output, verdict.output)
    },
    'chat.message': async ({ sessionID }, { parts }) => {
      await ask('chat.message', { sessionID, parts: parts.map(withoutData) })
    },
    'permission.ask': async (permission, output) => {
      const { sessionID, callID, type, title } = permission
      try {
        await ask('permission.ask', { sessionID, callID, type, title })
      } catch {
        output.status = 'deny'
      }
    },
  }
}

// What the model and the person can see of an output; images are data.
function visible({ title, output, metadata, content }) {
  return { title, output, metadata, content: content?.map(withoutData) }
}

function withoutData(part) {
  if (typeof part?.url === 'string' && part.url.startsWith('data:')) return Object.assign({}, part, { url: 'data:' })
  if (part?.type === 'image' && typeof part.data === 'string') return Object.assign({}, part, { data: '' })
  return part
}

function changeInPlace(target, source) {
  if (typeof target !== 'object' || target === null) throw refusal('its input cannot be changed')
  for (const key of Object.keys(target)) delete target[key]
  Object.assign(target, source)
}

function decide(event, cwd) {
  return new Promise((resolve, reject) => {
    const env = Object.assign({}, process.env, { CLAUDE_PROJECT_DIR: cwd })
    const child = spawn(program, words, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    const answer = []
    const complaint = []
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(refusal('the hook took too long'))
    }, limitMs)
    child.once('error', () => {
      clearTimeout(late)
      reject(refusal('the hook could not be started'))
    })
    // A hook that ends early has said why, or says nothing and refuses by that.
    child.stdin.on('error', () => {})
    child.stdout.on('data', bytes => answer.push(bytes))
    child.stderr.on('data', bytes => complaint.push(bytes))
    child.once('close', code => {
      clearTimeout(late)
      try {
        resolve(passing(code, textOf(answer), textOf(complaint)))
      } catch (error) {
        reject(error)
      }
    })
    child.stdin.end(JSON.stringify(event))
  })
}

function textOf(chunks) {
  return Buffer.concat(chunks).toString('utf8').trim()
}

function passing(code, answer, complaint) {
  if (code !== 0) throw complaint === '' ? refusal('the hook failed') : new Error(complaint)
  let verdict
  try {
    verdict = JSON.parse(answer)
  } catch {
    throw refusal('the answer of the hook cannot be read')
  }
  if (verdict?.decision === 'pass') return verdict
  throw typeof verdict?.reason === 'string' ? new Error(verdict.reason) : refusal('the hook did not pass it')
}

function refusal(what) {
  return new Error('portcullis denied this: ' + what + '. Remedy: run portcullis doctor.')
}
`
