From mathcomp Require Import all_ssreflect all_fingroup all_algebra.
From Proofkit Require Import kronecker generic tensor network capacity.

(******************************************************************************)
(* A tensor whose matricization has rank n has a neighbourhood in which no    *)
(* tensor has a CP rank below n: it is not a limit of such tensors.           *)
(*                                                                            *)
(*              near A e B == |B_t - A_t| < e for every t                     *)
(*                cont A f == f, a function of T -> R, is continuous at A     *)
(* robust_CP_rank_ge A n == for some e > 0 every tensor within e of A, entry by*)
(*                          entry, is a sum of no less than n products        *)
(*                                                                            *)
(* Main results: robust_rank (any partition), capacity_robust_unshared and    *)
(* capacity_robust_shared.                                                    *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* ------------------------------------------------------------------------ *)
(* Sums and products of continuous functions of finitely many entries.         *)
Section Continuity.
Variables (R : realFieldType) (T : Type) (A : T -> R).
Implicit Types f g : (T -> R) -> R.

Definition near e (B : T -> R) := forall t, `|B t - A t| < e.

Definition cont f := forall e, 0 < e ->
  exists2 d, 0 < d & forall B, near d B -> `|f B - f A| < e.

Lemma cont_cst c : cont (fun=> c).
Proof. by move=> e e0; exists 1 => // B _; rewrite subrr normr0. Qed.

Lemma cont_entry t : cont (fun B => B t).
Proof. by move=> e e0; exists e. Qed.

Lemma near_min d1 d2 B : near (Num.min d1 d2) B -> near d1 B /\ near d2 B.
Proof. by move=> nB; split=> t; have := nB t; rewrite lt_minr => /andP[]. Qed.

Lemma contD f g : cont f -> cont g -> cont (fun B => f B + g B).
Proof.
move=> cf cg e e0; have e2 : 0 < e / 2%:R by rewrite divr_gt0 ?ltr0n.
have [[d1 d10 fP] [d2 d20 gP]] := (cf _ e2, cg _ e2).
exists (Num.min d1 d2); first by rewrite lt_minr d10.
move=> B /near_min[/fP fB /gP gB]; rewrite opprD addrACA.
apply: le_lt_trans (ler_norm_add _ _) _.
by rewrite [e in _ < e](splitr e) ltr_add.
Qed.

Lemma contM f g : cont f -> cont g -> cont (fun B => f B * g B).
Proof.
move=> cf cg e e0; pose K := `|f A| + `|g A| + 1.
have K0 : 0 < K by rewrite ltr_paddl ?addr_ge0.
have e2 : 0 < Num.min 1 (e / 2%:R / K) by rewrite lt_minr ltr01 !divr_gt0 ?ltr0n.
have [[d1 d10 fP] [d2 d20 gP]] := (cf _ e2, cg _ e2).
exists (Num.min d1 d2); first by rewrite lt_minr d10.
move=> B /near_min[/fP + /gP]; rewrite !lt_minr.
move=> /andP[_ fB] /andP[gB1 gB]; move: fB gB; rewrite !(ltr_pdivl_mulr _ _ K0) => fB gB.
have -> : f B * g B - f A * g A = (f B - f A) * g B + f A * (g B - g A).
  by rewrite mulrBl mulrBr addrA subrK.
apply: le_lt_trans (ler_norm_add _ _) _; rewrite !normrM.
have gK : `|g B| <= K.
  rewrite -[g B](subrK (g A)); apply: le_trans (ler_norm_add _ _) _.
  by rewrite addrC /K -addrA ler_paddl // ler_add2l ltW.
have fK : `|f A| <= K by rewrite /K -addrA ler_addl addr_ge0.
rewrite [e in _ < e](splitr e); apply: ltr_add.
  by apply: le_lt_trans fB; rewrite ler_wpmul2l.
by apply: le_lt_trans gB; rewrite mulrC ler_wpmul2l.
Qed.

Lemma cont_sum I (s : seq I) (h : I -> (T -> R) -> R) :
  (forall i, cont (h i)) -> cont (fun B => \sum_(i <- s) h i B).
Proof.
move=> ch; elim: s => [|i s IHs] e e0.
  by exists 1 => // B _; rewrite !big_nil subrr normr0.
have [d d0 dP] := contD (ch i) IHs e0.
by exists d => // B /dP; rewrite !big_cons.
Qed.

Lemma cont_prod I (s : seq I) (h : I -> (T -> R) -> R) :
  (forall i, cont (h i)) -> cont (fun B => \prod_(i <- s) h i B).
Proof.
move=> ch; elim: s => [|i s IHs] e e0.
  by exists 1 => // B _; rewrite !big_nil subrr normr0.
have [d d0 dP] := contM (ch i) IHs e0.
by exists d => // B /dP; rewrite !big_cons.
Qed.

Lemma cont_norm f : cont f -> cont (fun B => `|f B|).
Proof.
move=> cf e e0; have [d d0 dP] := cf e e0; exists d => // B /dP.
exact: le_lt_trans (ler_dist_dist _ _).
Qed.

Lemma maxr_norm (x y : R) : Num.max x y = (x + y + `|x - y|) / 2%:R.
Proof.
have half (z : R) : (z + z) / 2%:R = z by rewrite mulrDl -splitr.
case: (leP x y) => [le_xy|/ltW le_yx].
  by rewrite ler0_norm ?subr_le0 // opprB [x + y]addrC addrACA subrr addr0 half.
by rewrite ger0_norm ?subr_ge0 // addrACA subrr addr0 half.
Qed.

Lemma cont_max f g : cont f -> cont g -> cont (fun B => Num.max (f B) (g B)).
Proof.
move=> cf cg; have cN := contM (cont_cst (-1)) cg.
have := contM (contD (contD cf cg) (cont_norm (contD cf cN))) (cont_cst (2%:R^-1)).
move=> cm e e0; have [d d0 dP] := cm e e0; exists d => // B /dP.
by rewrite !maxr_norm !mulN1r.
Qed.

Lemma cont_det n (f : 'I_n -> 'I_n -> (T -> R) -> R) : (forall i j, cont (f i j)) ->
  cont (fun B => \det (\matrix_(i, j) f i j B)).
Proof.
move=> cf; apply: cont_sum => s; apply: contM; first exact: cont_cst.
have detE (B : T -> R) : \prod_i (\matrix_(i, j) f i j B) i (s i) =
    \prod_(i <- index_enum (ordinal_finType n)) f i (s i) B.
  by apply: eq_bigr => i _; rewrite mxE.
move=> e e0; have [d d0 dP] := cont_prod (index_enum _) (fun i => cf i (s i)) e0.
by exists d => // B /dP; rewrite -!detE.
Qed.

End Continuity.

(* ------------------------------------------------------------------------ *)
Section Robust.
Variables (R : realFieldType).

(* No tensor within some e > 0 of A, entry by entry, has CP rank less than n. *)
Definition robust_CP_rank_ge M N (A : tensor M R N) n :=
  exists2 e, 0 < e & forall B, near A e B -> CP_rank_ge B n.

Theorem robust_rank M N (A : tensor M R N) s : robust_CP_rank_ge A (mrank s A).
Proof.
have [f [g detA]] := mxrank_minor (fmx (fun d e : idx M N => A (merge s d e))).
pose h i j : idx M N := merge s (enum_val (f i)) (enum_val (g j)).
have matE (B : tensor M R N) :
    mxsub f g (fmx (fun d e : idx M N => B (merge s d e))) = \matrix_(i, j) B (h i j).
  by apply/matrixP=> i j; rewrite !mxE.
have det_gt0 : 0 < `|\det (mxsub f g (fmx (fun d e : idx M N => A (merge s d e))))| by rewrite normr_gt0.
have [e e0 eP] := cont_det (fun i j => cont_entry A (h i j)) det_gt0.
exists e => // B /eP; rewrite -!matE => nearB Z.
move/(mrank_CP s); apply: leq_trans; apply: (@minor_mxrank _ _ _ _ f g).
by apply: contraTneq nearB => ->; rewrite sub0r normrN ltxx.
Qed.

End Robust.

Section RobustCapacity.
Variables (R : realFieldType) (M : nat) (r : nat -> nat) (L y : nat).
Hypothesis r_gt0 : (forall l, 0 < l <= L -> 0 < r l)%N.
Hypothesis lt_y : (y < r L.+1)%N.

Theorem capacity_robust_unshared : generic (fun w : weights M r 2 L -> R =>
  robust_CP_rank_ge (deep M r L y (unshared w)) (minn (r 0%N) M ^ 2 ^ L)).
Proof.
by apply: generic_sub (capacity_mrank_unshared R M r_gt0 lt_y) => w <-; apply: robust_rank.
Qed.

Theorem capacity_robust_shared : generic (fun w : sharedweights M r L -> R =>
  robust_CP_rank_ge (deep M r L y (shared w)) (minn (r 0%N) M ^ 2 ^ L)).
Proof.
by apply: generic_sub (capacity_mrank_shared R M r_gt0 lt_y) => w <-; apply: robust_rank.
Qed.

End RobustCapacity.
