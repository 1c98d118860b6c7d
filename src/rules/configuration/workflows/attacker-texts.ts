/** Texts of an event that whoever opens a request, a comment or a branch chooses freely. */
const CHOSEN: readonly RegExp[] = [
  /^github\.event\.(?:issue|pull_request|discussion)\.(?:title|body)$/,
  /^github\.event\.(?:comment|review|review_comment)\.body$/,
  /^github\.event\.pull_request\.head\.(?:ref|label)$/,
  /^github\.event\.pull_request\.head\.repo\.(?:default_branch|description|homepage)$/,
  /^github\.event\.pages\.[^.]+\.(?:page_name|title|summary)$/,
  /^github\.event\.commits\.[^.]+\.(?:message|author\.(?:email|name|username)|committer\.(?:email|name|username))$/,
  /^github\.event\.head_commit\.(?:message|author\.(?:email|name|username)|committer\.(?:email|name|username))$/,
  /^github\.event\.workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.(?:email|name))|head_repository\.description)$/,
  /^github\.event\.workflow_run\.pull_requests\.[^.]+\.head\.ref$/,
  /^github\.event\.(?:merge_group\.head_commit\.message|discussion_comment\.body|answer\.body|release\.(?:name|body|tag_name)|milestone\.(?:title|description)|label\.(?:name|description)|ref|client_payload(?:\..*)?)$/,
  /^github\.event\.changes\.(?:title|body|ref)\.from$/,
  /^github\.head_ref$/,
  // the whole of it, or any part of it
  /^github(?:\.event)?(?:\.\*)?$/,
  /^github\.event(?:\.(?:issue|pull_request|comment|review|discussion|head_commit|commits|workflow_run|pages|inputs|\*)){1}(?:\.\*)?$/,
  /^github\.event\.\*\.(?:title|body|message|ref|label)$/,
]

/** Texts that only somebody with a right to the repository chooses, yet which may hold anything. */
const NAMED: readonly RegExp[] = [
  /^github\.(?:ref_name|base_ref)$/,
  /^github\.event\.(?:project_card\.note|project\.(?:name|body)|project_column\.name|deployment\.(?:ref|environment|description))$/,
  /^github\.event\.base_ref$/,
  /^github\.event\.pull_request\.base\.ref$/,
  /^github\.event\.inputs\.[^.]+$/,
  /^inputs\.[^.]+$/,
]

export type Origin = 'stranger' | 'named'

/** Who chooses the text of a context; undefined when nobody does freely. */
export function originOf(source: string): Origin | undefined {
  if (CHOSEN.some(pattern => pattern.test(source))) return 'stranger'
  return NAMED.some(pattern => pattern.test(source)) ? 'named' : undefined
}

/** Inputs of actions that are run as code. */
export const codeInputs: readonly {
  readonly action: RegExp
  readonly input: RegExp
  readonly language: string
}[] = [
  { action: /^actions\/github-script$/, input: /^script$/, language: 'JavaScript' },
  { action: /^azure\/(?:powershell|cli)$/i, input: /^inlineScript$/i, language: 'a script' },
  { action: /^appleboy\/ssh-action$/, input: /^script$/, language: 'a script' },
  {
    action: /^nick-(?:fields|invision)\/retry$/,
    input: /^(?:command|on_retry_command|new_command_on_retry)$/,
    language: 'a command',
  },
  { action: /^wandalen\/wretry\.action$/i, input: /^command$/, language: 'a command' },
  { action: /^addnab\/docker-run-action$/, input: /^(?:run|options)$/, language: 'a script' },
  {
    action: /^cypress-io\/github-action$/,
    input: /^(?:command|build|start|install-command)$/,
    language: 'a command',
  },
  { action: /^amadevus\/pwsh-script$/, input: /^script$/, language: 'a script' },
  { action: /^mikefarah\/yq$/, input: /^cmd$/, language: 'a command' },
  { action: /^jannekem\/run-python-script-action$/, input: /^script$/, language: 'Python' },
  {
    action: /^(?:reactivecircus\/android-emulator-runner|vmactions\/[\w-]+)$/i,
    input: /^(?:script|run|prepare|pre-emulator-launch-script)$/,
    language: 'a script',
  },
  {
    action:
      /^(?:uraimo\/run-on-arch-action|docker\/bake-action|gradle\/gradle-build-action|borales\/actions-yarn|paambaati\/codeclimate-action)$/i,
    input: /^(?:run|install|setup|arguments|cmd|coverageCommand)$/,
    language: 'a command',
  },
  {
    action:
      /^(?:pyTooling|deadsnakes|DeterminateSystems|workflow\/nix-shell-action|tj-actions\/[\w-]+|sergeysova\/jq-action)/i,
    input: /^(?:script|cmd|run)$/,
    language: 'a command',
  },
]
