import {
  type ReplyScript,
  type ScriptedModel,
  type ScriptedReply,
  sendJson,
  startScriptedModel,
  type Vendor,
} from './scripted.ts'

/** A stand-in for the Gemini API; `script` decides each answer to `:generateContent` and `:streamGenerateContent`. */
export function startStandInGemini(script: ReplyScript): Promise<ScriptedModel> {
  return startScriptedModel(gemini, script)
}

const gemini: Vendor = {
  isModelCall: path => /:(?:streamG|g)enerateContent(?:\?|$)/.test(path),
  answer(response, reply, { turn, path }) {
    const { status } = reply
    if (status !== undefined) return sendJson(response, status, failure(status))
    const answer = generated(reply, turn)
    if (!path.includes(':streamGenerateContent')) return sendJson(response, 200, answer)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${JSON.stringify(answer)}\r\n\r\n`)
  },
  other(response, path) {
    if (path.includes(':countTokens')) return sendJson(response, 200, { totalTokens: 42 })
    sendJson(response, 404, failure(404))
  },
}

function generated({ text, toolUses = [] }: ScriptedReply, turn: number) {
  const parts = [
    ...(text === undefined ? [] : [{ text }]),
    ...toolUses.map(({ name, input, id }, index) => ({
      functionCall: { id: id ?? `call_standin${turn}x${index}`, name, args: input },
    })),
  ]
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 7, totalTokenCount: 19 },
    modelVersion: 'gemini-standin',
    responseId: `standin${turn}`,
  }
}

function failure(status: number) {
  return { error: { code: status, message: `stand-in says ${status}`, status: 'UNKNOWN' } }
}
