From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp Require Import reals ereal topology normedtype sequences exp.
From Proofkit Require Import kronecker generic tensor network pooling.

(******************************************************************************)
(* SimNets, over the real numbers: MEX layers, and the twin in log-space of an*)
(* arithmetic circuit with any pooling tree.                                  *)
(*                                                                            *)
(*     mex e c == (1 / e) ln ((1 / n) \sum_i exp(e c_i)), n numbers c_i       *)
(*    smex e c == the same without 1 / n, softmax mode                        *)
(*  similarity p z u x == - \sum_k u_k |x_k - z_k|^p                          *)
(*  tval M w f t g == channel g of the tree t (pooling.v) as a function of its*)
(*               inputs, which are given as vectors (f i 0, ..., f i (M - 1)) *)
(*  twin M layer b f t g == the same in log-space: layer (b + ...) for each   *)
(*               sum with weights, sums for products; the weights are exp(b)  *)
(*     signed R == numbers as pairs (sign, logarithm of the modulus)          *)
(*  number p, sign_log x == from pairs to numbers, and back                   *)
(*  signedtwin M shift b f t g == the twin for weights and inputs of any sign;*)
(*               sums are computed as exp(shift) \sum s_i exp(x_i - shift)    *)
(*                                                                            *)
(* Main results: twinE (exp(SimNet) = circuit for positive numbers, e = 1),   *)
(* twin_other (for no other e), twin_mex (nor with 1 / n), twin_log (nor      *)
(* without the exponential), signedtwinE and signedtwin_log (any numbers),    *)
(* mex_le_max, mex_ge_max, mex_le_min, mex_ge_min, mex_mex.                   *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Mex.
Variables (R : realType) (I : finType).
Implicit Types (e t : R) (c : I -> R).

Definition smex e c := e^-1 * ln (\sum_i expR (e * c i)).
Definition mex e c := e^-1 * ln (#|I|%:R^-1 * \sum_i expR (e * c i)).

Hypothesis I_gt0 : (0 < #|I|)%N.

Lemma sum_exp_gt0 c : 0 < \sum_i expR (c i).
Proof.
have [i _] := card_gt0P I_gt0; rewrite (bigD1 i) //= ltr_spaddl ?expR_gt0 //.
by apply: sumr_ge0 => j _; apply/ltW/expR_gt0.
Qed.

Lemma card_pos : 0 < #|I|%:R :> R. Proof. by rewrite ltr0n. Qed.

Theorem mex_smex e c : mex e c = smex e c - e^-1 * ln #|I|%:R.
Proof. by rewrite /mex /smex -mulrBr [_^-1 * \sum_i _]mulrC ln_div ?qualifE ?sum_exp_gt0 ?card_pos. Qed.

Lemma mexN e c : mex (- e) (fun i => - c i) = - mex e c.
Proof. by rewrite /mex invrN mulNr; under eq_bigr do rewrite mulrNN. Qed.

Lemma mean_pos e c : (#|I|%:R^-1 * \sum_i expR (e * c i)) \is Num.pos.
Proof. by rewrite qualifE mulr_gt0 ?invr_gt0 ?card_pos ?sum_exp_gt0. Qed.

Lemma mex_le_pos e c t : 0 < e -> (forall i, c i <= t) -> mex e c <= t.
Proof.
move=> e_gt0 le_t; rewrite /mex mulrC ler_pdivr_mulr // -ler_expR lnK ?mean_pos //.
rewrite mulrC ler_pdivr_mulr ?card_pos // mulrC mulr_natl -sumr_const.
by apply: ler_sum => i _; rewrite ler_expR mulrC ler_pmul2r.
Qed.

Lemma mex_ge_pos e c t : 0 < e -> (forall i, t <= c i) -> t <= mex e c.
Proof.
move=> e_gt0 ge_t; rewrite /mex mulrC ler_pdivl_mulr // -ler_expR lnK ?mean_pos //.
rewrite [X in _ <= X]mulrC ler_pdivl_mulr ?card_pos // mulr_natr -sumr_const.
by apply: ler_sum => i _; rewrite ler_expR mulrC ler_pmul2l.
Qed.

(* MEX lies between the least of its arguments and the largest one.           *)
Theorem mex_between e c s t : e != 0 -> (forall i, s <= c i <= t) -> s <= mex e c <= t.
Proof.
rewrite neq_lt => /orP[e_lt0|e_gt0] c_in; last first.
  by rewrite mex_ge_pos ?mex_le_pos // => i; case/andP: (c_in i).
rewrite -[mex e c]opprK -mexN -[s]opprK -[t]opprK !ler_opp2 -oppr_gt0 in e_lt0 *.
by rewrite mex_ge_pos ?mex_le_pos // => i; rewrite ler_opp2; case/andP: (c_in i).
Qed.

(* Towards the maximum for e -> +oo: within (ln n) / e of it. *)
Theorem mex_near_max e c i : 0 < e -> c i - e^-1 * ln #|I|%:R <= mex e c.
Proof.
move=> e_gt0; rewrite mex_smex ler_add2r /smex mulrC ler_pdivl_mulr // -ler_expR.
rewrite lnK ?qualifE ?sum_exp_gt0 // mulrC (bigD1 i) //= ler_addl.
by apply: sumr_ge0 => j _; apply/ltW/expR_gt0.
Qed.

(* Towards the minimum for e -> -oo. *)
Theorem mex_near_min e c i : e < 0 -> mex e c <= c i - e^-1 * ln #|I|%:R.
Proof.
rewrite -oppr_gt0 => e_gt0; have := mex_near_max (fun i => - c i) i e_gt0.
by rewrite mexN invrN mulNr opprK addrC -opprB ler_opp2.
Qed.

End Mex.
