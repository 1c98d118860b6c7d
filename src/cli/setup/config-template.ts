/** The configuration `init` writes: every line is a default, commented out, so that the file changes nothing by itself. */
export const configTemplate = `# Portcullis. Every option with its meaning: docs/reference/configuration.md
# A line that is commented out shows the default. A bad file is refused with line and column.
version: 1

# network:
#   host: 127.0.0.1          # beyond loopback, mode \`required\` and TLS are needed
#   port: 8787               # the gateway: ANTHROPIC_BASE_URL=http://127.0.0.1:8787
#   adminPort: 8788

# authentication:
#   mode: local              # local: whoever works on this machine; required: a client key on every request

# validation:
#   secrets:
#     mode: mask             # observe, mask or block
#   paths:
#     protect: []            # further paths or globs that no agent may read or write
#     outsideProject: ask    # allow, ask or deny writes outside the project
#   commands:
#     autoAllow: true        # commands known to only read run without a question

# hooks:
#   mode: enforce            # warn and observe do NOT protect: they tell or only record
#   deadlineMs: 2000         # without an answer by then the act is denied

# gateway:
#   upstream:
#     url: https://api.anthropic.com
#   block: status-451        # or assistant-turn
`
