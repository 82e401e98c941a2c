"""The package can be used by itself: its README runs, and it loads neither web nor database."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import participa.tally
from tests.tally.elections import election

README = Path(participa.tally.__file__).with_name("README.md")


@pytest.mark.slow
def test_the_example_of_the_readme_runs_without_web_and_database(tmp_path):
    code = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert code
    votes = election({"1": 30, "2": 50}, [["1"], ["1", "2"], ["2"]], budget=60)
    outcome = participa.tally.tally(votes, participa.tally.Parameters(participa.tally.Rule.GREEDY))
    (tmp_path / "votacion.pb").write_bytes(participa.tally.write(outcome))
    script = code[1] + (
        "import sys\n"
        "print([each for each in ('flask', 'sqlalchemy', 'wtforms', 'babel') if each in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(done.stdout.splitlines()) > 1
