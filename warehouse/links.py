"""A second name for a file, or where the file system has none, a second file."""

import errno
import os
import shutil
from pathlib import Path

# of file systems without hard links, and of files that have as many as there may be
NO_LINK = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def link_or_copy(source: Path, target: Path) -> None:
    """Let *target* hold what *source* does, without writing it again where that can be.

    Raises:
        OSError: *source* is not there, *target* is, or it cannot be written.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        shutil.copyfile(source, target)
        with target.open("rb") as copy:
            os.fsync(copy.fileno())
