"""What a lemma is, and where lemmas are found.

A lemma module holds one ``LEMMA``. Modules are loaded by file path under private names, so that a user's own directory,
even one called ``lemmas``, never shadows another.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from proofkit.errors import ProofkitError, UsageError

if TYPE_CHECKING:
    from proofkit.certificates import Certificate
    from proofkit.fields import Array, NumberSystem


BLANK = "..."  # what a statement is before it is filled in


@dataclass(frozen=True)
class FalseSibling:
    """A statement that looks like the lemma and is false: a hypothesis dropped, a bound or a sign altered, "almost every"
    made "every". Every run must refute it, so that no check of the lemma is one that cannot fail.

    One in words is refuted by what contradicts it: ``contrary`` makes a certificate of that (None where
    it fails), ``formal`` is a theorem of it.
    """

    statement: str
    where: str = ""
    why: str = ""
    given: tuple[str, ...] = ()
    field: str = "any"
    almost_every: tuple[str, ...] = ()
    contrary: Callable[[], Certificate | None] | None = None
    formal: str = ""


class Use:
    """An instance of another lemma that a proof may use: its names replaced by expressions of this one.

    ``Use("kronecker_rank", A="odd_even(S)", B="odd_even(T)")``; the sizes follow. ``Use("tensor_product_rank", "level", S="X",
    T="X2")`` is used inside an induction, in the step from one level of a network to the next.
    """

    def __init__(self, lemma: str, place: str = "", /, **names: str) -> None:
        if place not in ("", "level"):
            raise UsageError(f"Use({lemma!r}, {place!r}): the second word is 'level', for a step of induction, or left out")
        self.lemma, self.place = lemma, place
        self.names: Mapping[str, str] = names

    def __repr__(self) -> str:
        place = [repr(self.place)] if self.place else []
        return f"Use({', '.join([repr(self.lemma), *place, *(f'{name}={text!r}' for name, text in self.names.items())])})"


class Computation(NamedTuple):
    """Two ways to compute one thing, by which ``left`` and ``right`` have to agree, and a third, ``altered``, that is wrong on
    purpose and has to differ from ``left`` (else the comparison is one that cannot fail)."""

    text: str
    left: Array
    right: Array
    altered: Array


@dataclass(frozen=True)
class Lemma:
    """One step of a proof.

    ``statement`` is a line of the statement language, ``where`` its declarations, ``almost_every`` the tensors up to a set of
    measure zero of which it holds. ``exhaustive`` fixes the sizes at which all matrices over GF(2) are tried (at most 10^6).
    ``computations`` are further instances that the statement language cannot write, such as a network run on inputs.
    ``certified`` yields what the lemma says of networks of given sizes: a few words, and the certificate that the judge accepted.
    ``formal`` names the theorems in formal/ that say the same in a proof assistant, as ``file.theorem``.

    A theorem that the statement language cannot say is stated ``in_words``. Its proof is the one in formal/, and ``steps`` names
    the lemmas whose formal proofs that one uses; what remains for the other rungs are computations and certificates
    (over R or C, computations with rounding only).
    """

    statement: str
    sibling: FalseSibling
    title: str
    source: str
    where: str = ""
    given: tuple[str, ...] = ()
    almost_every: tuple[str, ...] = ()
    field: str = "any"
    uses: tuple[Use, ...] = ()
    idea: str = ""
    exhaustive: Mapping[str, int] = dataclasses.field(default_factory=dict)
    computations: Callable[[NumberSystem, int], Iterator[Computation]] | None = None
    certified: Callable[[], Iterator[tuple[str, Certificate]]] | None = None
    formal: tuple[str, ...] = ()
    in_words: bool = False
    steps: tuple[str, ...] = ()
    name: str = ""
    path: Path = Path()
    doc: str = ""

    def _repr_html_(self) -> str:
        from importlib import import_module

        shown: str = import_module("proofkit.report.html").lemma_html(self)  # drawn above this layer, when a notebook asks
        return shown

    @cached_property
    def rests_on(self) -> tuple[str, ...]:
        """The lemmas that its proof uses, by name."""
        return tuple(dict.fromkeys([*(use.lemma for use in self.uses), *self.steps]))

    @property
    def spoken(self) -> str:
        """What a lemma in words says, its false sibling, and by which theorems: what has to be read together."""
        return "\n".join([self.statement, *self.formal, self.sibling.statement, self.sibling.formal])

    @property
    def misuse(self) -> str:
        """What does not fit a lemma stated in words, or one that is not; empty where all fits."""
        if not self.in_words:
            return "steps are for lemmas stated in words; name a use" if self.steps else ""
        if self.where or self.given or self.almost_every or self.uses or self.exhaustive:
            return "stated in words, so that declarations, hypotheses and uses belong into the sentence, or into steps"
        if not self.formal:
            return "stated in words, so that it has to name its theorem in formal/"
        if not self.sibling.contrary and not self.sibling.formal:
            return "stated in words, so that its false sibling needs a contrary, or a theorem in formal/"
        return "one theorem cannot prove both the lemma and what contradicts it" if self.sibling.formal in self.formal else ""


def builtin_directory() -> Path:
    """Where the lemmas that come with proofkit lie, installed or in a checkout."""
    package = Path(__file__).resolve().parent
    for place in (package / "_lemmas", package.parent / "lemmas"):
        if place.is_dir():
            return place
    raise UsageError(f"the lemmas that come with proofkit are missing beside {package}; install it again")


def load(directories: Iterable[Path | str] = ()) -> dict[str, Lemma]:
    """The built-in lemmas in reading order, then those of the directories given, by name.

    Raises :class:`UsageError` for a directory or module that cannot be used: one line that says which and why.
    """
    found: dict[str, Lemma] = {}
    for directory in [builtin_directory(), *map(Path, directories)]:
        if not directory.is_dir():
            raise UsageError(f"{directory}: no such directory of lemmas; give one with --lemmas")
        for path in sorted(directory.glob("*.py")):
            if path.name.startswith("_"):
                continue
            lemma = load_file(path)
            if lemma.name in found:
                raise UsageError(f"{path}: there is a lemma {lemma.name} in {found[lemma.name].path} already; rename one")
            found[lemma.name] = lemma
    return _checked(found)


class FromText(SourceFileLoader):
    """Loads a module from its text alone: Python takes kept bytecode for that of any text of the same length and second."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def load_file(path: Path) -> Lemma:
    """The lemma of one module; its name is that of the file without a leading number ("03_cp_bound.py": cp_bound)."""
    private = f"_proofkit_lemma_{sha256(str(path.resolve()).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(private, path, loader=FromText(private, str(path)))
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[private] = module
    try:
        spec.loader.exec_module(module)
    except ProofkitError:
        raise
    except SyntaxError as error:
        raise UsageError(f"{path}, line {error.lineno}: not Python: {error.msg}") from None
    except Exception as error:
        raise UsageError(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from None
    lemma = getattr(module, "LEMMA", None)
    if not isinstance(lemma, Lemma):
        raise UsageError(f"{path}: defines no LEMMA = Lemma(...)")
    if BLANK in (lemma.statement, lemma.sibling.statement):
        raise UsageError(f"{path}: fill in the statement and the false sibling; both are still {BLANK!r}")
    if lemma.misuse:
        raise UsageError(f"{path}: {lemma.misuse}")
    number, _, rest = path.stem.partition("_")
    name = rest if number.isdigit() and rest else path.stem
    return replace(lemma, name=name, path=path, doc=(module.__doc__ or "").strip())


def _checked(lemmas: dict[str, Lemma]) -> dict[str, Lemma]:
    for lemma in lemmas.values():
        for other in lemma.rests_on:
            if other not in lemmas:
                raise UsageError(f"{lemma.path}: uses {other}, which is no lemma{_nearest(other, lemmas)}")
    select(lemmas, list(lemmas))
    return lemmas


def select(lemmas: Mapping[str, Lemma], names: Sequence[str]) -> list[str]:
    """The lemmas named and all they rest on, each after what it rests on.

    Raises :class:`UsageError` for an unknown name, and where lemmas rest on each other in a circle.
    """
    order: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in path:
            raise UsageError(f"lemmas rest on each other in a circle: {' -> '.join([*path[path.index(name) :], name])}")
        if name in order:
            return
        path.append(name)
        for other in lemmas[name].rests_on:
            visit(other)
        path.pop()
        order.append(name)

    for name in names:
        if name not in lemmas:
            raise UsageError(f"{name}: no such lemma{_nearest(name, lemmas)}; `proofkit list` shows them all")
        visit(name)
    return order


def _nearest(name: str, lemmas: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(lemmas), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
