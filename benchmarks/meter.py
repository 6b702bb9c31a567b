"""Runs one command and prints wall, user and system seconds, peak KiB and exit code.

A process of its own, and a small one: the peak memory that the kernel reports for a child is never
below that of the process which started it. Standard output and error go to the two files named
first.
"""

import os
import sys
import time


def main(arguments: list[str]) -> None:
    output, errors, *command = arguments
    mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    redirected = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, mode, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, errors, mode, 0o600),
    ]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=redirected)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    print(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, code)


main(sys.argv[1:])
