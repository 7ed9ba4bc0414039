"""Where plain floating point lies: the rigorous answer beside numpy's and torch's, each computed when the program runs.

python examples/floating_point_lies/lies.py                      prints the table
python examples/floating_point_lies/lies.py --write FILE         and writes it between the two marks in FILE
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import proofkit
from proofkit.evaluate import Instance
from proofkit.fields import BF16, FLOAT64, Q, contract
from proofkit.networks import deep_tree, random_network
from proofkit.networks.simnets import Signed, SimNet
from proofkit.rungs.floating import compare
from proofkit.statements import parse_statement
from proofkit.tensors import odd_even

MARKS = ("<!-- floating point lies: written by examples/floating_point_lies/lies.py -->", "<!-- end -->")


@dataclass(frozen=True)
class Row:
    """One question, the answer that is certain and by what it is, and what is answered otherwise."""

    question: str
    truth: str
    by: str
    numpy: str
    torch: str | None


def torch_says(answer: Callable[[Any], Any]) -> str | None:
    """What torch answers; None where it is not installed."""
    if find_spec("torch") is None:
        return None
    import torch

    return str(answer(torch))


def condition() -> Row:
    """Rank 50 by construction, condition 2e15."""
    random = np.random.default_rng(0)
    left, right = random.choice([-0.25, 0.25], (100, 50)), random.choice([-1.0, 1.0], (50, 100))
    left[:, 30:] *= 2.0**-48  # every product and sum is still exact
    a = left @ right
    return Row(
        "the rank of a 100 x 100 float64 matrix with entries about 1 and condition 2e15",
        rank_text(proofkit.rank(a, factors=(left, right))),
        "a minor modulo a prime; a factorization",
        f"{np.linalg.matrix_rank(a)}",
        torch_says(lambda torch: torch.linalg.matrix_rank(torch.from_numpy(a)).item()),
    )


def deep_network() -> Row:
    """r0 > M: the rank is M^(N / 2), but the singular values spread over many orders of magnitude."""
    a = odd_even(np.array(random_network(deep_tree(4), 2, [4, 4, 4, 4], Q, seed=1).tensor().tolist(), dtype=object))
    plain = a.astype(np.float64)
    single = plain / np.abs(plain).max()
    return Row(
        "the rank of a deep network's 256 x 256 matricization, N = 16, M = 2, r0 = 4 > M (torch: in its own float32)",
        rank_text(proofkit.rank(a, seed=0)),
        "a minor modulo a prime; the shape",
        f"{np.linalg.matrix_rank(plain)}",
        torch_says(lambda torch: torch.linalg.matrix_rank(torch.from_numpy(single).float()).item()),
    )


def kronecker_power() -> Row:
    """Ranks multiply; singular values do too."""
    factor = np.array([[1, 0], [0, Fraction(1, 1024)]], dtype=object)
    a = factor
    for _ in range(5):
        a = np.kron(a, factor)
    plain = a.astype(np.float64)
    return Row(
        "the rank of the sixth Kronecker power of diag(1, 2^-10), 64 x 64",
        rank_text(proofkit.rank(a)),
        'a minor modulo a prime; in general `prove("rank(kron(A, B)) == rank(A) * rank(B)")`',
        f"{np.linalg.matrix_rank(plain)}",
        torch_says(lambda torch: torch.linalg.matrix_rank(torch.from_numpy(plain)).item()),
    )


def cancelling_factors() -> Row:
    """A C cancels to 45 bits: the two sides of a proved identity differ by more than any tolerance."""
    names = {"A": [[1.0, -1.0]], "B": [[2.0**40]], "C": [[1 + 2.0**-45], [1.0]], "D": [[2.0**40 / 3]]}
    statement = "kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)"
    a, b, c, d = (np.array(each) for each in names.values())
    point = Instance(
        dict(zip("mnpqst", (1, 2, 1, 1, 1, 1))), {name: FLOAT64.array(np.array(each)) for name, each in names.items()}, FLOAT64
    )
    within = compare(parse_statement(statement).comparisons[0], point)
    assert within, "the two sides agree within their proved bounds"
    return Row(
        "kron(A, B) @ kron(C, D) == kron(A @ C, B @ D), where A @ C nearly cancels (`allclose` of both sides)",
        str(proofkit.prove(statement).verdict == "proved"),
        "the two diagrams are the same; in float64 within the bounds",
        str(np.allclose(np.kron(a, b) @ np.kron(c, d), np.kron(a @ c, b @ d))),
        torch_says(lambda torch: tensors_close(torch, a, b, c, d)),
    )


def tensors_close(torch: Any, *factors: Any) -> bool:
    """torch's comparison of the two sides of the mixed product."""
    a, b, c, d = (torch.from_numpy(each) for each in factors)
    return bool(torch.allclose(torch.kron(a, b) @ torch.kron(c, d), torch.kron(a @ c, b @ d)))


def near_identity() -> Row:
    """A statement that is false, tried where both sides are nearly the same."""
    a, b = np.eye(2) + 1e-9 * np.array([[0.0, 1], [0, 0]]), np.eye(2) + 1e-9 * np.array([[0.0, 0], [1, 0]])
    return Row(
        "kron(A, B) == kron(B, A) (`allclose` at two matrices 1e-9 from the identity)",
        str(proofkit.prove("kron(A, B) == kron(B, A)").verdict != "refuted"),
        "a counterexample that the judge accepts",
        str(np.allclose(np.kron(a, b), np.kron(b, a))),
        torch_says(
            lambda torch: torch.allclose(torch.kron(*map(torch.from_numpy, (a, b))), torch.kron(*map(torch.from_numpy, (b, a))))
        ),
    )


def deep_product() -> Row:
    """A network of 4096 positive inputs: its value is far below the smallest float64."""
    network = random_network(deep_tree(12), 2, [2] * 12, Q, seed=0, shared=True)
    inputs = np.full((4096, 2), 1e-4)
    found = SimNet(network).forward(Signed.of(inputs))
    log, bound = float(found.log.ravel()[0]), float(found.bound.ravel()[0])
    value = np.asarray(network.forward(inputs)).ravel()[0]
    layers = [np.array(network.matrix(node).tolist(), dtype=np.float64) for node in chain(network.tree)]
    return Row(
        "the value of a network with 4096 positive inputs",
        f"exp({log:.1f})" if bound < 0.05 else "not certain",
        "log-space, with a proved error bound",
        f"{float(value)}",
        torch_says(lambda torch: float(climbed(torch, layers, inputs))),
    )


def chain(node: Any) -> Iterator[Any]:
    """The nodes from a leaf up; with shared weights one of each level is enough."""
    if node.children:
        yield from chain(node.children[0])
    yield node


def climbed(torch: Any, layers: list[Any], inputs: Any) -> Any:
    """The same network in torch, all positions at once."""
    values = torch.from_numpy(inputs) @ torch.from_numpy(layers[0]).T
    for layer in layers[1:]:
        values = (values[0::2] * values[1::2]) @ torch.from_numpy(layer).T
    return values.ravel()[0]


def single_product() -> Row:
    """A product of rank 5, computed in float32 and handed on in float64."""
    random = np.random.default_rng(2)
    left, right = (random.standard_normal(shape).astype(np.float32) for shape in ((60, 5), (5, 60)))
    exact = Q.from_floats(left), Q.from_floats(right)
    product = contract([(0, 1), (1, 2)], (0, 2), list(exact))
    return Row(
        "the rank of A B, A of 60 x 5 and B of 5 x 60, multiplied in float32 and handed on in float64",
        rank_text(proofkit.rank(product, factors=exact)),
        "a minor modulo a prime; the factors themselves",
        f"{np.linalg.matrix_rank((left @ right).astype(np.float64))}",
        torch_says(lambda torch: torch.linalg.matrix_rank((torch.from_numpy(left) @ torch.from_numpy(right)).double()).item()),
    )


def half_width() -> Row:
    """A product of two integers that the type cannot hold."""
    ours = BF16.product(BF16.array([[[257]]]), BF16.array([[[257]]]))
    assert abs(257**2 - float(ours.planes[0].item())) <= float(ours.planes[1].item())
    half = np.array([[257]], dtype=np.float16)
    with np.errstate(over="ignore"):
        theirs = (half @ half).item()
    return Row(
        "257 * 257 in sixteen bits (numpy: float16, torch: bfloat16)",
        str(257**2),
        f"integers; in bf16 {ours.planes[0].item():.0f} ± {ours.planes[1].item():.0f}, under the assumed model",
        f"{theirs}",
        torch_says(lambda torch: (torch.tensor([[257.0]]).bfloat16() @ torch.tensor([[257.0]]).bfloat16()).item()),
    )


def singular_inverse() -> Row:
    """An inverse of a matrix that has none."""
    a = np.array([[2.0, 3.0, 5.0], [7.0, 11.0, 13.0], [9.0, 14.0, 18.0]])
    return Row(
        "the inverse of [[2, 3, 5], [7, 11, 13], [9, 14, 18]], whose last row is the sum of the others",
        "none" if proofkit.rank(a).upper == 2 else "exists",
        "rank 2, by a factorization",
        inverse_text(lambda: np.linalg.inv(a)),
        torch_says(lambda torch: inverse_text(lambda: torch.linalg.inv(torch.from_numpy(a)).numpy())),
    )


def inverse_text(compute: Callable[[], Any]) -> str:
    """What an inversion gives."""
    try:
        return f"entries to {np.abs(compute()).max():.0e}"
    except Exception as error:
        return type(error).__name__


def measured() -> Row:
    """Entries known to within 0.05."""
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.1]])
    singular = [[1, 2, 3], [4, 5, 6], [Fraction(139, 20), 8, Fraction(181, 20)]]  # moved by 0.05 in two places
    certain = proofkit.rank(a, radius=0.05).lower
    assert certain == proofkit.rank(singular).upper
    return Row(
        "the rank of [[1, 2, 3], [4, 5, 6], [7, 8, 9.1]], each entry known to within 0.05",
        f">= {certain}, and {certain} is possible",
        "a minor that vanishes nowhere in the interval; a matrix in it of that rank",
        f"{np.linalg.matrix_rank(a)}",
        torch_says(lambda torch: torch.linalg.matrix_rank(torch.from_numpy(a)).item()),
    )


CASES: tuple[Callable[[], Row], ...] = (
    condition,
    deep_network,
    kronecker_power,
    cancelling_factors,
    near_identity,
    deep_product,
    single_product,
    half_width,
    singular_inverse,
    measured,
)


def rank_text(found: Any) -> str:
    """The rank, where it is certain and the judge says so too."""
    return f"{found.lower}" if found.exact and found.verify().grade.startswith("certified") else "undecided"


def table(rows: list[Row]) -> str:
    """The rows as a table; torch's column only where torch answered."""
    head = ["question", "certain", "by", "numpy", "torch"][: 5 if rows[0].torch is not None else 4]
    lines = [head, ["---"] * len(head)]
    lines += [[row.question, row.truth, row.by, row.numpy, row.torch or ""][: len(head)] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(text: str, found: str) -> str:
    """The document with the table between its marks."""
    before, rest = text.split(MARKS[0])
    return f"{before}{MARKS[0]}\n\n{found}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}"


def main(arguments: list[str]) -> list[Row]:
    """Compute every row, print the table, and write it where that is asked for."""
    rows = [case() for case in CASES]
    print(table(rows))
    if arguments[:1] == ["--write"]:
        place = Path(arguments[1])
        place.write_text(written(place.read_text(), table(rows)))
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
