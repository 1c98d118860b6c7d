# Developers' front door. Every target sets up what it needs; nothing but `make` and some Node with npm is assumed.

NODE_BIN := $(CURDIR)/node_modules/node/bin
export PATH := $(NODE_BIN):$(CURDIR)/node_modules/.bin:$(PATH)
# The machine's own certificates count too: a company's registry is often behind one.
export NODE_USE_SYSTEM_CA := 1
STAMP := node_modules/.portcullis-setup
HOOK := dist/portcullis-hook.cjs
EXEC := dist/cli/exec.cjs

.PHONY: help setup sandbox-packages start demo test test-clients check fuzz fuzz-secrets sandbox-faults bench build clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP) $(HOOK) $(EXEC) sandbox-packages ## install the locked packages and the project's own Node, and make hook and exec one file each

sandbox-packages:
	@build/sandbox-packages.sh

# They are run while no source is newer, and the sources else.
$(HOOK): $(STAMP) build/bundle-hook.ts build/bundle.ts $(shell find src)
	@node build/bundle-hook.ts

$(EXEC): $(STAMP) build/bundle-exec.ts build/bundle.ts $(shell find src)
	@node build/bundle-exec.ts

$(STAMP): package-lock.json package.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node with npm (Debian: apt-get install nodejs npm)" >&2; exit 2; }
	npm ci --no-audit --no-fund --loglevel=error
	@test -x $(NODE_BIN)/node || { echo "the package \`node\` brought no binary for this platform" >&2; exit 2; }
	@touch $(STAMP)

start: setup ## set up and bring the gate up on loopback
	@./portcullis up

demo: setup ## the whole story on loopback, without any account
	@./portcullis demo

test: setup ## unit, property, conformance and end-to-end tests
	@vitest run

test-clients: setup ## the same story with the real Claude Code client
	@vitest run --config test/clients/vitest.config.ts

check: setup ## types, lint, unused code, tests
	tsc --noEmit
	biome check --error-on-warnings .
	knip
	vitest run

fuzz-secrets: setup ## a hundred thousand texts full of secrets through scan, mask and stream
	@node test/fuzz/secrets.ts

sandbox-faults: setup ## ends the sandbox at random moments, two hundred times, and looks for what is left
	@node test/sandbox/faults.ts

fuzz: setup ## a million mutated commands, judged and never run
	@node test/fuzz/main.ts

bench: setup ## figures beside nginx and the floors of this machine
	@node bench/main.ts

build: setup ## JavaScript for publishing, in dist/
	npm run build --silent

clean: ## remove what the other targets made
	rm -rf node_modules dist coverage .cache
