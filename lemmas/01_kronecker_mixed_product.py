"""Products of Kronecker products: (A ⊙ B)(C ⊙ D) = AC ⊙ BD wherever AC and BD are defined.

The entry of the left side at row (i, k) and column (j, l) is the sum over (x, y) of A[i,x] B[k,y] C[x,j] D[y,l].
Drawn as diagrams, both sides are two separate chains, A - C and B - D.

Source: C. F. Van Loan, The ubiquitous Kronecker product, J. Comput. Appl. Math. 123 (2000), section 1.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Kronecker mixed product",
    statement="kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)",
    sibling=FalseSibling(
        "kron(A, B) @ kron(C, D) == kron(A @ D, B @ C)",
        where="A: n n; B: n n; C: n n; D: n n",
        why="the second factors have to meet each other",
    ),
    source="Van Loan 2000, section 1",
    idea="both sides are the same diagram: A joined to C, B joined to D",
    exhaustive={"m": 2, "n": 2, "p": 2, "q": 2, "s": 1, "t": 2},
    formal=("kronecker.kron_mixed_product",),
)
