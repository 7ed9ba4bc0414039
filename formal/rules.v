From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import mxtens.
From Proofkit Require Import kronecker.

(******************************************************************************)
(* The rules by which the judge compares ranks, over any field. Cuts and      *)
(* identities of diagrams are in diagram.v, minors in kronecker.v.            *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Rules.
Variable F : fieldType.

Theorem rule_identity n : \rank (1%:M : 'M[F]_n) = n.
Proof. exact: mxrank1. Qed.

Theorem rule_transpose m n (A : 'M[F]_(m, n)) : \rank A^T = \rank A.
Proof. exact: mxrank_tr. Qed.

Theorem rule_compress m n p q (P : 'M[F]_(m, n)) (X : 'M[F]_(n, p)) (Q : 'M[F]_(p, q)) :
  (\rank (P *m X *m Q) <= \rank X)%N.
Proof. by apply: leq_trans (mxrankM_maxl _ _) (mxrankM_maxr _ _). Qed.

(* With one-sided inverses of the outer factors nothing is lost.              *)
Theorem rule_cancel m n p q (P : 'M[F]_(m, n)) (X : 'M[F]_(n, p)) (Q : 'M[F]_(p, q)) P' Q' :
  P' *m P = 1%:M -> Q *m Q' = 1%:M -> \rank (P *m X *m Q) = \rank X.
Proof.
move=> PP QQ; apply/eqP; rewrite eqn_leq rule_compress /=.
rewrite -{1}[X]mulmx1 -QQ -{1}[X]mul1mx -PP !mulmxA -!mulmxA mulmxA.
by have := rule_compress P' (P *m X *m Q) Q'; rewrite !mulmxA.
Qed.

Theorem rule_factorization m n (A : 'M[F]_(m, n)) : exists (U : 'M[F]_(m, \rank A)) (V : 'M[F]_(\rank A, n)) U' V',
  [/\ A = U *m V, U' *m U = 1%:M & V *m V' = 1%:M].
Proof.
have /row_fullP[U' UU] := col_base_full A; have /row_freeP[V' VV] := row_base_free A.
by exists (col_base A), (row_base A), U', V'; rewrite mulmx_base.
Qed.

Theorem rule_subadditive m n (A B : 'M[F]_(m, n)) : (\rank (A + B)%R <= \rank A + \rank B)%N.
Proof. exact: mxrank_add. Qed.

Theorem rule_reverse_subadditive m n (A B : 'M[F]_(m, n)) : (\rank A <= \rank (A + B)%R + \rank B)%N.
Proof. by rewrite -{1}[A](addrK B) -[X in (_ <= _ + X)%N](mxrank_opp B) mxrank_add. Qed.

Theorem rule_scale m n c (A : 'M[F]_(m, n)) : (\rank (c *: A) <= \rank A)%N.
Proof. exact: mxrank_scale. Qed.

Theorem rule_frobenius m n p q (A : 'M[F]_(m, n)) (B : 'M[F]_(n, p)) (C : 'M[F]_(p, q)) :
  (\rank (A *m B) + \rank (B *m C) <= \rank B + \rank (A *m B *m C))%N.
Proof. exact: mxrank_Frobenius. Qed.

Theorem rule_sylvester m n p (A : 'M[F]_(m, n)) (B : 'M[F]_(n, p)) :
  (\rank A + \rank B <= n + \rank (A *m B))%N.
Proof. by have := rule_frobenius A 1%:M B; rewrite mulmx1 mul1mx mxrank1. Qed.

Theorem rule_kronecker m n p q (A : 'M[F]_(m, n)) (B : 'M[F]_(p, q)) : \rank (A *t B) = (\rank A * \rank B)%N.
Proof. exact: rank_kron. Qed.

Lemma rank_ones m n : (\rank (const_mx 1%R : 'M[F]_(m, n)) <= 1)%N.
Proof.
pose u : 'cV[F]_m := const_mx 1; pose v : 'rV[F]_n := const_mx 1.
have -> : const_mx 1 = u *m v by apply/matrixP=> i j; rewrite !mxE big_ord1 !mxE mulr1.
by apply: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
Qed.

(* Two blocks that are added, as average pooling does, and not multiplied.    *)
Theorem rank_added_blocks m n p q (X : 'M[F]_(m, n)) (Y : 'M[F]_(p, q)) :
  (\rank (X *t const_mx 1 + const_mx 1 *t Y)%R <= \rank X + \rank Y)%N.
Proof.
apply: leq_trans (mxrank_add _ _) _; rewrite !rank_kron leq_add //.
  by rewrite -[X in (_ <= X)%N]muln1 leq_mul // rank_ones.
by rewrite -[X in (_ <= X)%N]mul1n leq_mul // rank_ones.
Qed.

(* The channels of a shallow network with max pooling that is universal: each *)
(* leaves out one point.                                                      *)
Theorem leave_one_out n (c : 'cV[F]_n) :
  (const_mx 1 - 1%:M) *m c = const_mx (\sum_i c i ord0) - c.
Proof.
rewrite mulmxBl mul1mx; congr (_ - _); apply/matrixP=> i j; rewrite !mxE.
by apply: eq_bigr => k _; rewrite !mxE mul1r ord1.
Qed.

(* Another representation layer: S takes the old functions to the new ones.   *)
Theorem independent_functions_rank m n (S : 'M[F]_(m, n)) (S' : 'M[F]_(n, m)) (A : 'M[F]_(n * n)) :
  S' *m S = 1%:M -> \rank ((S *t S) *m A *m (S *t S)^T) = \rank A.
Proof.
move=> SS; have KK : (S' *t S') *m (S *t S) = 1%:M by rewrite tensmx_mul SS kron1.
by apply: (rule_cancel _ KK (Q' := (S' *t S')^T)); rewrite -trmx_mul KK trmx1.
Qed.

End Rules.
