"""Check what would be published: `make wheel-check`.

Builds the sdist, builds the wheel from the sdist (as an installer without a checkout does), and
looks inside: catalogues compiled, migrations, templates and licence there, tests not. Then starts
the program from it, away from the checkout.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = [sys.executable, "-m", "hatchling", "build", "--directory"]
START = "import participa.cli, participa.app; print(participa.__version__, participa.__file__)"


def build(folder: Path) -> Path:
    """Return the wheel, built from the sdist."""
    subprocess.run(
        [*BUILD, folder / "sdist", "--target", "sdist"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = (folder / "sdist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    subprocess.run(
        [*BUILD, folder / "wheel", "--target", "wheel"],
        cwd=source,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (wheel,) = (folder / "wheel").glob("*.whl")
    return wheel


def expected() -> set[str]:
    """Return the names that must be in the wheel."""
    names = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "participa").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names |= {
        f"participa/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "migrations").rglob("*.py")
    }
    for path in (ROOT / "translations").glob("*/LC_MESSAGES/*.po"):
        name = path.relative_to(ROOT)
        names |= {f"participa/{name}", f"participa/{name.with_suffix('.mo')}"}
    return names


def main() -> int:
    """Build, look inside, start."""
    with tempfile.TemporaryDirectory(prefix="participa-wheel-") as name:
        folder = Path(name)
        wheel = build(folder)
        with zipfile.ZipFile(wheel) as opened:
            held = set(opened.namelist())
            opened.extractall(folder / "installed")  # noqa: S202  (built above)
        missing = sorted(expected() - held)
        strange = sorted(one for one in held if one.split("/")[0] in {"tests", "dev", "docs"})
        if not any(one.endswith("licenses/LICENSE") for one in held):
            missing.append("LICENSE")
        for one in missing:
            print(f"missing from the wheel: {one}")
        for one in strange:
            print(f"should not be in the wheel: {one}")
        started = subprocess.run(
            [sys.executable, "-c", START],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder / "installed")},
            check=False,
        )
        print(f"{wheel.name}: {len(held)} files")
        return int(bool(missing or strange or started.returncode))


if __name__ == "__main__":
    sys.exit(main())
