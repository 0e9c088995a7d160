"""The lab process: moto's backends, extended; a simulated clock; one HTTP door.

Everything that touches moto's internals is in this package,
each with a test that fails loudly when moto changes under it.
"""

import sys

# moto's CloudFormation brings jsonschema in, which parses a grammar to check `iri` formats, for a second.
# Without it they are not checked, and nothing here has any.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
