"""`python -m pipeline.cli`: the same as `reidpipe`, for torchrun and for where the script is not on the path."""

from __future__ import annotations

import sys

from pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
