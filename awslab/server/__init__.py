"""The lab process: moto's backends, extended; a simulated clock; one HTTP door.

Everything that touches moto's internals is in this package,
each with a test that fails loudly when moto changes under it.
"""
