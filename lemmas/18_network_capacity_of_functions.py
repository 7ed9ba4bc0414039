"""The corollary of network capacity: shallow networks that compute a deep one's function need as many channels.

Where the representation functions f_1 .. f_M are linearly independent, two coefficient tensors give the same function of the
inputs only if they are equal. So for almost every deep network, a shallow one over the same functions that agrees with it on
all inputs has at least min(r_0, M)^(N/2) channels: there is no other way to write the function.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
corollary of theorem 1.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.errors import ProofkitError


def values(functions: list[list[int]], rank: int) -> Certificate:
    """The rank of the values of a deep network, N = 4, M = 2, at templates; ``functions``: f_1, f_2 at one template a row."""
    from proofkit.certify import weights
    from proofkit.fields import Q
    from proofkit.networks import Network, deep_tree, random_network
    from proofkit.tensors import matmul

    own = random_network(deep_tree(2), 2, [2, 2], Q, seed=1)
    seen, leaves = Q.array(functions).transpose(1, 0), {node.name for node in own.tree.nodes() if not node.children}
    matrices = {name: matmul(each, seen) if name in leaves else each for name, each in own.weights.items()}
    found = weights(Network(own.tree, matrices, len(functions)))
    if (found.rank.lower, found.rank.upper) != (rank, rank) or found.sealed is None:
        raise ProofkitError(f"rank {found.rank.lower} to {found.rank.upper}, not {rank}")
    return found.sealed


def independent() -> Iterator[tuple[str, Certificate]]:
    """Values at templates where the functions are independent."""
    for functions in ([[1, 1], [1, 2]], [[1, 0], [3, 1], [2, 2]]):
        yield f"rank 4 of the values at {len(functions)} templates, N = 4, M = 2", values(functions, 4)


LEMMA = Lemma(
    title="Network capacity, of functions",
    statement="over linearly independent representation functions, for almost all weights of a deep network, shared or "
    "not, every shallow network that computes its function has at least min(r_0, M)^(N/2) channels",
    in_words=True,
    steps=("deep_network_is_ht", "network_capacity", "network_capacity_shared", "shallow_network_is_cp"),
    sibling=FalseSibling(
        "the same over any representation functions",
        why="where f_2 = 2 f_1 the function is that of one channel",
        contrary=lambda: values([[1, 2], [3, 6]], 1),
    ),
    source="Cohen, Sharir and Shashua 2016, corollary",
    idea="independent functions of each input have independent products",
    certified=independent,
    formal=("capacity.capacity_fun_unshared", "capacity.capacity_fun_shared", "network.contract_inj"),
)
