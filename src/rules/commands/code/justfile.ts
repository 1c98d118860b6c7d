import { UNKNOWN } from '../../paths/pattern.ts'

/** One recipe that would run. A recipe whose first line names an interpreter is one text for it. */
export interface JustRecipe {
  readonly name: string
  readonly lines: readonly string[]
  readonly isScript: boolean
}

const MOST_RECIPES = 60

interface Recipe {
  readonly dependencies: readonly string[]
  readonly parameters: readonly string[]
  readonly body: string[]
}

/** What `just NAME ARGS…` would run: dependencies first. A simple reader; expressions other than names are not known. */
export function planJust(text: string, wanted: string | undefined, args: readonly string[]): JustRecipe[] {
  const variables = new Map<string, string>()
  const recipes = new Map<string, Recipe>()
  let open: Recipe | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^[ \t]+\S/.test(line) && open) {
      open.body.push(line.replace(/^(?: {4}|\t| {2})/, ''))
      continue
    }
    if (line.trim() === '' || line.startsWith('#') || line.startsWith('[')) continue
    const assignment = /^(?:export\s+)?([\w-]+)\s*:=\s*(.*)$/.exec(line)
    if (assignment) {
      const literal = /^(["'])(.*)\1\s*$/.exec(assignment[2]!)?.[2]
      variables.set(assignment[1]!, literal ?? UNKNOWN)
      continue
    }
    const header = /^@?([\w-]+)([ \t][^:]*)?:(?!=)(.*)$/.exec(line)
    if (!header) {
      open = undefined
      continue
    }
    open = {
      parameters: (header[2] ?? '')
        .trim()
        .split(/\s+/)
        .filter(Boolean)
        .map(parameter => parameter.replace(/^[*+$]+/, '').replace(/=.*/s, '')),
      dependencies: header[3]!.replace(/[&()]/g, ' ').trim().split(/\s+/).filter(Boolean),
      body: [],
    }
    recipes.set(header[1]!, open)
  }
  return order(recipes, variables, wanted ?? recipes.keys().next().value ?? '', args)
}

function order(
  recipes: ReadonlyMap<string, Recipe>,
  variables: ReadonlyMap<string, string>,
  wanted: string,
  args: readonly string[],
): JustRecipe[] {
  const plan: JustRecipe[] = []
  const seen = new Set<string>()
  const visit = (name: string, given: readonly string[]): void => {
    const recipe = recipes.get(name)
    if (!recipe || seen.has(name) || seen.size >= MOST_RECIPES) return
    seen.add(name)
    for (const dependency of recipe.dependencies) visit(dependency, [])
    const local = new Map(variables)
    recipe.parameters.forEach((parameter, index) => {
      local.set(parameter, given[index] ?? UNKNOWN)
    })
    const body = recipe.body.map(line =>
      line.replace(
        /\{\{([^{}]{0,200})\}\}/g,
        (_, expression: string) => local.get(expression.trim()) ?? UNKNOWN,
      ),
    )
    const isScript = /^#!/.test(body[0] ?? '')
    plan.push({
      name,
      isScript,
      lines: isScript ? [body.join('\n')] : body.map(line => line.replace(/^[@-]+/, '')),
    })
  }
  visit(wanted, args)
  return plan
}
