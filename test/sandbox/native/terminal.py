"""Runs a command at a terminal of its own; says afterwards what was typed into that terminal from inside."""
import os, pty, select, sys, tty

main, side = pty.openpty()
tty.setraw(side)
child = os.fork()
if child == 0:
    os.setsid()
    import fcntl, termios
    fcntl.ioctl(side, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(side, descriptor)
    os.closerange(3, 64)
    os.execvp(sys.argv[1], sys.argv[1:])

output = b""
ended = False
while True:
    ready, _, _ = select.select([main], [], [], 0.2)
    if ready:
        output += os.read(main, 65536)
    elif ended:
        break
    if not ended:
        ended = os.waitpid(child, os.WNOHANG)[0] == child
sys.stdout.write(output.decode("utf-8", "replace"))
pending = select.select([side], [], [], 0.2)[0]
if pending:
    sys.stdout.write("\nbreach: typed into the terminal: %r\n" % os.read(side, 4096))
