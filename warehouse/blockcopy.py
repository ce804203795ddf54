"""Makes one file equal to another by writing only the blocks that differ.

    python blockcopy.py SOURCE TARGET

Both are DuckDB files: three headers of 4 kB, then blocks of 256 kB, each of which begins with the
checksum that DuckDB wrote with it. Two blocks of one checksum are taken for equal, so that most
of a large file need not be read.

Runs as a program of its own and imports nothing of ours: a process that closes any descriptor of
a file loses the locks that it holds on that file, and DuckDB locks the warehouse that way.
"""

import fcntl
import os
import sys

BLOCK = 1 << 18
HEADERS = 3 << 12
CHECKSUM = 8  # bytes
MAGIC, MAGIC_AT = b"DUCK", 8
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
    has_checksums = all(map(_is_ours, (source, target)))
    written = 0
    start = 0
    while start < size:
        length = HEADERS if has_checksums and start == 0 else BLOCK
        # what is compared: a block's checksum, or where there is none, all of it
        telling = CHECKSUM if has_checksums and start else length
        if start + length > before or _differ(source, target, start, telling):
            written += _copy(source, target, start, length)
        start += length
    os.ftruncate(target, size)
    return written


def _is_ours(file: int) -> bool:
    """Whether a file is laid out as the module says."""
    whole_blocks = (os.fstat(file).st_size - HEADERS) % BLOCK == 0
    return whole_blocks and os.pread(file, len(MAGIC), MAGIC_AT) == MAGIC


def _differ(source: int, target: int, start: int, length: int) -> bool:
    return os.pread(source, length, start) != os.pread(target, length, start)


def _copy(source: int, target: int, start: int, length: int) -> int:
    block = os.pread(source, length, start)
    written = 0
    while written < len(block):
        written += os.pwrite(target, block[written:], start + written)
    return written


if __name__ == "__main__":
    raise SystemExit(main())
