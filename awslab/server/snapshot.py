"""Freeze a whole lab to bytes and thaw it: every moto backend, the clock, the ids, what extensions keep beside moto.

One pickle for all services, because moto's load balancers hold references into EC2.
Locks are made anew; moto's registries of backends are named, not copied; some of moto's dictionaries make their
entries with a lambda, which takes cloudpickle.
"""

import io
import pickle
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import cloudpickle
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.moto_api._internal import mock_random

from awslab.server import clock

_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}


def freeze(extensions: Iterable[ModuleType]) -> bytes:
    """Return the lab as bytes; an extension with a `freeze()` adds plain data of its own."""
    state = {
        "now": clock.current.now,
        "random": mock_random.getstate(),
        "backends": {
            name: {account: dict(regions.items()) for account, regions in backends.items()}
            for name, backends in _registries()
        },
        # The names of all buckets, whosever they are: S3 keeps them beside its backends.
        "buckets": {
            name: dict(backends.bucket_accounts)
            for name, backends in _registries()
            if hasattr(backends, "bucket_accounts")
        },
        "extensions": {e.__name__: e.freeze() for e in extensions if hasattr(e, "freeze")},
    }
    stream = io.BytesIO()
    _Pickler(stream, protocol=5).dump(state)
    return stream.getvalue()


def thaw(data: bytes, extensions: Iterable[ModuleType]) -> None:
    """Make the lab what it was when `data` was frozen, in this process or another one.

    `data` is trusted: it is a pickle. An extension with a `thaw(state)` gets back what its `freeze()` gave.
    """
    extensions = list(extensions)
    for extension in extensions:
        extension.reset()  # what it remembers is of the lab that was
    state = _Unpickler(io.BytesIO(data)).load()
    clock.current.now = state["now"]
    mock_random.setstate(state["random"])
    for name, backends in _registries():
        backends.clear()
        if hasattr(backends, "bucket_accounts"):
            backends.bucket_accounts = state["buckets"].get(name, {})
        for account, regions in state["backends"].get(name, {}).items():
            for region, backend in regions.items():
                dict.__setitem__(backends[account], region, backend)
    for extension in extensions:
        if extension.__name__ in state["extensions"]:
            extension.thaw(state["extensions"][extension.__name__])


def _registries() -> Iterator[tuple[str, BackendDict]]:
    """Yield moto's registries of backends by the name under which they are found again."""
    for module in [name for name in sys.modules if name.startswith("moto.")]:
        for attribute, value in list(vars(sys.modules[module]).items()):
            if isinstance(value, BackendDict) and value.backend.__module__ == module:
                yield f"{module}:{attribute}", value


def _registry(name: str) -> BackendDict:
    module, _, attribute = name.partition(":")
    __import__(module)
    return getattr(sys.modules[module], attribute)


class _Pickler(cloudpickle.Pickler):
    def __init__(self, stream: io.BytesIO, **options: Any) -> None:
        super().__init__(stream, **options)
        self._names = {id(backends): name for name, backends in _registries()}
        self._accounts = {
            id(regions): (name, account)
            for name, backends in _registries()
            for account, regions in backends.items()
        }

    def persistent_id(self, thing: Any) -> Any:
        if isinstance(thing, BackendDict):
            return ("registry", self._names[id(thing)])
        if isinstance(thing, AccountSpecificBackend):
            return ("account", *self._accounts[id(thing)])
        return None

    def reducer_override(self, thing: Any) -> Any:
        if make := _LOCKS.get(type(thing)):
            return make, ()
        if type(thing).__module__.startswith("cryptography."):
            return _pem(thing)
        if isinstance(thing, defaultdict) and type(thing) is not defaultdict:
            made = _empty, (type(thing), thing.default_factory)
            return *made, dict(vars(thing)), None, iter(thing.items())
        return super().reducer_override(thing)


def _pem(thing: Any) -> Any:
    """Reduce a certificate or a private key of moto's ACM and IAM to PEM text."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as form

    if isinstance(thing, x509.Certificate):
        return _certificate, (thing.public_bytes(form.Encoding.PEM),)
    how = (form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return _private_key, (thing.private_bytes(*how),)


def _certificate(pem: bytes) -> Any:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem)


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # Proving it takes 35 ms, and it was proved when it came into the lab.
    return load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


def _empty(kind: type, factory: Any) -> Any:
    """Make one of moto's defaultdicts without the arguments that its constructor wants."""
    made = kind.__new__(kind)
    made.default_factory = factory
    return made


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, named: Any) -> Any:
        kind, name, *account = named
        return _registry(name) if kind == "registry" else _registry(name)[account[0]]
