"""Diagrams as expressions of the statement language: one ``einsum`` a term."""

from __future__ import annotations

import string
from collections.abc import Sequence

from proofkit.diagrams.build import Diagram, Expression, Scope

LETTERS = string.ascii_letters[:-1]
UNIT = "Z"  # the index of size 1


def expression_text(value: Expression, scope: Scope) -> str | None:
    """An expression whose diagrams are these, for modes of one group; None where the language cannot say them."""
    if any(len(mode) != 1 for mode in value.shape):
        return None
    if not value.terms:
        sizes = ", ".join("*".join(map(str, mode[0])) or "1" for mode in value.shape)
        return f"zeros({sizes})" if sizes else "0"
    for term in value.terms:  # an index that ranges over less than its mode has no word
        if any(term.ranges[cls] != {atom} for group, size in zip(term.out, value.groups) for cls, atom in zip(group, size)):
            return None
    texts = [term_text(term, scope) for term in value.terms]
    return None if None in texts else " + ".join(map(str, texts))


def term_text(term: Diagram, scope: Scope) -> str | None:
    """One diagram as ``coefficient * sizes * einsum(...)``."""
    if len(term.ranges) > len(LETTERS):
        return None
    words, factors, met = [], [], set[int]()
    for box in term.boxes:
        word = _word(box.name, box.legs, scope) if box.argument is None else None
        if word is None:
            return None
        words.append(word)
        factors.append(box.name)
        met |= set(box.legs)
    loops = []
    for cls in range(len(term.ranges)):
        if cls in met and len(term.ranges[cls]) == 1:
            continue
        sizes = sorted(map(str, term.ranges[cls]))
        if len(sizes) != 1 or not (sizes[0].isidentifier() or sizes[0].isdigit()):
            return None
        if cls in term.loops():
            loops.append(sizes[0])
        else:
            words.append(LETTERS[cls])
            factors.append(f"ones({sizes[0]})")
    output = "".join(_output(group) for group in term.out)
    if UNIT in output and UNIT not in "".join(words):
        words.append(UNIT)
        factors.append("ones(1)")
    scalars = [f"({term.coefficient})"] * (term.coefficient != 1) + loops
    if not words:
        return " * ".join(scalars or ["1"])
    return " * ".join([*scalars, f'einsum("{",".join(words)}->{output}", {", ".join(factors)})'])


def _output(group: Sequence[int]) -> str:
    letters = "".join(LETTERS[cls] for cls in group) or UNIT
    return letters if len(letters) == 1 else f"({letters})"


def _word(name: str, legs: Sequence[int], scope: Scope) -> str | None:
    """The subscripts of a box; a mode of size 1 has the letter of size 1."""
    if name not in scope.shapes:
        return None
    word, at = "", 0
    for mode in scope.shapes[name]:
        if len(mode) != 1:
            return None
        word += _output(legs[at : at + len(mode[0])])
        at += len(mode[0])
    return word
