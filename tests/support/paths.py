"""Where the repository is, for tests that read its documents and files."""

from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
