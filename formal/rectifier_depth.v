From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth capacity approximation rectifier.

(******************************************************************************)
(* Deep rectifier networks with ReLU and max pooling over pairs, in the       *)
(* coordinates of a grid: depth helps on an open set of weights, and on       *)
(* another one it does not.                                                   *)
(*                                                                            *)
(*   rnode r w x l j g == channel g of node j at level l, at the index x;     *)
(*              weights as in network.v, max(a, b, 0) for a * b               *)
(*   rdeep M r L y w == the tensor of output y, N = 2^(L+1) inputs            *)
(*   rwit == weights that need many shallow channels: 1 - e_g for inputs, 1   *)
(*           elsewhere; they do not depend on the position                    *)
(*                                                                            *)
(* Main results: mrank_rwit, rectifier_depth (a neighbourhood in which        *)
(* shallow networks need (R - 1) / ((M - 1) N/2) channels, R = min(r_0, M)    *)
(* ^(N/2), also of shared weights), rectifier_dead (an open set in which they *)
(* need none).                                                                *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Network.
Variables (F : realFieldType) (r : nat -> nat) (w : nat -> nat -> nat -> nat -> F) (x : nat -> nat).

Fixpoint rnode (l j g : nat) : F :=
  if l is l'.+1 then
    \sum_(a < r l') w l j g a * relu (Num.max (rnode l' j.*2 a) (rnode l' j.*2.+1 a))
  else w 0%N j g (x j).

End Network.

Section Depth.
Variables (F : realFieldType) (m : nat) (r : nat -> nat) (L y : nat).
Notation M := m.+1.
Notation N := (2 * 2 ^ L)%N.

Definition rdeep (w : nat -> nat -> nat -> nat -> F) : tensor M F N :=
  fun d => rnode r w (ofidx d) L.+1 0 y.

Definition rwit (l j g a : nat) : F := if l is 0 then (a != g)%:R else 1.

(* both modes of each of the 2^l pairs below node j agree *)
Fixpoint agreeing (x : nat -> nat) l j : bool :=
  if l is l'.+1 then agreeing x l' j.*2 && agreeing x l' j.*2.+1 else x j.*2 == x j.*2.+1.

Fixpoint factor l : F := if l is l'.+1 then (r l)%:R * factor l' else 1.

Lemma factor_ge0 l : 0 <= factor l.
Proof. by elim: l => [|l IHl] /=; rewrite ?ler01 // mulr_ge0 ?ler0n. Qed.

Lemma rwitE (x : nat -> nat) l j g : (forall i, x i < r 0)%N ->
  rnode r rwit x l.+1 j g = factor l * ((r 0)%:R - (agreeing x l j)%:R).
Proof.
move=> lt_x; have r0_gt0 : (0 < r 0)%N by apply: leq_ltn_trans (lt_x 0%N).
elim: l j g => [|l IHl] j g.
  rewrite /= mul1r.
  have -> : \sum_(a < r 0) rwit 1 j g a * relu (Num.max (x j.*2 != a)%:R (x j.*2.+1 != a)%:R) =
      \sum_(a < r 0) (1 - ((x j.*2 == a) && (x j.*2.+1 == a))%:R).
    apply: eq_bigr => a _; rewrite mul1r /relu.
    by case: (x j.*2 == a); case: (x j.*2.+1 == a); rewrite /= ?subrr ?subr0 ?maxxx //
      ?(max_l ler01) ?(max_r ler01) ?(max_l ler01) // /Num.max ltr01.
  rewrite big_split /= sumr_const card_ord sumrN; congr (_ - _).
  rewrite (bigD1 (Ordinal (lt_x j.*2))) //= eqxx big1 ?addr0 ?(eq_sym (x j.*2.+1)) // => a.
  by rewrite -val_eqE eq_sym => /negbTE /= ->.
rewrite [LHS]/= (eq_bigr (fun=> factor l * ((r 0)%:R - (agreeing x l.+1 j)%:R))) => [|a _].
  by rewrite sumr_const card_ord -mulr_natl mulrA.
rewrite mul1r -/(rnode r rwit x l.+1 j.*2 a) -/(rnode r rwit x l.+1 j.*2.+1 a) !IHl.
have ge1 b : (0 : F) <= (r 0)%:R - (b : bool)%:R by rewrite subr_ge0 ler_nat; case: b.
rewrite /relu max_l; last by rewrite le_maxr mulr_ge0 ?factor_ge0.
rewrite -maxr_pmulr ?factor_ge0 //; congr (_ * _) => /=.
case: (agreeing x l j.*2); case: (agreeing x l j.*2.+1) => /=; rewrite ?maxxx //.
  by rewrite max_r // ler_add2l ler_opp2 ler01.
by rewrite max_l // ler_add2l ler_opp2 ler01.
Qed.

Lemma agreeingP (x : nat -> nat) l j :
  reflect (forall p, (p %/ 2 ^ l)%N = j -> x p.*2 = x p.*2.+1) (agreeing x l j).
Proof.
elim: l j => [|l IHl] j /=.
  by apply: (iffP eqP) => [eq_x p|]; [rewrite expn0 divn1 => -> | apply; rewrite expn0 divn1].
apply: (iffP andP) => [[/IHl agr_l /IHl agr_r] p|agr].
  rewrite expnSr divnMA divn2 => pj; have := odd_double_half (p %/ 2 ^ l).
  by rewrite pj; case: odd => /esym; [apply: agr_r | apply: agr_l].
by split; apply/IHl => p pj; apply: agr; [apply: blockl | apply: blockr].
Qed.

Lemma rank_const_minus_id n (c : F) : c * n%:R != 1 ->
  \rank (const_mx c - 1%:M : 'M[F]_n) = n.
Proof.
move=> ne; pose e := c / (c * n%:R - 1); have e_neq0 : c * n%:R - 1 != 0 by rewrite subr_eq0.
suff : (const_mx c - 1%:M) *m (const_mx e - 1%:M) = 1%:M :> 'M[F]_n by move/mulmx1_unit=> [/mxrank_unit].
rewrite mulmxBl mul1mx mulmxBr mulmx1; apply/matrixP=> i j; rewrite !mxE.
under eq_bigr do rewrite !mxE; rewrite sumr_const card_ord.
have eE : c * e *+ n = c + e.
  have cE : e * (c * n%:R - 1) = c by rewrite /e mulfVK.
  by rewrite -mulr_natr mulrAC -[X in X * e](subrK 1) mulrDl mul1r [_ * e]mulrC cE.
by rewrite eE [c + e]addrC addrK opprB addrC subrK.
Qed.

Hypothesis r_gt0 : (forall l, 0 < l <= L -> 0 < r l)%N.
Notation k := (minn (r 0) M).
Notation R := (k ^ 2 ^ L)%N.

Lemma factor_neq0 : factor L != 0.
Proof.
elim: L r_gt0 => [|l IHl] r0; rewrite /= ?oner_neq0 // mulf_neq0 //.
  by rewrite pnatr_eq0 -lt0n r0 ?ltnS ?leqnn.
by apply: IHl => l' /andP[l'0 l'l]; apply: r0; rewrite l'0 leqW.
Qed.

Theorem mrank_rwit : (1 < R)%N -> (R <= mrank oddmodes (rdeep rwit))%N.
Proof.
move=> R_gt1; have k_gt0 : (0 < k)%N by move: R_gt1; case: (k) => //; rewrite exp0n ?expn_gt0.
pose K := [finType of {ffun 'I_(2 ^ L) -> 'I_k}].
have card_K : #|K| = R by rewrite card_ffun !card_ord.
have lt_half (i : 'I_N) : (i./2 < 2 ^ L)%N by have := ltn_ord i; rewrite [X in (_ < X)%N]mulnC -ltn_divLR // divn2.
pose g (q : K) : idx M N := [ffun i => widen_ord (geq_minr (r 0) M) (q (Ordinal (lt_half i)))].
have gE (q : K) i : g q i = q (Ordinal (lt_half i)) :> nat by rewrite ffunE.
have xE (q1 q2 : K) i (lt_i : (i < N)%N) : ofidx (merge oddmodes (g q1) (g q2)) i =
    val ((if odd i then q2 else q1) (Ordinal (lt_half (Ordinal lt_i)))).
  by rewrite (ofidx_lt _ lt_i) ffunE /oddmodes /=; case: (odd i); rewrite gE.
have AE (q1 q2 : K) : rdeep rwit (merge oddmodes (g q1) (g q2)) = factor L * ((r 0)%:R - (q1 == q2)%:R).
  rewrite /rdeep rwitE; last first.
    move=> i; have [lt_i|ge_i] := ltnP i N.
      by rewrite (xE _ _ _ lt_i) (leq_trans (ltn_ord _)) ?geq_minl.
    rewrite /ofidx; case: insubP => [i' lt_i|_ /=]; first by rewrite ltnNge ge_i in lt_i.
    exact: leq_trans k_gt0 (geq_minl _ _).
  congr (_ * (_ - _%:R)); congr nat_of_bool; apply/agreeingP/eqP => [agr|-> p p0].
    apply/ffunP=> p; have lt_p : (p.*2.+1 < N)%N by rewrite mul2n ltn_Sdouble.
    have := agr p (divn_small (ltn_ord p)); rewrite (xE _ _ _ lt_p) (xE _ _ _ (ltnW lt_p)) /= odd_double /=.
    move=> eq_p; apply/val_inj; move: eq_p.
    by congr (val (q1 _) = val (q2 _)); apply/val_inj; rewrite /= ?doubleK ?uphalf_double.
  have lt_p : (p < 2 ^ L)%N by rewrite -[X in (_ < X)%N]mul1n -ltn_divLR ?expn_gt0 // p0.
  have lt_p2 : (p.*2.+1 < N)%N by rewrite mul2n ltn_Sdouble.
  rewrite (xE _ _ _ lt_p2) (xE _ _ _ (ltnW lt_p2)) /= !if_same.
  by congr (val (q2 _)); apply/val_inj; rewrite /= doubleK uphalf_double.
apply: leq_trans (frank_reindex g g (fun d e => rdeep rwit (merge oddmodes d e))).
rewrite (eq_frank AE) -{1}card_K /frank.
have -> : fmx (fun q1 q2 : K => factor L * ((r 0)%:R - (q1 == q2)%:R)) =
    factor L *: (const_mx (r 0)%:R - 1%:M).
  by apply/matrixP=> i j; rewrite !mxE (inj_eq enum_val_inj).
rewrite (eqmx_scale _ factor_neq0) rank_const_minus_id // card_K -natrM pnatr_eq1.
by rewrite muln_eq1 [R == 1%N](gtn_eqF R_gt1) andbF.
Qed.


(* ------------------------------------------------------------------------ *)
(* Weights near the witness. A point is the quadruple (l, j, g, a) -> weight. *)
Definition curry (w : nat * nat * nat * nat -> F) l j g a := w (l, j, g, a).

Definition point (w : nat -> nat -> nat -> nat -> F) (t : nat * nat * nat * nat) := w t.1.1.1 t.1.1.2 t.1.2 t.2.

Lemma cont_rnode (w0 : nat * nat * nat * nat -> F) x l j g :
  cont w0 (fun w => rnode r (curry w) x l j g).
Proof.
elim: l j g => [|l IHl] j g /=; first exact: (cont_entry w0 (0%N, j, g, x j)).
apply: cont_sum => a; apply: contM; first exact: (cont_entry w0 (l.+1, j, g, val a)).
by apply: cont_max; [apply: cont_max | apply: cont_cst].
Qed.

(* All weights within some e > 0 of the witness, shared or not. *)
Theorem mrank_near_rwit : (1 < R)%N -> exists2 e, 0 < e &
  forall w, near (point rwit) e w -> (R <= mrank oddmodes (rdeep (curry w)))%N.
Proof.
move=> R_gt1; pose A w (d e : idx M N) := rdeep (curry w) (merge oddmodes d e).
have [f [g det0]] := mxrank_minor (fmx (A (point rwit))).
have detE w : mxsub f g (fmx (A w)) = \matrix_(i, j) A w (enum_val (f i)) (enum_val (g j)).
  by apply/matrixP=> i j; rewrite !mxE.
have det_gt0 : 0 < `|\det (mxsub f g (fmx (A (point rwit))))| by rewrite normr_gt0.
have [e e0 eP] := @cont_det _ _ _ _ (fun i j w => A w (enum_val (f i)) (enum_val (g j)))
  (fun i j => cont_rnode (point rwit) _ _ _ _) _ det_gt0.
exists e => // w /eP; rewrite -!detE => near_w.
apply: leq_trans (mrank_rwit R_gt1) _; apply: (@minor_mxrank _ _ _ _ f g).
by apply: contraTneq near_w => ->; rewrite sub0r normrN ltxx.
Qed.

Lemma card_modes s n : #|[pred i : 'I_n | s (val i)]| = cnt s n.
Proof. by rewrite /cnt -val_enum_ord count_map cardE size_filter -enumT. Qed.

(* Shallow networks with the function of a deep one near the witness have     *)
(* more than (R - 1) / ((M - 1) N/2) channels, or as many.                    *)
Theorem rectifier_depth : exists2 e, 0 < e & forall w, near (point rwit) e w ->
  forall Z (c : 'I_Z -> F) v, rdeep (curry w) =1 maxshallow c v -> (R <= 1 + Z * (m * 2 ^ L))%N.
Proof.
have [R_gt1|] := ltnP 1 R; last by move=> le_R; exists 1 => // w _ Z c v _; apply: leq_trans le_R (leq_addr _ _).
have [e e0 eP] := mrank_near_rwit R_gt1; exists e => // w /eP le_R Z c v eq_w.
apply: leq_trans le_R _; rewrite (eq_mrank _ eq_w); apply: leq_trans (mrank_maxshallow _ _ _) _.
rewrite leq_add2l !leq_mul // geq_min card_modes cnt_oddmodes uphalf_half mul2n odd_double doubleK.
by rewrite leqnn.
Qed.

(* Where all weights of the inputs are negative, which is an open set, the    *)
(* network is 0, and so is a shallow network without channels.                *)
Theorem rectifier_dead (w : nat -> nat -> nat -> nat -> F) :
  (forall j g a, w 0%N j g a <= 0) -> forall (c : 'I_0 -> F) v, rdeep w =1 maxshallow c v.
Proof.
move=> w_le0 c v d; rewrite {1}/maxshallow big_ord0.
have node0 l j g : rnode r w (ofidx d) l.+1 j g = 0.
  elim: l j g => [|l IHl] j g; apply: big1 => a _; last first.
    by rewrite -/(rnode r w (ofidx d) l.+1 j.*2 a) -/(rnode r w (ofidx d) l.+1 j.*2.+1 a) !IHl /relu !maxxx mulr0.
  by rewrite /relu max_r ?mulr0 // le_maxl /= !w_le0.
exact: node0.
Qed.

End Depth.
