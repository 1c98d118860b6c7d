import { main } from './main.ts'

// The program of the bundle (`build/bundle-exec.ts`): the command line of which only `exec` is called.

void main()
