/** Programs whose arguments may name other programs without running them. */
export const ordinary: ReadonlySet<string> = new Set(
  'apropos whatis whereis type info tldr cheat help figlet cowsay notify-send say open xdg-open code cursor subl gcc g++ clang cc rustc javac java kotlinc tsc eslint prettier biome vitest jest mocha pytest ruff mypy black flake8 tox nox playwright cypress vite webpack rollup esbuild next nuxt astro turbo nx lerna storybook rails php-cs-fixer phpunit rspec rubocop golangci-lint gofmt swift xcodebuild flutter dart crystal dotnet convert ffmpeg magick identify dpkg-query pkg-config ctags cloc tokei hyperfine ping6 uptime free vmstat iostat lsof netstat ss top htop w who last groups id whoami uname arch nproc lscpu lsblk lsusb lspci'.split(
    ' ',
  ),
)
