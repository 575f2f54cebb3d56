"""What is written in a PDF on standard input?  Run as a program of its own by `pdf_text`, and imported by nobody.

A PDF is a program in disguise: it may unpack to gigabytes or refer to itself for ever.  So it is read by a
process that may use only so much memory and time, and that holds nothing which could be taken.
"""

from __future__ import annotations

import io
import logging
import sys

PAGES_MAX = 60
CHARACTERS_MAX = 200_000
MEMORY_MAX = 768 * 1024 * 1024
SECONDS_MAX = 10
NO_PDF, ENCRYPTED = 3, 4
"""With what the program ends where it cannot read."""


def _bind_to_limits() -> None:
    """So much memory and time of the processor and no more, where the system can keep a process to it."""
    try:
        import resource
    except ImportError:  # Windows: whoever called ends the program when its time is up
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))


def main() -> int:
    """Write the text of the pages to standard output."""
    _bind_to_limits()
    logging.disable(logging.CRITICAL)
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    written = 0
    try:
        reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()), strict=False)
        for page, _ in zip(reader.pages, range(PAGES_MAX), strict=False):
            text = page.extract_text()[: CHARACTERS_MAX - written]
            sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
            written += len(text)
            if written >= CHARACTERS_MAX:
                break
    except (FileNotDecryptedError, DependencyError):
        return ENCRYPTED
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        return NO_PDF
    return 0


if __name__ == "__main__":
    sys.exit(main())
