"""Writes docs/reference.md from the docstrings: python docs/make_reference.py"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = {
    "proofkit": "The names at the top.",
    "proofkit.tensors": "Products, matricizations and levels over every number system.",
    "proofkit.networks": "Networks as objects.",
    "proofkit.fields": "Number systems and their arrays.",
    "proofkit.linalg.exact": "Exact linear algebra.",
    "proofkit.linalg.floating": "Verified bounds for floating-point matrices.",
    "proofkit.certify": "Certificates for networks of given sizes.",
    "proofkit.report.account": "Lemmas inside tests of your own.",
    "proofkit.verify": "The judge.",
}
HEAD = "# Reference\n\nWritten from the docstrings by `docs/make_reference.py`; do not edit.\n"


def public(module: Any) -> list[tuple[str, Any]]:
    """The public functions and classes of a module, in the order of its ``__all__`` or of its source."""
    names = getattr(module, "__all__", None) or [
        name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__
    ]
    things = [(name, getattr(module, name)) for name in names if not name.startswith("_")]
    return [(name, thing) for name, thing in things if callable(thing) and thing.__doc__]


def signature(name: str, thing: Any) -> str:
    """The call, without the module names in front of types."""
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return name
    text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", text)
    text = re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)
    return f"{name}{text}".replace("proofkit.", "").replace("typing.", "")


def entry(name: str, thing: Any) -> str:
    """One function, or one class with its public methods."""
    parts = [f"### `{name}`\n\n    {signature(name, thing)}\n\n{inspect.getdoc(thing)}\n"]
    if inspect.isclass(thing) and not issubclass(thing, Exception):
        for method, function in vars(thing).items():
            if not method.startswith("_") and inspect.isfunction(function) and function.__doc__:
                parts.append(f"- `{signature(method, function)}`: {inspect.getdoc(function)}".replace("\n", " ") + "\n")
    return "\n".join(parts)


def reference() -> str:
    """The whole page."""
    pages = [HEAD]
    for name, title in MODULES.items():
        pages.append(f"## {name}\n\n{title}\n")
        pages += [entry(*each) for each in public(import_module(name))]
    return "\n".join(pages)


if __name__ == "__main__":
    Path(__file__).with_name("reference.md").write_text(reference())
