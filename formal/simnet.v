From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp Require Import reals ereal topology normedtype derive realfun sequences exp.
From Proofkit Require Import kronecker generic tensor network pooling circuit.

(******************************************************************************)
(* SimNets, over the real numbers: MEX layers, and the twin in log-space of an*)
(* arithmetic circuit with any pooling tree.                                  *)
(*                                                                            *)
(*     mex e c == (1 / e) ln ((1 / n) \sum_i exp(e c_i)), n numbers c_i       *)
(*    smex e c == the same without 1 / n, softmax mode                        *)
(*  similarity p z u x == - \sum_k u_k |x_k - z_k|^p                          *)
(*  twin M layer b f t g == the tree t (circuit.v) in log-space: layer (b +   *)
(*               ...) for each sum with weights, sums for products; the       *)
(*               weights are exp(b)                                           *)
(*     signed R == numbers as pairs (sign, logarithm of the modulus)          *)
(*  number p, sign_log x == from pairs to numbers, and back                   *)
(*  signedtwin M shift b f t g == the twin for weights and inputs of any sign;*)
(*               sums are computed as exp(shift) \sum s_i exp(x_i - shift)    *)
(*                                                                            *)
(* Main results: twinE and twin_net (exp(SimNet) = circuit for positive       *)
(* numbers, e = 1), twin_other (for no other e), twin_mex (nor with 1 / n),   *)
(* twin_log (nor without the exponential), signedtwinE and signedtwin_log     *)
(* (numbers of any sign), mex_between, mex_near_max, mex_near_min, mex_max,   *)
(* mex_min and mex_mean (the limits for e -> +oo, -oo and 0), mex_mex.        *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
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

(* ------------------------------------------------------------------------ *)
Section Limits.
Local Open Scope classical_set_scope.
Variables (R : realType) (I : finType) (c : I -> R) (i : I).

Let I_gt0 : (0 < #|I|)%N. Proof. by apply/card_gt0P; exists i. Qed.

(* The largest argument is the limit for e -> +oo. *)
Theorem mex_max : (forall j, c j <= c i) -> (fun e : R => mex e c) @ +oo --> c i.
Proof.
move=> le_i; apply/cvgrPdist_le => eps eps_gt0; near=> e.
have e_gt0 : 0 < e by near: e; apply: nbhs_pinfty_gt; rewrite num_real.
have e_ge : ln #|I|%:R / eps <= e by near: e; apply: nbhs_pinfty_ge; rewrite num_real.
rewrite ger0_norm ?subr_ge0 ?mex_le_pos // ler_subl_addl -ler_subl_addr.
apply: le_trans (mex_near_max I_gt0 c i e_gt0); rewrite ler_add2l ler_opp2.
by rewrite mulrC ler_pdivr_mulr // mulrC -ler_pdivr_mulr.
Unshelve. all: by end_near. Qed.

(* The least one is the limit for e -> -oo. *)
Theorem mex_min : (forall j, c i <= c j) -> (fun e : R => mex e c) @ -oo --> c i.
Proof.
move=> ge_i; apply/cvgrPdist_le => eps eps_gt0; near=> e.
have e_lt0 : e < 0 by near: e; apply: nbhs_ninfty_lt; rewrite num_real.
have e_le : e <= - (ln #|I|%:R / eps) by near: e; apply: nbhs_ninfty_le; rewrite num_real.
have ge_c : c i <= mex e c.
  rewrite -[mex e c]opprK -mexN -[c i]opprK ler_opp2 mex_le_pos ?oppr_gt0 // => j.
  by rewrite ler_opp2.
rewrite distrC ger0_norm ?subr_ge0 // ler_subl_addl; apply: le_trans (mex_near_min I_gt0 c i e_lt0) _.
rewrite ler_add2l -mulNr -invrN mulrC ler_pdivr_mulr ?oppr_gt0 // mulrC -ler_pdivr_mulr //.
by rewrite ler_oppr.
Unshelve. all: by end_near. Qed.

(* The mean is the limit for e -> 0: a derivative there. *)
Theorem mex_mean : (fun e : R => mex e c) @ 0^' --> #|I|%:R^-1 * \sum_j c j.
Proof.
pose f := \sum_(k < #|I|) (@expR R \o (c (enum_val k) \*: id)).
pose g := @ln R \o (#|I|%:R^-1 \*: f).
have sum_enum (h : I -> R) : \sum_j h j = \sum_(k < #|I|) h (enum_val k).
  by rewrite (reindex_onto enum_val enum_rank) => [|j _]; [apply: eq_bigl => k; rewrite enum_valK eqxx | rewrite enum_rankK].
have fE e : f e = \sum_j expR (e * c j).
  rewrite sum_enum /f; elim/big_rec2: _ => [//|k x h _ <-] /=; congr (expR _ + _).
  by rewrite mulrC.
have f0 : #|I|%:R^-1 * f 0 = 1.
  rewrite fE; under eq_bigr do rewrite mul0r expR0.
  by rewrite sumr_const mulVf // gt_eqF // card_pos.
have gE e : e^-1 * g e = mex e c by rewrite /g /= fE.
have df : is_derive (0 : R) 1 f (\sum_(k < #|I|) c (enum_val k)).
  apply: is_derive_sum => k.
  apply: is_derive_eq (is_derive1_comp (is_derive_expR _) (is_deriveZ (c (enum_val k)) (is_derive_id _ _))) _.
  by rewrite /= scaler0 expR0 mul1r [LHS]mulr1.
have fz : (#|I|%:R^-1 \*: f) 0 = 1 by exact: f0.
have dg : is_derive (0 : R) 1 g (#|I|%:R^-1 * \sum_j c j).
  have g0 : 0 < (#|I|%:R^-1 \*: f) 0 by rewrite fz ltr01.
  apply: is_derive_eq (is_derive1_comp (is_derive1_ln g0) (is_deriveZ (#|I|%:R^-1) df)) _.
  by rewrite fz invr1 mul1r sum_enum.
have quotient : (fun e : R => e^-1 *: (g (e *: 1 + 0) - g 0)) = fun e => mex e c.
  have g0 : g 0 = 0 by rewrite /g -[LHS]/(ln ((#|I|%:R^-1 \*: f) 0)) fz ln1.
  by apply/funext => e; rewrite -gE g0 subr0 addr0 [e *: 1]mulr1.
by rewrite -quotient -(@derive_val _ _ _ _ _ _ _ dg); apply: (@ex_derive _ _ _ _ _ _ _ dg).
Qed.

End Limits.

(* MEX of MEX: layers of one e collapse. *)
Theorem mex_mex (R : realType) (I J : finType) (e : R) (c : I -> J -> R) : e != 0 ->
    (0 < #|I|)%N -> (0 < #|J|)%N ->
  mex e (fun i => mex e (c i)) = mex e (fun p : I * J => c p.1 p.2).
Proof.
move=> e_neq0 I_gt0 J_gt0; rewrite /mex; congr (_ * ln _).
under eq_bigr do rewrite mulrA divff // mul1r lnK ?mean_pos //.
by rewrite -mulr_sumr card_prod natrM invfM mulrA pair_bigA.
Qed.

(* ------------------------------------------------------------------------ *)
Section Similarity.
Variables (R : realType) (K : finType).

Definition similarity (p : nat) (z u x : K -> R) := - \sum_k u k * `|x k - z k| ^+ p.

Lemma expR_sum (I : finType) (f : I -> R) : expR (\sum_i f i) = \prod_i expR (f i).
Proof. exact: (big_morph _ (@expRD R) (@expR0 R)). Qed.

(* Its exponential is a density with independent coordinates, not normalized: *)
(* normal for p = 2, Laplace for p = 1.                                       *)
Lemma expR_similarity p z u x : expR (similarity p z u x) = \prod_k expR (- (u k * `|x k - z k| ^+ p)).
Proof. by rewrite /similarity -sumrN expR_sum. Qed.

End Similarity.

(* ------------------------------------------------------------------------ *)
(* The twin in log-space.                                                     *)
Section Twin.
Variables (R : realType) (M : nat).
Implicit Types (b : nat -> nat -> nat -> R) (f : nat -> nat -> R) (t : ptree).

Definition layer := forall I : finType, (I -> R) -> R.

Fixpoint twin (pool : layer) b f t g : R :=
  match t with
  | Input v i => pool _ (fun c : 'I_M => b v g c + f i c)
  | Product t1 t2 => twin pool b f t1 g + twin pool b f t2 g
  | Mix v r t => pool _ (fun a : 'I_r => b v g a + twin pool b f t a)
  end.

(* no node without channels *)
Fixpoint wide t : bool :=
  match t with
  | Input _ _ => (0 < M)%N
  | Product t1 t2 => wide t1 && wide t2
  | Mix _ r t => (0 < r)%N && wide t
  end.

Notation circuit b f := (tval M (fun v g a => expR (b v g a)) (fun i c => expR (f i c))).

Lemma expR_smex n (c : 'I_n -> R) : (0 < n)%N -> expR (smex 1 c) = \sum_i expR (c i).
Proof.
move=> n_gt0; rewrite /smex invr1 mul1r; under eq_bigr do rewrite mul1r.
by rewrite lnK // qualifE sum_exp_gt0 ?card_ord.
Qed.

(* exp(SimNet) = circuit, for positive weights and inputs. *)
Theorem twinE b f t g : wide t -> expR (twin (fun I => @smex R I 1) b f t g) = circuit b f t g.
Proof.
elim: t g => [v i|t1 IH1 t2 IH2|v r t IHt] g /=.
- by move/expR_smex->; apply: eq_bigr => c _; rewrite expRD.
- by case/andP=> wide1 wide2; rewrite expRD IH1 ?IH2.
by case/andP=> /expR_smex-> wide_t; apply: eq_bigr => a _; rewrite expRD IHt.
Qed.

(* The same for the networks of network.v: every depth, shallow ones included. *)
Corollary twin_net r (b : nat -> nat -> nat -> nat -> R) (X : Type) (phi : 'I_M -> X -> R) n L
    (x : 'I_(n.+1 * 2 ^ L) -> X) y : (0 < M)%N -> (forall l, l <= L -> 0 < r l)%N ->
  expR (twin (fun I => @smex R I 1) (named b) (represented phi x) (nettree r n.+1 L) y) =
    netfun r (fun l j g a => expR (b l j g a)) (fun c x => expR (phi c x)) x y.
Proof.
move=> M_gt0 r_gt0; rewrite nettreeE twinE; last first.
  have node_wide l j : (l <= L)%N -> wide (nodetree r l j).
    by elim: l j => [|l IHl] j //= lt_l; rewrite r_gt0 ?(ltnW lt_l) //= !IHl // ltnW.
  rewrite /nettree /= r_gt0 //=; elim: (n) => [|k IHk] /=; first exact: node_wide.
  by rewrite IHk node_wide.
apply: tval_inputs => i c /modes_nettree lt_i lt_c.
by rewrite /represented (insubT (fun i => i < _)%N lt_i) !insubT.
Qed.

(* With a similarity layer: the circuit whose representation functions are    *)
(* its exponentials, densities that are not normalized.                       *)
Corollary twin_similarity r (b : nat -> nat -> nat -> nat -> R) (K : finType) p (z u : 'I_M -> K -> R) n L
    (x : 'I_(n.+1 * 2 ^ L) -> K -> R) y : (0 < M)%N -> (forall l, l <= L -> 0 < r l)%N ->
  expR (twin (fun I => @smex R I 1) (named b) (represented (fun c => similarity p (z c) (u c)) x) (nettree r n.+1 L) y) =
    netfun r (fun l j g a => expR (b l j g a)) (fun c x => \prod_k expR (- (u c k * `|x k - z c k| ^+ p))) x y.
Proof.
move=> M_gt0 r_gt0; rewrite twin_net //; congr (netfun r _ _ x y).
by apply/funext => c; apply/funext => v; apply: expR_similarity.
Qed.

(* With another e it is another function: some positive network differs.      *)
Section Others.
Hypothesis M_gt1 : (1 < M)%N.

Lemma other_layer (pool : layer) : pool [finType of 'I_M] (fun=> 0) != ln M%:R ->
  exists b f t g, wide t /\ expR (twin pool b f t g) <> circuit b f t g.
Proof.
move=> neq; exists (fun _ _ _ => 0), (fun _ _ => 0), (Input 0 0), 0%N; split; first exact: ltnW.
rewrite /=; under eq_bigr do rewrite expR0 mulr1; rewrite sumr_const card_ord => eq_M.
by case/eqP: neq; rewrite -[X in ln X]eq_M expK; congr (pool _ _); apply/funext => c; rewrite addr0.
Qed.

Lemma ln_gt0M : 0 < ln M%:R :> R. Proof. by rewrite ln_gt0 // ltr1n. Qed.

Theorem twin_other e : e != 1 -> exists b f t g,
  wide t /\ expR (twin (fun I => @smex R I e) b f t g) <> circuit b f t g.
Proof.
move=> e_neq1; apply: other_layer; rewrite /smex; under eq_bigr do rewrite mulr0 expR0.
rewrite sumr_const card_ord -subr_eq0 -[X in _ - X]mul1r -mulrBl mulf_neq0 //; last by rewrite gt_eqF ?ln_gt0M.
by rewrite subr_eq0 invr_eq1.
Qed.

(* With 1 / n, whatever e. *)
Theorem twin_mex e : exists b f t g, wide t /\ expR (twin (fun I => @mex R I e) b f t g) <> circuit b f t g.
Proof.
apply: other_layer; rewrite /mex; under eq_bigr do rewrite mulr0 expR0.
rewrite sumr_const mulVf; first by rewrite ln1 mulr0 lt_eqF ?ln_gt0M.
by rewrite pnatr_eq0 card_ord -lt0n ltnW.
Qed.

(* Without the exponential. *)
Theorem twin_log : exists b f t g, wide t /\ twin (fun I => @smex R I 1) b f t g <> circuit b f t g.
Proof.
exists (fun _ _ _ => 0), (fun _ _ => 0), (Input 0 0), 0%N; split; first exact: ltnW.
rewrite /= /smex invr1 mul1r; under eq_bigr do rewrite mul1r addr0 expR0.
under [RHS]eq_bigr do rewrite expR0 mulr1; rewrite sumr_const card_ord => /eqP.
by rewrite lt_eqF // ln_sublinear // ltr0n ltnW.
Qed.

End Others.

End Twin.

(* ------------------------------------------------------------------------ *)
(* Numbers of any sign.                                                       *)
Section Signed.
Variables (R : realType) (M : nat).

Definition signed : Type := R * R.
Definition number (p : signed) : R := p.1 * expR p.2.
Definition sign_log (x : R) : signed := (Num.sg x, ln `|x|).

Lemma sign_logK : cancel sign_log number.
Proof.
move=> x; rewrite /number /=; have [->|x_neq0] := eqVneq x 0; first by rewrite sgr0 mul0r.
by rewrite lnK ?qualifE ?normr_gt0 // [RHS]numEsg.
Qed.

Definition signed_prod (p q : signed) : signed := (p.1 * q.1, p.2 + q.2).

Definition signed_sum n (shift : R) (p : 'I_n -> signed) : signed :=
  let T := \sum_i (p i).1 * expR ((p i).2 - shift) in (Num.sg T, ln `|T| + shift).

Lemma number_prod p q : number (signed_prod p q) = number p * number q.
Proof. by rewrite /number /= expRD mulrACA. Qed.

(* Whatever the shift is, such as the largest logarithm. *)
Lemma number_sum n shift (p : 'I_n -> signed) : number (signed_sum shift p) = \sum_i number (p i).
Proof.
rewrite /number /= expRD mulrA -[_ * expR (ln _)]/(number (sign_log _)) sign_logK mulr_suml.
by apply: eq_bigr => i _; rewrite -mulrA -expRD subrK.
Qed.

Variable shift : forall n, ('I_n -> signed) -> R.

Fixpoint signedtwin (b : nat -> nat -> nat -> signed) (f : nat -> nat -> signed) t g : signed :=
  match t with
  | Input v i => let p := fun c : 'I_M => signed_prod (b v g c) (f i c) in signed_sum (shift p) p
  | Product t1 t2 => signed_prod (signedtwin b f t1 g) (signedtwin b f t2 g)
  | Mix v r t => let p := fun a : 'I_r => signed_prod (b v g a) (signedtwin b f t a) in signed_sum (shift p) p
  end.

Theorem signedtwinE b f t g :
  number (signedtwin b f t g) = tval M (fun v g a => number (b v g a)) (fun i c => number (f i c)) t g.
Proof.
elim: t g => [v i|t1 IH1 t2 IH2|v r t IHt] g; rewrite /= ?number_prod ?IH1 ?IH2 // number_sum;
by apply: eq_bigr => a _; rewrite number_prod ?IHt.
Qed.

(* Every circuit with real weights has such a twin. *)
Corollary signedtwin_log (w : nat -> nat -> nat -> R) (f : nat -> nat -> R) t g :
  number (signedtwin (fun v g a => sign_log (w v g a)) (fun i c => sign_log (f i c)) t g) = tval M w f t g.
Proof.
by rewrite signedtwinE; congr tval; do 3![apply/funext => ?|idtac]; rewrite sign_logK.
Qed.

End Signed.
