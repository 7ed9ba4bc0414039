"""One level of a deep network contracts one level of a hierarchical Tucker tensor: deep network = HT decomposition.

X and Y are the tensors of two neighbouring nodes, their modes taken together, one column a channel; u and v are the
products of the representations of their inputs. Contracting the tensor of the parent, level(W, X, Y), with u and v
gives what the parent computes from its children's outputs X^T u and Y^T v: product pooling and a 1 x 1 convolution.
From the leaves upwards, level by level, the network's output is the contraction of its coefficient tensor ``ht(L,
M, r)`` with the representations, for every number of levels.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 3.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.fields import NumberSystem
from proofkit.networks import contracted, random_arrays, random_deep


def forward_passes(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Networks of 2 to 16 inputs, run on inputs, against the contraction of their coefficient tensors."""
    for levels in (1, 2, 3, 4):
        network = random_deep(levels, 2, (3, 2, 4, 2)[:levels], system, seed)
        values = random_arrays({"f": (network.modes, 2)}, system, seed)["f"]
        output, same = network.forward(values).reshape(), contracted(network.tensor(), values)
        yield Computation(f"N = {network.modes}", output, same, altered=same * 3 + system.ones())


LEMMA = Lemma(
    title="Deep network = hierarchical Tucker decomposition, one level",
    statement='einsum("ijg,i,j->g", level(W, X, Y), u, v) == W @ hadamard(X.T @ u, Y.T @ v)',
    where="W: g a; X: p a; Y: q a; u: p; v: q",
    sibling=FalseSibling(
        'einsum("ijg,i,j->g", level(W, X, Y), u, v) == W @ (X.T @ u + Y.T @ v)',
        where="W: g a; X: p a; Y: q a; u: p; v: q",
        why="pooling multiplies, it does not add",
    ),
    source="Cohen, Sharir and Shashua 2016, section 3",
    idea="both sides are one diagram",
    exhaustive={"g": 1, "a": 2, "p": 2, "q": 2},
    computations=forward_passes,
    formal=("network.one_level", "network.netE"),
)
