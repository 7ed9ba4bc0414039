"""Arrows point down only: who imports whom, and what `import proofkit` brings in."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "proofkit"

# From the bottom up; a part imports only from layers below its own. verify.py stands apart: nothing of proofkit is in it,
# and only the writing of certificates and the command line call it.
LAYERS = [
    {"errors", "interrupts"},
    {"fields", "statements", "certificates"},
    {"tensors", "linalg", "diagrams"},
    {"networks", "ranks"},
    {"evaluate"},
    {"strategies", "search", "lemma"},
    {"rungs", "certify", "scaffold"},
    {"graph", "store", "workers"},
    {"checking"},
    {"report"},
    {"outcome"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
CALLERS_OF_THE_JUDGE = {"certificates", "cli"}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The names of all modules that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names) if module == "proofkit" else [module]


def parts_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("proofkit.") and "__version__" not in name}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    part = part_of(path)
    if part in ("__init__", "verify"):
        return
    assert part in LEVEL, f"{part} is in no layer: give it one"
    for other in parts_imported(path) - {part}:
        if other == "verify":
            assert part in CALLERS_OF_THE_JUDGE
        else:
            assert LEVEL[other] < LEVEL[part], f"{path} imports {other}, which is not below {part}"


def test_the_judge_imports_the_standard_library_alone() -> None:
    names = {name.split(".")[0] for name in imported(PACKAGE / "verify.py")}
    assert names <= sys.stdlib_module_names


def test_nothing_in_proofkit_imports_lemmas_and_only_torch_backend_imports_torch() -> None:
    for path in sources():
        names = {name.split(".")[0] for name in imported(path)}
        assert "lemmas" not in names and "torch" not in names, path


def test_import_proofkit_is_light() -> None:
    code = "import proofkit, sys; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    for heavy in ("torch", "sympy", "numpy", "hypothesis", "networkx", "rich"):
        assert f"'{heavy}'" not in loaded


def test_every_public_name_is_there() -> None:
    import proofkit

    for name in proofkit.__all__:
        assert getattr(proofkit, name) is not None
    with pytest.raises(AttributeError):
        proofkit.nothing_of_the_kind  # noqa: B018
