"""Makes one file equal to another by writing only the blocks that differ.

    python blockcopy.py SOURCE TARGET

Runs as a program of its own and imports nothing of ours: a process that closes any descriptor of
a file loses the locks that it holds on that file, and DuckDB locks the warehouse that way.
"""

import fcntl
import os
import sys

BLOCK = 1 << 18  # DuckDB's own
FICLONE = 0x40049409  # of linux/fs.h: share the blocks, where the file system can


def main() -> int:
    """Copy as the command line says; a failure is one line on stderr and exit status 1."""
    source, target = sys.argv[1:]
    try:
        written = make_equal(source, target)
    except OSError as error:
        print(error.strerror or error, file=sys.stderr)
        return 1
    print(written)
    return 0


def make_equal(source: str, target: str) -> int:
    """Make *target* the same bytes as *source*, on the disk; return how many were written.

    Where the file system shares blocks between files nothing is written at all. What *target*
    held before is made use of, whatever it is.
    """
    mode = "r+b" if os.path.exists(target) else "w+b"  # noqa: PTH110  (starts faster)
    with open(source, "rb", buffering=0) as old, open(target, mode, buffering=0) as new:  # noqa: PTH123
        try:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
        except OSError:
            written = _write_differences(old.fileno(), new.fileno())
        else:
            written = 0
        os.fsync(new.fileno())
        return written


def _write_differences(source: int, target: int) -> int:
    size, before = os.fstat(source).st_size, os.fstat(target).st_size
    written = 0
    for start in range(0, size, BLOCK):
        block = os.pread(source, BLOCK, start)
        if start < before and os.pread(target, BLOCK, start) == block:
            continue
        place = start
        while block:
            done = os.pwrite(target, block, place)
            written, place, block = written + done, place + done, block[done:]
    os.ftruncate(target, size)
    return written


if __name__ == "__main__":
    raise SystemExit(main())
