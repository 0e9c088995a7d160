"""The lab process: see `door.py`."""

import gc

gc.disable()  # nothing becomes garbage while modules load, and looking for it takes a third of the start

from awslab.server.door import main  # noqa: E402

main()
