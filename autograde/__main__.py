"""`python -m autograde`: see `command.py`."""

import sys

from autograde.command import main

if __name__ == "__main__":
    sys.exit(main())
