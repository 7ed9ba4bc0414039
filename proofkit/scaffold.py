"""``proofkit new``: a lemma module and its test, to be filled in."""

from __future__ import annotations

import keyword
import os
from pathlib import Path

from proofkit.certificates import write_atomically
from proofkit.errors import UsageError
from proofkit.lemma import BLANK

MODULE = '''"""What is claimed, under which hypotheses, and why it is true.

Source: author, title, venue, theorem.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="{title}",
    # 1. The line that is claimed, such as "rank(A @ B) <= rank(A)".
    statement="{blank}",
    # 2. A line that looks like it and is false, such as "rank(A @ B) <= rank(A) - 1": every run has to refute it.
    sibling=FalseSibling("{blank}"),
    source="author, title, venue, theorem",
    # where="A: m n; v: n; T: M M M M" declares what is not a matrix of sizes to be inferred;
    # uses=(Use("kronecker_rank", A="A", B="B"),) builds on a lemma by name; almost_every=("A",) claims it off measure zero.
)
'''

TEST = '''"""The lemma {name}, proved for all sizes and checked at instances."""

from pathlib import Path

from proofkit.report.account import assert_lemma

LEMMAS = Path(__file__).resolve().parent.parent / "{folder}"


def test_{name}() -> None:
    assert_lemma(LEMMAS / "{name}.py")
'''


def new(name: str, directory: Path) -> tuple[Path, Path]:
    """Write ``directory/NAME.py`` and ``tests/test_NAME.py`` beside the directory; their paths.

    Raises :class:`UsageError` for a name that is no Python name, and where one of the files is there already.
    """
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name) or name.startswith("_"):
        raise UsageError(f"{name}: a lemma's name is a Python name, such as rank_of_sums")
    module = directory / f"{name}.py"
    test = Path(os.path.relpath(directory.resolve().parent / "tests" / f"test_{name}.py"))
    for path in (module, test):
        if path.exists():
            raise UsageError(f"{path} is there already; choose another name, or remove it")
    title = name.replace("_", " ").capitalize()
    write_atomically(module, MODULE.format(title=title, blank=BLANK).encode())
    write_atomically(test, TEST.format(name=name, folder=directory.resolve().name).encode())
    return module, test
