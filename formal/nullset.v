From HB Require Import structures.
From mathcomp Require Import all_ssreflect all_algebra.
From SsrMultinomials Require Import mpoly.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp Require Import reals ereal measure lebesgue_measure lebesgue_integral.

(******************************************************************************)
(* The zero set of a polynomial that is not zero everywhere is a Lebesgue null*)
(* set of R^n.                                                                *)
(*                                                                            *)
(*       Rn R n == R^n as a product of n copies of R, with the product measure*)
(*  msr (Rn R n) == that measure                                              *)
(*    coord x i == coordinate i of x                                          *)
(*                                                                            *)
(* Main results: msr_box (the measure of a box is its volume), null_zeros.    *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

(* the one-point measurable space *)
Canonical unit_pointedType := PointedType unit tt.
HB.instance Definition _ := @isMeasurable.Build default_measure_display unit
  (Pointed.class unit_pointedType) [set: set unit] Logic.I (fun _ _ => Logic.I)
  (fun _ _ => Logic.I).

Section Lebesgue.
Variable R : realType.
Local Notation leb := [the measure _ _ of @lebesgue_measure R].

Lemma sigma_finite_leb : sigma_finite setT leb.
Proof.
exact: (Hahn_ext_sigma_finite (@hlength_sigma_sub_additive R) (@hlength_sigma_finite R)).
Qed.

(* R^n with its Lebesgue measure, as a product of n copies of R *)
Record mspace := MSpace {
  disp : measure_display;
  car : measurableType disp;
  msr : {measure set car -> \bar R} }.

Fixpoint Rn n : mspace :=
  match n with
  | 0 => MSpace [the measure _ _ of dirac tt]
  | n'.+1 => MSpace [the measure _ _ of product_measure1 (msr (Rn n')) sigma_finite_leb]
  end.

Fixpoint coord n : car (Rn n) -> 'I_n -> R :=
  match n return car (Rn n) -> 'I_n -> R with
  | 0 => fun _ _ => 0
  | n'.+1 => fun x i => oapp (@coord n' x.1) x.2 (unlift ord_max i)
  end.

(* msr (Rn n) gives a box its volume. *)
Lemma msr_box n (a b : 'I_n -> R) : (forall i, a i <= b i) ->
  measurable [set x | forall i, a i < @coord n x i <= b i] /\
  msr (Rn n) [set x | forall i, a i < @coord n x i <= b i] =
    (\prod_(i < n) (b i - a i))%:E.
Proof.
elim: n => [|n IHn] in a b * => leab.
  rewrite big_ord0 (_ : [set x | _] = setT); last by apply/seteqP; split=> // x _ [].
  by split; [exact: measurableT | rewrite /= diracE in_setT].
have [|mB volB] := IHn (a \o lift ord_max) (b \o lift ord_max); first by move=> i /=.
have mI : measurable `]a ord_max, b ord_max]%classic := measurable_itv _.
rewrite (_ : [set x | _] =
  [set x | forall j, (a \o lift ord_max) j < @coord n x j <= (b \o lift ord_max) j]
    `*` `]a ord_max, b ord_max]%classic); last first.
  apply/seteqP; split=> x /=.
    move=> abx; split=> [j|]; first by have := abx (lift ord_max j); rewrite liftK.
    by have := abx ord_max; rewrite unlift_none /= in_itv.
  case=> abx abn i; case: (unliftP ord_max i) => [j ->|->].
    exact: abx.
  by move: abn; rewrite /= in_itv.
split; first exact: measurableM.
rewrite /= product_measure1E // volB big_ord_recr /= EFinM; congr (_%:E * _)%E.
  by apply: eq_bigr => i _; congr (b _ - a _); apply/val_inj; rewrite /= /bump leqNgt ltn_ord.
rewrite lebesgue_measure_itv hlength_itv /= lte_fin.
by case: ltgtP (leab ord_max) => //= -> _; rewrite subrr.
Qed.

Lemma measurable_coord n i : measurable_fun setT (fun x => @coord n x i).
Proof.
elim: n => [[]//|n IHn] in i *.
have [mfst msnd] := (prod_measurable_funP (@id (car (Rn n.+1)))).1 (@measurable_fun_id _ _ _).
rewrite /=; case: (unlift ord_max i) => [j|] /=; last exact: msnd.
exact: measurable_fun_comp (IHn j) mfst.
Qed.

Lemma measurable_meval n (p : {mpoly R[n]}) :
  measurable_fun setT (fun x => p.@[@coord n x]).
Proof.
elim/mpolyind: p => [|c m p _ _ IHp].
  by under eq_fun do rewrite meval0; exact: measurable_fun_cst.
under eq_fun do rewrite mevalD mevalZ mevalX.
apply: measurable_funD => //; apply: measurable_funrM.
elim: (index_enum _) => [|i s IHs].
  by under eq_fun do rewrite big_nil; exact: measurable_fun_cst.
under eq_fun do rewrite big_cons.
apply: measurable_funM => //; apply: measurable_fun_exprn; exact: measurable_coord.
Qed.

Lemma measurable_zeros n (p : {mpoly R[n]}) :
  measurable [set x | p.@[@coord n x] = 0].
Proof.
have := measurable_meval p measurableT (measurable_set1 (0 : R)).
by rewrite setTI.
Qed.

Lemma null_setU d (T : measurableType d) (mu : {measure set T -> \bar R}) A B :
  measurable A -> measurable B -> mu A = 0%E -> mu B = 0%E -> mu (A `|` B) = 0%E.
Proof.
move=> mA mB A0 B0; rewrite measureUfinl ?A0 ?ltry // B0 add0e.
rewrite (_ : mu (A `&` B) = 0%E) ?sube0 //.
by apply: (subset_measure0 _ mA) => //; exact: measurableI.
Qed.

Lemma null_roots (q : {poly R}) : q != 0 ->
  measurable [set t : R | root q t] /\ leb [set t : R | root q t] = 0%E.
Proof.
have [n] := ubnP (size q); elim: n q => // n IHn q; rewrite ltnS => le_q q0.
have [[a ra]|no_root] := pselect (exists a, root q a); last first.
  rewrite (_ : [set t : R | root q t] = set0) //.
  by apply/seteqP; split=> // t rt; case: no_root; exists t.
have [q' def_q] := factor_theorem _ _ ra.
have q'0 : q' != 0 by apply: contraNneq q0 => q'0; rewrite def_q q'0 mul0r.
have [|mq' nq'] := IHn q' _ q'0.
  by move: le_q; rewrite def_q size_Mmonic ?monicXsubC // size_XsubC addn2.
have -> : [set t : R | root q t] = [set a] `|` [set t : R | root q' t].
  apply/seteqP; split=> t /=; rewrite def_q rootM root_XsubC.
    by case/orP=> [rt|/eqP->]; [right | left].
  by case=> [->|->]; rewrite ?eqxx ?orbT.
split; first by apply: measurableU.
by apply: null_setU => //; apply: lebesgue_measure_set1.
Qed.

(* p with the last variable, or all variables but the last, set to constants *)
Definition slice n c (p : {mpoly R[n.+1]}) : {mpoly R[n]} :=
  p \mPo [tuple oapp (fun j => 'X_j) c%:MP (unlift ord_max i) | i < n.+1].

Definition line n v (p : {mpoly R[n.+1]}) : {poly R} :=
  mmap polyC (fun i => oapp (fun j : 'I_n => (v j)%:P) 'X (unlift ord_max i)) p.

Definition ext n (v : 'I_n -> R) c i := oapp v c (unlift ord_max i).

Lemma slice_eval n c (p : {mpoly R[n.+1]}) v : (slice c p).@[v] = p.@[ext v c].
Proof.
rewrite comp_mpoly_meval; apply: meval_eq => i; rewrite tnth_mktuple /ext.
by case: unlift => [j|] /=; rewrite ?mevalXU ?mevalC.
Qed.

Lemma line_eval n v (p : {mpoly R[n.+1]}) t : (line v p).[t] = p.@[ext v t].
Proof.
rewrite /line /meval /mmap horner_sum; apply: eq_bigr => m _.
rewrite hornerM hornerC /mmap1 horner_prod; congr (_ * _).
apply: eq_bigr => i _; rewrite horner_exp /ext.
by case: unlift => [j|] /=; rewrite ?hornerC ?hornerX.
Qed.

Theorem null_zeros n (p : {mpoly R[n]}) w : p.@[w] != 0 ->
  msr (Rn n) [set x | p.@[@coord n x] = 0] = 0%E.
Proof.
elim: n => [|n IHn] in p w *.
  move=> pw; rewrite (_ : [set x | _] = set0) ?measure0 //.
  apply/seteqP; split=> // x /=; rewrite (meval_eq (v2 := w)) => [/eqP|[]//].
  by rewrite (negbTE pw).
move=> pw; pose c := w ord_max; pose w' j := w (lift ord_max j).
have wE : w =1 ext w' c.
  by move=> i; rewrite /ext; case: unliftP => [j ->|->].
pose V := [set x | p.@[@coord n.+1 x] = 0].
have mV : measurable V by apply: measurable_zeros.
have := IHn (slice c p) w'; rewrite slice_eval -(meval_eq _ wE) => /(_ pw) null_c.
rewrite /= /product_measure1 (@ge0_ae_eq_integral _ _ _ _ _ _ (cst 0%E)) ?integral0 //.
- exact/(measurable_fun_xsection sigma_finite_leb)/mem_set.
- exact: measurable_fun_cst.
exists [set x | (slice c p).@[@coord n x] = 0]; split=> //.
  exact: measurable_zeros.
move=> x /= nx; apply: contrapT => px; apply: nx => _ /=.
have : line (@coord n x) p != 0.
  apply: contra_notN px => /eqP p0; rewrite slice_eval -line_eval p0.
  by rewrite horner0.
move=> /null_roots[_]; congr (_ = _); congr (lebesgue_measure _).
apply/seteqP; split=> t /=; rewrite /xsection /= ?inE /root line_eval /=.
  by move/eqP.
by move=> ?; apply/eqP.
Qed.

End Lebesgue.
