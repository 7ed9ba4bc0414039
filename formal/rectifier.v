From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor.

(******************************************************************************)
(* Convolutional rectifier networks, in the coordinates of a grid: average    *)
(* pooling of relu(x) = max(x, 0), and max pooling.                           *)
(*                                                                            *)
(*   relu x == max(x, 0), relumax l == the maximum of 0 and the numbers in l  *)
(*    reads s A == A_d depends on the row modes of d alone                   *)
(*  additive s A == A_d = X_d + Y_d, X reading only row modes, Y only others  *)
(*  avgtop c p q == the top of a deep network with average pooling: p_a and   *)
(*             q_a are the channels of the two nodes below, c the weights     *)
(*  avgshallow c v == the shallow network with average pooling                *)
(*  maxshallow c v == the shallow network with ReLU and max pooling: its Z    *)
(*             channels are max(0, v_(z,0)(d_0), ..., v_(z,N-1)(d_(N-1)))     *)
(*                                                                            *)
(* Main results: mrank_avgtop, mrank_avgshallow (ranks at most 2),            *)
(* not_universal, mrank_maxshallow (at most 1 + Z (M - 1) min(|I|, |J|)).     *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Rectifier.
Variable F : realFieldType.
Implicit Types s : pred nat.

Definition relu (x : F) := Num.max x 0.
Definition relumax (l : seq F) := foldr Num.max 0 l.

Section Average.
Variables M N : nat.
Notation idx := (idx M N).

Definition reads s (A : tensor M F N) :=
  forall d e : idx, (forall i : 'I_N, s i -> d i = e i) -> A d = A e.

Definition additive s (A : tensor M F N) := exists X Y : tensor M F N,
  [/\ reads s X, reads (predC s) Y & forall d, A d = X d + Y d].

Lemma additive_merge s A : additive s A -> exists X Y : tensor M F N, forall d e, A (merge s d e) = X d + Y e.
Proof.
case=> X [Y [Xs Ys AE]]; exists X, Y => d e; rewrite AE; congr (_ + _).
  by apply: Xs => i si; rewrite ffunE si.
by apply: Ys => i si; rewrite ffunE ifN.
Qed.

Theorem mrank_additive s A : additive s A -> (mrank s A <= 2)%N.
Proof.
case/additive_merge=> X [Y AE]; rewrite -card_bool.
apply: (frank_le_card (u := fun d (b : bool) => if b then X d else 1)
  (v := fun (b : bool) e => if b then 1 else Y e)) => d e.
by rewrite big_bool AE mulr1 mul1r.
Qed.

(* The top level of any network with average pooling: two nodes of R channels. *)
Definition avgtop R (c : 'I_R -> F) (p q : 'I_R -> tensor M F N) : tensor M F N :=
  fun d => \sum_a c a * (relu (p a d) + relu (q a d)).

Theorem mrank_avgtop s R (c : 'I_R -> F) (p q : 'I_R -> tensor M F N) :
    (forall a, reads s (p a)) -> (forall a, reads (predC s) (q a)) ->
  (mrank s (avgtop c p q) <= 2)%N.
Proof.
move=> ps qs; apply: mrank_additive; exists (fun d => \sum_a c a * relu (p a d)), (fun d => \sum_a c a * relu (q a d)).
split=> [d e eqde|d e eqde|d].
- by apply: eq_bigr => a _; rewrite (ps a d e).
- by apply: eq_bigr => a _; rewrite (qs a d e).
by rewrite -big_split; apply: eq_bigr => a _; rewrite mulrDr.
Qed.

Definition avgshallow Z (c : 'I_Z -> F) (v : 'I_Z -> 'I_N -> 'I_M -> F) : tensor M F N :=
  fun d => \sum_z c z * \sum_i relu (v z i (d i)).

Lemma additive_avgshallow s Z (c : 'I_Z -> F) v : additive s (avgshallow c v).
Proof.
exists (fun d => \sum_z c z * \sum_(i < N | s i) relu (v z i (d i))),
  (fun d => \sum_z c z * \sum_(i < N | ~~ s i) relu (v z i (d i))).
split=> [d e eqde|d e eqde|d].
- by apply: eq_bigr => z _; congr (_ * _); apply: eq_bigr => i si; rewrite eqde.
- by apply: eq_bigr => z _; congr (_ * _); apply: eq_bigr => i si; rewrite eqde.
rewrite -big_split; apply: eq_bigr => z _ /=; rewrite -mulrDr; congr (_ * _).
by rewrite (bigID (fun i : 'I_N => s i)).
Qed.

Theorem mrank_avgshallow s Z (c : 'I_Z -> F) v : (mrank s (avgshallow c v) <= 2)%N.
Proof. exact/mrank_additive/additive_avgshallow. Qed.

End Average.

(* Average pooling is not universal: no tensor that is 1 in one place and 0    *)
(* elsewhere is additive, for two inputs or more and two templates or more,   *)
(* M = N = 2 included, where the rank tells nothing.                          *)
Theorem not_universal m N s (i1 i2 : 'I_N) : s i1 -> ~~ s i2 ->
  exists A : tensor m.+2 F N, ~ additive s A.
Proof.
move=> s1 s2; pose z : idx m.+2 N := [ffun=> ord0].
pose o : idx m.+2 N := [ffun=> ord_max].
exists (fun d => (d == z)%:R) => /additive_merge[X [Y AE]].
have ne d e : (exists i, merge s d e i != z i) -> (merge s d e == z) = false.
  by case=> i; apply: contraNF => /eqP->.
have := AE z z; rewrite (_ : merge s z z = z) ?eqxx; last by apply/ffunP=> i; rewrite !ffunE; case: ifP.
have := AE z o; rewrite ne => [e2|]; last by exists i2; rewrite !ffunE (negbTE s2).
have := AE o z; rewrite ne => [e3|]; last by exists i1; rewrite !ffunE s1.
have := AE o o; rewrite ne => [e4|]; last by exists i1; rewrite !ffunE s1.
move=> e1; have : (X z + Y z) + (X o + Y o) = (X z + Y o) + (X o + Y z).
  by rewrite addrACA [Y z + _]addrC addrACA.
by rewrite -e1 -e2 -e3 -e4 !addr0 => /eqP; rewrite oner_eq0.
Qed.

(* ------------------------------------------------------------------------ *)
Section Maximum.

Lemma relumax_le l c : (relumax l <= c) = (0 <= c) && all (<= c) l.
Proof. by elim: l => [|x l IHl] /=; rewrite ?andbT // le_maxl IHl andbCA. Qed.

Lemma relumax_ge0 l : 0 <= relumax l.
Proof. by have := lexx (relumax l); rewrite relumax_le => /andP[]. Qed.

Lemma relumax_ge l x : x \in l -> x <= relumax l.
Proof. by have := lexx (relumax l); rewrite relumax_le => /andP[_ /allP]; apply. Qed.

Lemma relumax_in l : 0 < relumax l -> relumax l \in l.
Proof.
elim: l => [|x l IHl] /=; first by rewrite ltxx.
rewrite inE /Num.max; case: ifP => _; first by move/IHl->; rewrite orbT.
by rewrite eqxx.
Qed.

Lemma relumax_cat l1 l2 : relumax (l1 ++ l2) = Num.max (relumax l1) (relumax l2).
Proof.
elim: l1 => [|x l1 IHl] /=; first by rewrite max_r ?relumax_ge0.
by rewrite IHl maxA.
Qed.

Lemma eq_relumax l1 l2 : l1 =i l2 -> relumax l1 = relumax l2.
Proof. by move=> eql; apply/eqP; rewrite eq_le !relumax_le !relumax_ge0 (eq_all_r eql) /=;
  apply/andP; split; apply/allP=> x; [ | rewrite -eql]; apply: relumax_ge. Qed.

Variables m N : nat.
Notation idx := (idx m.+1 N).

Definition maxshallow Z (c : 'I_Z -> F) (v : 'I_Z -> 'I_N -> 'I_m.+1 -> F) : tensor m.+1 F N :=
  fun d => \sum_z c z * relumax [seq v z i (d i) | i <- enum 'I_N].

Variables (s : pred nat) (Z : nat) (c : 'I_Z -> F) (v : 'I_Z -> 'I_N -> 'I_m.+1 -> F).

Definition inputs (b : pred nat) := filter (fun i : 'I_N => b i) (enum 'I_N).

Lemma mem_inputs b (i : 'I_N) : (i \in inputs b) = b i.
Proof. by rewrite mem_filter mem_enum andbT. Qed.

Definition rowmax z (d : idx) := relumax [seq v z i (d i) | i <- inputs s].
Definition colmax z (e : idx) := relumax [seq v z i (e i) | i <- inputs (predC s)].

Lemma rowcolmax z d e :
  relumax [seq v z i (merge s d e i) | i <- enum 'I_N] = Num.max (rowmax z d) (colmax z e).
Proof.
rewrite -(@eq_relumax ([seq v z i (merge s d e i) | i <- inputs s] ++
    [seq v z i (merge s d e i) | i <- inputs (predC s)])); last first.
  by move=> x; rewrite -map_cat; apply: perm_mem; apply: perm_map; apply/permPl/perm_filterC.
rewrite relumax_cat; congr (Num.max (relumax _) (relumax _)); apply/eq_in_map => i;
rewrite mem_inputs => si; first by rewrite ffunE si.
by rewrite ffunE ifN.
Qed.

(* a place where v_(z,i) is least *)
Definition least z i := [arg min_(a < ord0 | true) v z i a]%O.

Lemma leastP z i a : v z i (least z i) <= v z i a.
Proof. by rewrite /least; case: arg_minP => // b _; apply. Qed.

Definition base z := relumax [seq v z i (least z i) | i <- inputs s].

Lemma base_le z d : base z <= rowmax z d.
Proof.
rewrite relumax_le relumax_ge0 /=; apply/allP=> x /mapP[i i_s ->].
by apply: le_trans (leastP z i (d i)) _; apply: relumax_ge; apply/mapP; exists i.
Qed.

Definition chosen z (d : idx) : option 'I_N :=
  [pick i : 'I_N | [&& s i, base z < v z i (d i) & v z i (d i) == rowmax z d]].

Lemma chosenP z d : match chosen z d with
  | Some i => [/\ s i, v z i (d i) = rowmax z d & least z i != d i]
  | None => rowmax z d = base z end.
Proof.
rewrite /chosen; case: pickP => [i /and3P[si lt_b /eqP eq_r]|none].
  split=> //; apply: contraTneq lt_b => <-; rewrite -leNgt.
  by apply: relumax_ge; apply/mapP; exists i; rewrite // mem_inputs.
have := base_le z d; rewrite le_eqVlt => /orP[/eqP->//|lt_b].
have /relumax_in/mapP[i] : 0 < rowmax z d by apply: le_lt_trans lt_b; apply: relumax_ge0.
rewrite mem_inputs => si eq_r; have := none i.
by rewrite si -eq_r lt_b eqxx.
Qed.

Lemma frank_add_le (I J : finType) (f g : I -> J -> F) :
  (frank (fun i j => (f i j + g i j)%R) <= frank f + frank g)%N.
Proof.
rewrite /frank (_ : fmx _ = fmx f + fmx g)%R ?mxrank_add //.
by apply/matrixP=> i j; rewrite !mxE.
Qed.

Lemma mrank_maxshallow_rows :
  (mrank s (maxshallow c v) <= 1 + Z * (m * #|[pred i : 'I_N | s i]|))%N.
Proof.
pose gain z x e := Num.max x (colmax z e) - Num.max (base z) (colmax z e).
pose f (d e : idx) := \sum_z c z * (if chosen z d is Some i then gain z (v z i (d i)) e else 0).
rewrite /mrank (@eq_frank _ _ _ _ (fun d e => (\sum_z c z * Num.max (base z) (colmax z e)) + f d e)); last first.
  move=> d e; rewrite /f -big_split; apply: eq_bigr => z _ /=; rewrite -mulrDr rowcolmax; congr (_ * _).
  have := chosenP z d; case: chosen => [i [_ <- _]|->]; last by rewrite addr0.
  by rewrite /gain addrC subrK.
apply: leq_trans (frank_add_le _ _) _; apply: leq_add.
  rewrite -[X in (_ <= X)%N]card_unit; apply: (frank_le_card (u := fun (_ : idx) (_ : unit) => 1)
    (v := fun _ (e : idx) => \sum_z c z * Num.max (base z) (colmax z e))) => d e.
  by rewrite (big_pred1 tt) ?mul1r // => -[].
pose K := [finType of 'I_Z * ({i : 'I_N | s i} * 'I_m)].
apply: (@leq_trans #|K|); last by rewrite !card_prod !card_ord card_sig mulnC [(m * _)%N]mulnC mulnC.
apply: (frank_le_card
  (u := fun d (k : K) => ((chosen k.1 d == Some (val k.2.1)) && (d (val k.2.1) == lift (least k.1 (val k.2.1)) k.2.2))%:R)
  (v := fun (k : K) e => c k.1 * gain k.1 (v k.1 (val k.2.1) (lift (least k.1 (val k.2.1)) k.2.2)) e)) => d e.
rewrite -(pair_bigA _ (fun z p => ((chosen z d == Some (val p.1)) && (d (val p.1) == lift (least z (val p.1)) p.2))%:R *
  (c z * gain z (v z (val p.1) (lift (least z (val p.1)) p.2)) e))) /=.
apply: eq_bigr => z _; have := chosenP z d; case: chosen => [i [si _ ne]|_]; last first.
  by rewrite mulr0 big1 // => p _; rewrite mul0r.
have [a da _] := unlift_some ne; rewrite (bigD1 (exist _ i si, a)) //= -da !eqxx mul1r big1 ?addr0 // => -[[j sj] b].
rewrite xpair_eqE -val_eqE /= => neq; case: eqP => [[ij]|_]; last by rewrite mul0r.
move: neq; rewrite -ij eqxx /= => neq; case: eqP => [eq_ab|_]; last by rewrite mul0r.
by move: neq; rewrite (lift_inj (etrans (esym da) eq_ab)) eqxx.
Qed.

End Maximum.

(* The shallow network with ReLU and max pooling, for every partition.        *)
Theorem mrank_maxshallow m N s Z (c : 'I_Z -> F) (v : 'I_Z -> 'I_N -> 'I_m.+1 -> F) :
  (mrank s (maxshallow c v) <=
    1 + Z * (m * minn #|[pred i : 'I_N | s i]| #|[pred i : 'I_N | ~~ s i]|))%N.
Proof.
rewrite /minn; case: ifP => _; first exact: mrank_maxshallow_rows.
by rewrite -mrank_predC; apply: mrank_maxshallow_rows.
Qed.

End Rectifier.
