"""The judge with one of its checks switched off."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from proofkit import verify

SOURCE = Path(verify.__file__).read_text()


class Check(NamedTuple):
    """One call of ``require`` or ``expect``: the function it is in, and its reason as written."""

    where: str
    reason: str
    line: int

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def calls(tree: ast.AST, inside: str = "") -> Iterator[tuple[Check, ast.Call]]:
    """All checks, in the order of the text."""
    for node in ast.iter_child_nodes(tree):
        name = inside
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{inside}.{node.name}".lstrip(".")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("require", "expect"):
            reason = node.args[1]
            text = reason.value if isinstance(reason, ast.Constant) else ast.unparse(reason)
            yield Check(name, str(text), node.lineno), node
        yield from calls(node, name)


@cache
def checks() -> list[Check]:
    return [check for check, _ in calls(ast.parse(SOURCE))]


def without(check: Check) -> ModuleType:
    """The judge that evaluates the condition of this check and ignores the answer."""
    tree = ast.parse(SOURCE)
    for found, call in calls(tree):
        if found == check:
            call.func = ast.copy_location(ast.Name(id="ignored", ctx=ast.Load()), call.func)
    module = ModuleType(f"judge_without_line_{check.line}")
    module.__dict__["ignored"] = lambda *_: None
    module.__dict__["__file__"] = verify.__file__
    sys.modules[module.__name__] = module
    try:
        exec(compile(tree, module.__name__, "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def stopped_by(data: bytes) -> Check | None:
    """The check of the judge that refuses these bytes; None where none does, or where it is no check but a direct refusal."""
    try:
        verify.BUDGET.left = verify.MAX_WORK
        verify.decide(verify.read(data))
    except (verify.Invalid, verify.Malformed) as error:
        lines = []
        trace = error.__traceback__
        while trace is not None:
            lines.append((trace.tb_frame.f_code.co_name, trace.tb_lineno))
            trace = trace.tb_next
        if lines[-1][0] in ("require", "expect"):
            start = lines[-2][1]
            return min((check for check in checks() if check.line <= start), key=lambda check: start - check.line)
    except Exception:
        return None
    return None
