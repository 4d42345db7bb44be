"""The packages of the peers, which are not ours: an environment beside the default one."""

import importlib
import importlib.metadata
import sys
from types import ModuleType
from typing import Any, Final

from tests.support.paths import REPOSITORY

_LIB: Final = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
FOLDER: Final = REPOSITORY / ".cache" / "peers" / _LIB


def use_peers() -> None:
    """Let the peers be imported. Where both have a package, ours holds: all use the same."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))


def peer(name: str) -> Any:
    """Import a module of a peer, which has no types here. Raises ImportError."""
    use_peers()
    module: ModuleType = importlib.import_module(name)
    return module


def version(package: str) -> str | None:
    """Return the version of a package of either environment; None: it is not there."""
    use_peers()
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
