const subcommands =
  'init|uninstall|up|demo|status|doctor|hook|check|exec|scan|containers|scripts|mask|keys|audit|explain|threats|policy|break-glass|config|store|bench'
const mention = new RegExp(`(?<![\\w./'-])portcullis (?=(?:${subcommands})\\b)`, 'g')

/** What a person has to type to start this program: `./portcullis` in a checkout that is not on the PATH. */
export function commandName(env: NodeJS.ProcessEnv): string {
  const called = env['PORTCULLIS_COMMAND']
  if (called) return /^[\w./@+~-]+$/.test(called) ? called : `'${called.replaceAll("'", String.raw`'\''`)}'`
  return env['npm_command'] === 'exec' ? 'npx portcullis' : 'portcullis'
}

/** The text with every command line of ours written as this person has to type it. */
export function asTyped(text: string, env: NodeJS.ProcessEnv): string {
  const name = commandName(env)
  return text.replaceAll(mention, () => `${name} `)
}
