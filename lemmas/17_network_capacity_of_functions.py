"""The corollary of network capacity: shallow networks that compute a deep one's function need as many channels.

Where the representation functions f_1 .. f_M are linearly independent, two coefficient tensors give the same function of the
inputs only if they are equal. So for almost every deep network, a shallow one over the same functions that agrees with it on
all inputs has at least min(r_0, M)^(N/2) channels: there is no other way to write the function.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
corollary of theorem 1.
"""

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate


def dependent() -> Certificate | None:
    """Grid tensors lose rank where the functions are dependent."""
    from proofkit import prove

    return prove("rank(kron(S, S) @ A @ kron(S, S).T) == rank(A)", "S: m n; A: n*n n*n").sealed


LEMMA = Lemma(
    title="Network capacity, of functions",
    statement="over linearly independent representation functions, for almost all weights of a deep network, "
    "shared or not, every shallow network that computes its function has at least min(r_0, M)^(N/2) "
    "channels",
    in_words=True,
    steps=("deep_network_is_ht", "network_capacity", "network_capacity_shared", "shallow_network_is_cp"),
    sibling=FalseSibling(
        "the same over any representation functions",
        why="with dependent functions ranks of tensors say nothing of functions",
        contrary=dependent,
    ),
    source="Cohen, Sharir and Shashua 2016, corollary",
    idea="independent functions of each input have independent products",
    formal=("capacity.capacity_fun_unshared", "capacity.capacity_fun_shared", "network.contract_inj"),
)
