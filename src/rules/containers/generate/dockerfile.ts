import type { Description } from './description.ts'

/** A Dockerfile that builds in one stage and takes over what is named, owned by root, for an ordinary user to run. */
export function asDockerfile(description: Description): string {
  const { name, image, user, environment, ports, volumes, health, build } = description
  const { source, folder, steps, keep, entrypoint } = build
  const variable = /^\$\{(\w+)\}$/.exec(image)?.[1]
  const lines = [
    '# syntax=docker/dockerfile:1',
    `# ${name}: written by \`portcullis containers generate --format dockerfile\`.`,
    ...(variable ? [`# Built on the image that ${variable} names, with its digest.`, `ARG ${variable}`] : []),
    '',
  ]
  if (steps.length > 0)
    lines.push(
      `FROM ${image} AS build`,
      `WORKDIR ${folder}`,
      `COPY ${source} ${folder}/`,
      ...steps.map(step => `RUN ${step}`),
      '',
    )
  lines.push(`FROM ${image}`, `WORKDIR ${folder}`)
  if (steps.length > 0) lines.push(...(keep.length > 0 ? keep : ['.']).map(path => copyOf(path, folder)))
  else lines.push(`COPY --chown=0:0 ${source} ${folder}/`)
  const [uid, gid] = user.split(':')
  for (const { path } of volumes)
    lines.push(`RUN install -d -o ${uid} -g ${gid} -m 0700 ${path}`, `VOLUME ["${path}"]`)
  for (const { name: key, value } of environment) lines.push(`ENV ${key}=${text(value)}`)
  for (const port of new Set(ports.map(({ inside }) => inside))) lines.push(`EXPOSE ${port}`)
  lines.push(`USER ${user}`)
  lines.push(`HEALTHCHECK --interval=30s --timeout=5s --retries=3 CMD ${list(health)}`)
  if (entrypoint.length > 0) lines.push(`ENTRYPOINT ${list(entrypoint)}`)
  if (description.command.length > 0) lines.push(`CMD ${list(description.command)}`)
  return `${lines.join('\n')}\n`
}

function copyOf(path: string, folder: string): string {
  const target = path === '.' ? `${folder}/` : `${folder}/${path}`
  return `COPY --from=build --chown=0:0 ${target} ${target}`
}

function list(words: readonly string[]): string {
  return `[${words.map(word => JSON.stringify(word)).join(', ')}]`
}

/** In double quotes the builder knows a backslash before a quote, a dollar or itself. */
function text(value: string): string {
  return `"${value.replace(/["\\$]/g, '\\$&')}"`
}
