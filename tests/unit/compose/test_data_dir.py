"""The data dir: one stack at a time, clear errors, no trace where it was temporary."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compose.stack.data_dir import DataDirError, locked_data_dir, temporary_data_dir

HOLDER = """
import sys
from pathlib import Path
from compose.stack.data_dir import locked_data_dir
with locked_data_dir(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_in_use_names_the_owner_and_is_free_once_the_owner_is_killed(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(DataDirError, match=rf"in use by a running stack \(pid {holder.pid}\)"),
            locked_data_dir(tmp_path),
        ):
            pass
        holder.kill()
    with locked_data_dir(tmp_path) as path:
        assert path == tmp_path


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataDirError, match="cannot be used: Not a directory; choose another"),
        locked_data_dir(tmp_path / "file" / "data"),
    ):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataDirError, match="Permission denied"), locked_data_dir(tmp_path / "data"):
        pass


def test_a_temporary_folder_is_removed() -> None:
    with temporary_data_dir() as path:
        (path / "file").write_text("x", encoding="utf-8")
    assert not path.exists()
