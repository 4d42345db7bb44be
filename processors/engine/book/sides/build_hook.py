"""Builds the compiled side of the book while the package is installed or packed.

Without a C compiler nothing is built: the side in Python gives the same figures at more than twice
the cost, and `wallwatch doctor` says which one is in force.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from Cython.Build import cythonize
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.errors import BaseError, CCompilerError

NAME: Final = "processors.engine.book.sides.compiled"
SOURCE: Final = Path("processors/engine/book/sides/compiled.pyx")
TRANSLATE: Final[Callable[..., list[Extension]]] = cythonize
EXACT: Final = ["-O3", "-ffp-contract=off"]
"""A product and a sum contracted into one operation would round once, where Python rounds twice."""


class CompiledSide(BuildHookInterface[Any]):
    """Adds the extension module to the wheel, or puts it beside its source for an editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it; a failure is told and leaves the package without it."""
        if self.target_name != "wheel":
            return
        module = self._built()
        if module is None:
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"].append(str(module))

    def _built(self) -> Path | None:
        """Return the path of the extension module, from the root of the project; None without."""
        root, compiled = Path(self.root), Path(self.root) / ".cache" / "compiled"
        extension = Extension(NAME, [str(root / SOURCE)], extra_compile_args=EXACT)
        try:
            modules = TRANSLATE([extension], build_dir=str(compiled), quiet=True)
            places = {"build_lib": str(root), "build_temp": str(compiled)}
            distribution = Distribution({"ext_modules": modules, "options": {"build_ext": places}})
            command = distribution.get_command_obj("build_ext")
            command.ensure_finalized()
            command.run()
        except (BaseError, CCompilerError, OSError) as error:
            sys.stderr.write(f"wallwatch: the order book is not compiled: {error}\n")
            return None
        return Path(command.get_ext_fullpath(NAME)).relative_to(root)
