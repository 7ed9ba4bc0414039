From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp Require Import reals ereal measure lebesgue_measure lebesgue_integral.
From Proofkit Require Import kronecker generic tensor network depth capacity approximation nullset almost_everywhere.
From Proofkit Require Import rectifier rectifier_depth rectifier_region.

(******************************************************************************)
(* Rectifier networks with max pooling and Lebesgue measure: the weights that *)
(* need many shallow channels have positive measure, and so have those that   *)
(* need but one, with shared weights and without.                             *)
(*                                                                            *)
(*   cube w0 e == the parameters within e of w0                               *)
(*                                                                            *)
(* Main results, u standing for unshared and for shared:                      *)
(*   rectifier_depth_measure_u, one_channel_measure_u, not_almost_everywhere_u*)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section Cube.
Variables (R : realType) (T : finType).

Definition cube (w0 : T -> R) (e : R) : set (car (Rn R #|T|)) :=
  [set x | forall t, w0 t - e < param x t <= w0 t + e].

Lemma cubeE w0 e : cube w0 e =
  [set x | forall i, w0 (enum_val i) - e < @coord R #|T| x i <= w0 (enum_val i) + e].
Proof.
apply/seteqP; split=> x /= xw i; first by have := xw (enum_val i); rewrite /param enum_valK.
by have := xw (enum_rank i); rewrite enum_rankK.
Qed.

Lemma measurable_cube w0 e : 0 <= e -> measurable (cube w0 e).
Proof.
by move=> e_ge0; rewrite cubeE; apply: (msr_box _).1 => i; rewrite ler_add2l ge0_cp.
Qed.

Lemma msr_cube w0 e : 0 <= e -> msr (Rn R #|T|) (cube w0 e) = ((e *+ 2) ^+ #|T|)%:E.
Proof.
move=> e_ge0; rewrite cubeE (msr_box _).2 => [|i]; last by rewrite ler_add2l ge0_cp.
by congr (_%:E); rewrite -[X in _ ^+ X]card_ord -prodr_const; apply: eq_bigr => i _; rewrite opprB addrC addrA subrK mulr2n.
Qed.

End Cube.

(* ------------------------------------------------------------------------ *)
(* Weights beyond the sizes of a rectifier network do not matter.             *)
Lemma eq_rdeep (F : realFieldType) m r L y (w1 w2 : nat -> nat -> nat -> nat -> F) : (y < r L.+1)%N ->
    (forall l j g a, in_range m.+1 r 2 L l j g a -> w1 l j g a = w2 l j g a) ->
  rdeep r y w1 =1 rdeep r y w2 :> tensor m.+1 F (2 * 2 ^ L).
Proof.
move=> lt_y eqw d.
suff nodeE l j g : placed L l j -> (g < r l)%N -> rnode r w1 (ofidx d) l j g = rnode r w2 (ofidx d) l j g.
  by apply: nodeE; rewrite // /placed /nodes ltnn leqnn.
elim: l j g => [|l IHl] j g placed_j lt_g.
  by apply: eqw; case/andP: placed_j => _ lt_j; rewrite /in_range lt_g lt_j index_lt.
have [placed_l placed_r] := placed_children placed_j; apply: eq_bigr => a _.
rewrite -!/(rnode r _ _ l _ _) !IHl // eqw //.
by case/andP: placed_j => le_l lt_j; rewrite /in_range lt_g le_l lt_j ltn_ord.
Qed.

Section Measure.
Variables (R : realType) (m : nat) (r : nat -> nat) (L y : nat).
Notation M := m.+1.
Notation N := (2 * 2 ^ L)%N.
Hypothesis r_gt0 : (forall l, l <= L -> 0 < r l)%N.
Hypothesis lt_y : (y < r L.+1)%N.

(* the networks of parameters x, without and with shared weights *)
Definition uweights (x : car (Rn R #|weights M r 2 L|)) := unshared (param x).
Definition sweights (x : car (Rn R #|sharedweights M r L|)) := shared (param x).

Lemma within_cube e w0 : exists p, forall x, cube p e x -> within m r L e w0 (uweights x).
Proof.
have [p pE] := unshared_of M r 2 L w0; exists p => x px l j g a in_r.
rewrite -(pE _ _ _ _ in_r) ler_distl; case: (in_rangeP in_r) => l' [j' [g' [a' [-> -> -> ->]]]].
by rewrite /uweights !unsharedE; have /andP[/ltW-> ->] := px (Tagged _ (j', g', a')).
Qed.

Lemma within_sharedcube e w0 : (forall l j j' g a, w0 l j g a = w0 l j' g a) ->
  exists p, forall x, cube p e x -> within m r L e w0 (sweights x).
Proof.
move=> w0E; have [p pE] := shared_of M r 2 L w0E; exists p => x px l j g a in_r.
rewrite -(pE _ _ _ _ in_r) ler_distl; case: (in_rangeP in_r) => l' [j' [g' [a' [-> -> -> ->]]]].
by rewrite /sweights !sharedE; have /andP[/ltW-> ->] := px (Tagged _ (g', a')).
Qed.

Lemma msr_cube_gt0 (T : finType) (p : T -> R) e : 0 < e -> (0 < msr (Rn R #|T|) (cube p e))%E.
Proof. by move=> e_gt0; rewrite msr_cube ?ltW // lte_fin exprn_gt0 // mulrn_wgt0. Qed.

(* One shallow channel suffices on a cube with sides 1, and 1 / 2.            *)
Theorem one_channel_measure_unshared : exists B, [/\ measurable B, msr (Rn R #|weights M r 2 L|) B = 1%:E &
  forall x, B x -> exists v : 'I_1 -> 'I_N -> 'I_M -> R, rdeep r y (uweights x) =1 maxshallow (fun=> 1) v].
Proof.
have h_gt0 : (0 : R) < 2%:R^-1 by rewrite invr_gt0 ltr0n.
have [p pP] := within_cube 2%:R^-1 (@dominated R L); exists (cube p 2%:R^-1); split=> [||x px].
- exact/measurable_cube/ltW.
- by rewrite msr_cube ?ltW // -[_ *+ 2]mulr_natr mulVf ?pnatr_eq0 // expr1n.
by apply: (one_channel r_gt0 lt_y); apply: pP.
Qed.

Theorem one_channel_measure_shared : exists B, [/\ measurable B, (0 < msr (Rn R #|sharedweights M r L|) B)%E &
  forall x, B x -> exists u : 'I_M -> R, rdeep r y (sweights x) =1
    maxshallow (fun _ : 'I_1 => 1) (fun _ (_ : 'I_N) => u)].
Proof.
have q_gt0 : (0 : R) < 4%:R^-1 by rewrite invr_gt0 ltr0n.
have [//|p pP] := @within_sharedcube 4%:R^-1 (@increasing R); exists (cube p 4%:R^-1); split=> [||x px].
- exact/measurable_cube/ltW.
- exact: msr_cube_gt0.
by have [|u [_ _ uE]] := one_channel_shared r_gt0 lt_y _ (pP x px); [exact: shared_shared | exists u].
Qed.

(* What fails on a set of positive measure does not hold almost everywhere.   *)
Lemma not_ae (T : finType) (B : set (car (Rn R #|T|))) (P : car (Rn R #|T|) -> Prop) :
    measurable B -> (0 < msr (Rn R #|T|) B)%E -> (forall x, B x -> ~ P x) ->
  ~ {ae msr (Rn R #|T|), forall x, P x}.
Proof.
move=> mB B_gt0 nP [A [mA A0 PA]]; have : (msr (Rn R #|T|) B <= msr (Rn R #|T|) A)%E.
  by apply: le_measure; rewrite ?inE // => x Bx; apply: PA => /= Px; exact: nP Px.
by rewrite A0 leNgt B_gt0.
Qed.

Theorem not_almost_everywhere_unshared : ~ {ae msr (Rn R #|weights M r 2 L|), forall x,
  forall (c : 'I_1 -> R) (v : 'I_1 -> 'I_N -> 'I_M -> R), ~ rdeep r y (uweights x) =1 maxshallow c v}.
Proof.
have [B [mB B1 BP]] := one_channel_measure_unshared; apply: (not_ae mB) => [|x /BP[v vE] /(_ (fun=> 1) v)//].
by rewrite B1 lte_fin ltr01.
Qed.

Theorem not_almost_everywhere_shared : ~ {ae msr (Rn R #|sharedweights M r L|), forall x,
  forall (c : 'I_1 -> R) (v : 'I_1 -> 'I_N -> 'I_M -> R), ~ rdeep r y (sweights x) =1 maxshallow c v}.
Proof.
have [B [mB B_gt0 BP]] := one_channel_measure_shared.
by apply: (not_ae mB B_gt0) => x /BP[u uE] /(_ (fun=> 1) (fun _ _ => u)).
Qed.

(* ------------------------------------------------------------------------ *)
(* Many shallow channels are needed on a cube around the witness.             *)
Notation D := (minn (r 0) M ^ 2 ^ L)%N.

Definition needs_many (A : tensor M R N) := (D <= mrank oddmodes A)%N /\
  forall Z (c : 'I_Z -> R) v, A =1 maxshallow c v -> (D <= 1 + Z * (m * 2 ^ L))%N.

Lemma near_needs_many : (1 < D)%N -> exists2 e, 0 < e &
  forall w, within m r L e (@rwit R) w -> needs_many (rdeep r y w).
Proof.
move=> D_gt1; have r_gt0' l : (0 < l <= L)%N -> (0 < r l)%N by case/andP=> _ /r_gt0.
have [[e1 e1_gt0 P1] [e2 e2_gt0 P2]] := (mrank_near_rwit R y r_gt0' D_gt1, rectifier_depth R m y r_gt0').
pose e := Num.min e1 e2 / 2%:R; have min_gt0 : 0 < Num.min e1 e2 by rewrite lt_minr e1_gt0.
have e_gt0 : 0 < e by rewrite divr_gt0 ?ltr0n.
exists e => // w near_w.
pose w' t := if in_range M r 2 L t.1.1.1 t.1.1.2 t.1.2 t.2 then point w t else point (@rwit R) t.
have near' e' : Num.min e1 e2 <= e' -> near (point (@rwit R)) e' w'.
  move=> le_e t; apply: lt_le_trans le_e; rewrite /w'; case: ifP => [in_r|_]; last by rewrite subrr normr0.
  by apply: le_lt_trans (near_w _ _ _ _ in_r) _; rewrite ltr_pdivr_mulr ?ltr0n // ltr_pmulr // ltr1n.
have eqw : (rdeep r y w : tensor M R N) =1 rdeep r y (curry w').
  by apply: eq_rdeep lt_y _ => l j g a in_r; rewrite /curry /w' /= in_r.
split=> [|Z c v eq_w].
  by rewrite (eq_mrank _ eqw); apply/P1/near'; rewrite le_minl lexx.
by apply: (P2 w' _ Z c v) => [|d]; [apply: near'; rewrite le_minl lexx orbT | rewrite -eqw].
Qed.

Theorem rectifier_depth_measure_unshared : (1 < D)%N -> exists B,
  [/\ measurable B, (0 < msr (Rn R #|weights M r 2 L|) B)%E & forall x, B x -> needs_many (rdeep r y (uweights x))].
Proof.
case/near_needs_many=> e e_gt0 eP; have [p pP] := within_cube e (@rwit R).
exists (cube p e); split=> [||x /pP/eP//]; [exact/measurable_cube/ltW | exact: msr_cube_gt0].
Qed.

Theorem rectifier_depth_measure_shared : (1 < D)%N -> exists B,
  [/\ measurable B, (0 < msr (Rn R #|sharedweights M r L|) B)%E & forall x, B x -> needs_many (rdeep r y (sweights x))].
Proof.
case/near_needs_many=> e e_gt0 eP; have [//|p pP] := @within_sharedcube e (@rwit R).
exists (cube p e); split=> [||x /pP/eP//]; [exact/measurable_cube/ltW | exact: msr_cube_gt0].
Qed.

End Measure.
