"""Runs a command at a terminal of its own, types an answer at each question (which ends with ": "), and prints what the terminal showed."""

import os
import pty
import sys


def main() -> int:
    answers = sys.argv[1].split(",")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            # Its end of the terminal is closed.
            break
        if not part:
            break
        shown += part
        if shown.endswith(b": ") and answers:
            os.write(terminal, answers.pop(0).encode() + b"\n")
    _, status = os.waitpid(child, 0)
    sys.stdout.write(shown.decode())
    return os.waitstatus_to_exitcode(status)


sys.exit(main())
