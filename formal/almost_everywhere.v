From mathcomp Require Import all_ssreflect all_algebra.
From SsrMultinomials Require Import mpoly.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp Require Import reals ereal measure lebesgue_measure lebesgue_integral.
From Proofkit Require Import kronecker generic tensor network depth capacity approximation nullset.

(******************************************************************************)
(* Generic properties hold almost everywhere, and the theorems of capacity.v and*)
(* approximation.v in this form, for Lebesgue measure on the weights.         *)
(*                                                                            *)
(*  param x == the parameters that the point x of R^#|T| stands for           *)
(*                                                                            *)
(* Main results: generic_ae, generic_rank_ae, capacity_rank_ae_u, capacity_ae_u,*)
(* capacity_robust_ae_u, depth_rank_ae_u, u standing for unshared and shared. *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section AlmostEverywhere.
Variable R : realType.

Definition param (T : finType) (x : car (Rn R #|T|)) (t : T) : R := coord x (enum_rank t).

Theorem generic_ae (T : finType) (P : (T -> R) -> Prop) :
  generic P -> {ae msr (Rn R #|T|), forall x, P (param x)}.
Proof.
case=> p [_ [w pw] Pp]; exists [set x | p.@[@coord R #|T| x] = 0]; split.
- exact: measurable_zeros.
- exact: null_zeros pw.
move=> x /= nP; apply: contrapT => px; apply/nP/Pp/eqP => px0; apply: px.
by rewrite -[RHS]px0; apply: meval_eq => i; rewrite /param enum_valK.
Qed.

(* A rank that is reached at one point is reached almost everywhere. *)
Corollary generic_rank_ae m k n (A : 'M[{mpoly R[n]}]_(m, k)) (v : 'I_n -> R) :
  {ae msr (Rn R n), forall x,
    (\rank (map_mx (meval v) A) <= \rank (map_mx (meval (@coord R n x)) A))%N}.
Proof.
have [p pv p_gen] := generic_rank (leqnn (\rank (map_mx (meval v) A))).
exists [set x | p.@[@coord R n x] = 0]; split; [exact: measurable_zeros | exact: null_zeros pv |].
by move=> x /= nP; apply: contrapT => px; apply/nP/p_gen/eqP.
Qed.

Variables (M : nat) (r : nat -> nat) (L y : nat).
Hypothesis r_gt0 : (forall l, 0 < l <= L -> 0 < r l)%N.
Hypothesis lt_y : (y < r L.+1)%N.

Corollary capacity_rank_ae_unshared : {ae msr (Rn R #|weights M r 2 L|), forall x,
  mrank oddmodes (deep M r L y (unshared (param x))) = (minn (r 0%N) M ^ 2 ^ L)%N}.
Proof. exact: generic_ae (capacity_mrank_unshared R M r_gt0 lt_y). Qed.

Corollary capacity_rank_ae_shared : {ae msr (Rn R #|sharedweights M r L|), forall x,
  mrank oddmodes (deep M r L y (shared (param x))) = (minn (r 0%N) M ^ 2 ^ L)%N}.
Proof. exact: generic_ae (capacity_mrank_shared R M r_gt0 lt_y). Qed.

Corollary capacity_ae_unshared : {ae msr (Rn R #|weights M r 2 L|), forall x,
  CP_rank_ge (deep M r L y (unshared (param x))) (minn (r 0%N) M ^ 2 ^ L)}.
Proof. exact: generic_ae (capacity_unshared R M r_gt0 lt_y). Qed.

Corollary capacity_ae_shared : {ae msr (Rn R #|sharedweights M r L|), forall x,
  CP_rank_ge (deep M r L y (shared (param x))) (minn (r 0%N) M ^ 2 ^ L)}.
Proof. exact: generic_ae (capacity_shared R M r_gt0 lt_y). Qed.

Corollary capacity_robust_ae_unshared : {ae msr (Rn R #|weights M r 2 L|), forall x,
  robust_CP_rank_ge (deep M r L y (unshared (param x))) (minn (r 0%N) M ^ 2 ^ L)}.
Proof. exact: generic_ae (capacity_robust_unshared R M r_gt0 lt_y). Qed.

Corollary capacity_robust_ae_shared : {ae msr (Rn R #|sharedweights M r L|), forall x,
  robust_CP_rank_ge (deep M r L y (shared (param x))) (minn (r 0%N) M ^ 2 ^ L)}.
Proof. exact: generic_ae (capacity_robust_shared R M r_gt0 lt_y). Qed.

End AlmostEverywhere.

Section Depth.
Variables (R : realType) (M : nat) (r : nat -> nat) (l0 L y : nat).
Hypothesis lt_y : (y < r L.+1)%N.
Hypothesis r_gt0 : (forall l, l0 < l <= L -> 0 < r l)%N.
Hypothesis le_l0 : (l0 <= L)%N.

Corollary depth_rank_ae_unshared : {ae msr (Rn R #|weights M r 2 L|), forall x,
  mrank (alternate (2 ^ l0)) (deep M r L y (unshared (param x))) =
    (dim false M r l0 ^ 2 ^ (L - l0))%N}.
Proof. exact: generic_ae (depth_rank_unshared R M lt_y r_gt0 le_l0). Qed.

Corollary depth_rank_ae_shared : {ae msr (Rn R #|sharedweights M r L|), forall x,
  mrank (alternate (2 ^ l0)) (deep M r L y (shared (param x))) =
    (dim true M r l0 ^ 2 ^ (L - l0))%N}.
Proof. exact: generic_ae (depth_rank_shared R M lt_y r_gt0 le_l0). Qed.

End Depth.
