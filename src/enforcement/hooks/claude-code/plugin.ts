import type { HookEntry } from '../setup.ts'
import { withHooks } from './settings.ts'

/** A file of a marketplace folder; `path` is relative to it. */
export interface PluginFile {
  readonly path: string
  readonly content: string
}

const ABOUT = 'Every tool call, prompt and output passes the Portcullis guard'

/** A marketplace folder with one plugin that enters the same hooks as `init`: installed by name, switched off by name. */
export function pluginFiles(entry: HookEntry, version: string): readonly PluginFile[] {
  const { hooks } = withHooks({}, entry)
  return [
    json('.claude-plugin/marketplace.json', {
      name: 'portcullis',
      owner: { name: 'Portcullis' },
      plugins: [{ name: 'guard', source: './guard', description: ABOUT }],
    }),
    json('guard/.claude-plugin/plugin.json', { name: 'guard', version, description: ABOUT }),
    json('guard/hooks/hooks.json', { description: ABOUT, hooks }),
  ]
}

function json(path: string, value: object): PluginFile {
  return { path, content: `${JSON.stringify(value, null, 2)}\n` }
}
