From mathcomp Require Import all_ssreflect all_algebra all_field.
From SsrMultinomials Require Import mpoly.
From Proofkit Require Import kronecker rules generic.

(******************************************************************************)
(* The rules by which derivations pass from facts to facts, other than those  *)
(* of diagrams (expressions.v) and of levels (levels.v): facts that hold for  *)
(* almost all parameters, minors of integer polynomials, inverses, Gram       *)
(* matrices, exponents over finite fields.                                    *)
(*                                                                            *)
(*    infinite F == F has as many different elements as one likes             *)
(*    zeval q w == the integer polynomial q at the parameters w : T -> F      *)
(*                                                                            *)
(* Main results: nonzero_point and generic_and (over infinite fields facts    *)
(* that hold for almost all parameters hold together), generic_pullback (a    *)
(* premise that holds almost everywhere, its generic names renamed to some of *)
(* many), rule_minor, rule_unit_minor, rule_inverse, rule_gram,               *)
(* rule_scale_integer, fermat_exponent.                                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition infinite (F : eqType) := forall k, exists s : seq F, uniq s /\ size s = k.

(* ------------------------------------------------------------------------ *)
(* Numbers are known by their digits.                                         *)
Lemma digits_inj B n (a b : 'I_n -> nat) : (forall i, a i < B)%N -> (forall i, b i < B)%N ->
  (\sum_i a i * B ^ i = \sum_i b i * B ^ i)%N -> a =1 b.
Proof.
elim: n => [|n IHn] in a b *; first by move=> _ _ _ [].
move=> lta ltb; have B_gt0 : (0 < B)%N := leq_ltn_trans (leq0n _) (lta ord0).
have recl (c : 'I_n.+1 -> nat) : (\sum_i c i * B ^ i = (\sum_(i < n) c (lift ord0 i) * B ^ i) * B + c ord0)%N.
  rewrite big_ord_recl expn0 muln1 addnC big_distrl /=; congr (_ + _)%N; apply: eq_bigr => i _.
  by rewrite -mulnA -expnSr.
rewrite !recl => eq_ab; have eq0 : a ord0 = b ord0.
  by have := congr1 (modn^~ B) eq_ab; rewrite !modnMDl !modn_small.
move: eq_ab; rewrite eq0 => /addIn/eqP; rewrite eqn_pmul2r // => /eqP/IHn eqS i.
by case: (unliftP ord0 i) => [j|] ->; [apply: eqS | apply: eq0].
Qed.

Section AlmostAll.
Variable F : fieldType.

Lemma nonroot (q : {poly F}) : infinite F -> q != 0 -> exists x, q.[x] != 0.
Proof.
move=> infF q0; have [s [uniq_s size_s]] := infF (size q).
have /allPn[x _ qx] : ~~ all (root q) s.
  by apply/negP=> /(max_poly_roots q0)/(_ uniq_s); rewrite size_s ltnn.
by exists x.
Qed.

(* Over an infinite field only the polynomial 0 is 0 everywhere.              *)
Theorem nonzero_point n (p : {mpoly F[n]}) : infinite F -> p != 0 -> exists w, p.@[w] != 0.
Proof.
move=> infF p0; pose e (m : 'X_{1..n}) := (\sum_i m i * msize p ^ i)%N.
have lt_m m i : m \in msupp p -> (m i < msize p)%N.
  move/msize_mdeg_lt; apply: leq_ltn_trans; rewrite mdegE.
  by rewrite (bigD1 i) //= leq_addr.
have e_inj : {in msupp p &, injective e}.
  move=> m1 m2 in1 in2 /digits_inj eq12; apply/mnmP; apply: eq12 => i; exact: lt_m.
pose q : {poly F} := \sum_(m <- msupp p) p@_m *: 'X^(e m).
have qE x : q.[x] = p.@[fun i => x ^+ (msize p ^ i)].
  rewrite mevalE horner_sum; apply: eq_bigr => m _; rewrite hornerZ hornerXn; congr (_ * _).
  rewrite -prodrXr /=; apply: eq_bigr => i _.
  by rewrite -exprM mulnC.
have [m in_m] : exists m, m \in msupp p.
  have : msupp p != [::] by rewrite msupp_eq0.
  by case: (msupp p) => // m s _; exists m; rewrite mem_head.
have [||x] := @nonroot q; rewrite ?qE => //; last by exists (fun i => x ^+ (msize p ^ i)).
apply/eqP=> /(congr1 (fun q : {poly F} => q`_(e m)))/eqP; rewrite coef0 coef_sum (bigD1_seq m) //= ?msupp_uniq //.
rewrite coefZ coefXn eqxx mulr1 big1_seq ?addr0 ?mcoeff_eq0 ?in_m // => m' /andP[neq_m in_m'].
rewrite coefZ coefXn; case: eqP => [/e_inj eq_m|_]; last by rewrite mulr0.
by rewrite -eq_m ?eqxx in neq_m.
Qed.

(* Facts that hold for almost all parameters hold together.                   *)
Theorem generic_and (T : finType) (P Q : (T -> F) -> Prop) :
  infinite F -> generic P -> generic Q -> generic (fun w => P w /\ Q w).
Proof.
move=> infF [p [p0 _ genP]] [q [q0 _ genQ]]; exists (p * q); have pq0 : p * q != 0 by rewrite mulf_neq0.
have pqE w : peval (p * q) w = peval p w * peval q w by exact: mevalM.
split=> // [|w]; last first.
  by rewrite pqE mulf_eq0 negb_or => /andP[/genP Pw /genQ Qw].
have [w pqw] := nonzero_point infF pq0; exists (fun t => w (enum_rank t)).
by rewrite /peval (meval_eq (v2 := w)) // => i; rewrite enum_valK.
Qed.

(* A premise for almost all parameters T, used at some of the parameters T'.  *)
Theorem generic_pullback (T T' : finType) (h : T -> T') (P : (T -> F) -> Prop) :
  injective h -> generic P -> generic (fun w : T' -> F => P (w \o h)).
Proof.
move=> inj_h [p [_ [w0 pw0] genP]]; have [q qE] : polynomial (fun w : T' -> F => peval p (w \o h)).
  apply: (@eq_polynomial _ _ (fun w : T' -> F => \sum_(m <- msupp p) p@_m * \prod_i w (h (enum_val i)) ^+ m i)) => [w|].
    by rewrite /peval mevalE.
  apply: polynomial_sum => m; apply: polynomialM; first exact: polynomial_const.
  apply: polynomial_prod => i; elim: (m i) => [|k IHk].
    by apply: (eq_polynomial _ (polynomial_const _ 1)) => w; rewrite expr0.
  apply: (eq_polynomial _ (polynomialM (polynomial_var _ (h (enum_val i))) IHk)) => w.
  by rewrite exprS.
pose w1 t' := if [pick t | h t == t'] is Some t then w0 t else 0.
have w1E : w1 \o h =1 w0.
  by move=> t; rewrite /= /w1; case: pickP => [t' /eqP/inj_h->|/(_ t)] //; rewrite eqxx.
have qw1 : peval q w1 != 0 by rewrite qE /peval (meval_eq (v2 := fun i => w0 (enum_val i))).
exists q; split=> [||w]; [exact: meval_neq0 qw1 | by exists w1 | by rewrite qE => /genP].
Qed.

End AlmostAll.

(* ------------------------------------------------------------------------ *)
Section Minors.
Variables (F : fieldType) (T : finType) (m n k : nat) (A : 'M[{mpoly int[#|T|]}]_(m, n)).
Variables (w0 : T -> int) (f : 'I_k -> 'I_m) (g : 'I_k -> 'I_n).

Definition zeval (R : ringType) (q : {mpoly int[#|T|]}) (w : T -> R) : R := mmap intr (fun i => w (enum_val i)) q.

(* The minor A[f, g], at integer parameters.                                  *)
Notation minor := (\det (mxsub f g (map_mx (fun q => zeval q w0) A))).
Notation rank_at w := (\rank (map_mx (fun q => zeval q (w : T -> F)) A)).

Lemma zeval_intr (q : {mpoly int[#|T|]}) : zeval q (fun t => (w0 t)%:~R) = (zeval q w0)%:~R :> F.
Proof.
rewrite /zeval /mmap rmorph_sum /=; apply: eq_bigr => u _; rewrite rmorphM /= intz; congr (_ * _).
by rewrite /mmap1 rmorph_prod; apply: eq_bigr => i _; rewrite rmorphX.
Qed.

Lemma integer_minor : minor%:~R != 0 :> F -> generic (fun w : T -> F => (k <= rank_at w)%N).
Proof.
move=> nz; apply: (generic_rank_ge (w0 := fun t => (w0 t)%:~R)) => [i j|].
  apply: (@eq_polynomial _ _ (fun w => \sum_(u <- msupp (A i j)) ((A i j)@_u)%:~R * \prod_s w (enum_val s) ^+ u s)) => [w|].
    by rewrite mxE.
  apply: polynomial_sum => u; apply: polynomialM; first exact: polynomial_const.
  apply: polynomial_prod => s; elim: (u s) => [|e IHe].
    by apply: (eq_polynomial _ (polynomial_const _ 1)) => w; rewrite expr0.
  apply: (eq_polynomial _ (polynomialM (polynomial_var _ (enum_val s)) IHe)) => w.
  by rewrite exprS.
apply: (minor_mxrank (f := f) (g := g)); move: nz; congr (_ != 0).
rewrite -(det_map_mx (intmul1_rmorphism F)); congr (\det _); apply/matrixP=> i j.
by rewrite !mxE zeval_intr.
Qed.

(* Not 0 mod p: then it is not 0 in characteristic 0.                         *)
Theorem rule_minor (p : nat) :
  [char F] =i pred0 -> ~~ (p %| minor)%Z -> generic (fun w : T -> F => (k <= rank_at w)%N).
Proof.
move=> /charf0P char0 ndvd; apply: integer_minor; have nz : minor != 0 by apply: contraNneq ndvd => ->; rewrite dvdz0.
case: minor nz => e; first by rewrite -pmulrn char0.
by move=> _; rewrite NegzE mulrNz oppr_eq0 -pmulrn char0.
Qed.

(* 1 or -1: then it is not 0 in any field.                                    *)
Theorem rule_unit_minor : minor \is a GRing.unit -> generic (fun w : T -> F => (k <= rank_at w)%N).
Proof.
by move=> unit_minor; apply: integer_minor; rewrite -unitfE (rmorph_unit (intmul1_rmorphism F)).
Qed.

End Minors.

(* ------------------------------------------------------------------------ *)
Theorem rule_inverse (R : comRingType) n (X Y : 'M[R]_n) : X *m Y = 1%:M -> Y *m X = 1%:M.
Proof. exact: mulmx1C. Qed.

Theorem rule_scale_unit (F : fieldType) m n c (A : 'M[F]_(m, n)) : c != 0 -> \rank (c *: A) = \rank A.
Proof. by move=> c0; rewrite mxrank_scale_nz. Qed.

(* A sum of squares is 0 only if all of them are.                             *)
Theorem rule_gram (R : realFieldType) m n (X : 'M[R]_(m, n)) : \rank (X^T *m X) = \rank X.
Proof.
apply/eqP; rewrite eqn_leq mxrankM_maxr -[X in (X <= _)%N]mxrank_tr /=.
have sub_ker : (kermx (X^T *m X) <= kermx X^T)%MS.
  set K := kermx _; have KX : K *m X^T *m (K *m X^T)^T = 0.
    by rewrite trmx_mul trmxK mulmxA -(mulmxA K) mulmx_ker mul0mx.
  apply/sub_kermxP/matrixP=> i j; have /matrixP/(_ i i)/eqP := KX.
  rewrite [X in X == _]mxE [X in _ == X]mxE psumr_eq0 => [/allP/(_ j (mem_index_enum j))|l _]; last first.
    by rewrite [(_^T) _ _]mxE -expr2 sqr_ge0.
  by rewrite /= [(_^T) _ _]mxE -expr2 sqrf_eq0 => /eqP->; rewrite mxE.
by have := leq_sub2l n (mxrankS sub_ker); rewrite !mxrank_ker !subKn ?rank_leq_row.
Qed.

(* Over GF(p) exponents that are not 0 count modulo p - 1.                    *)
Theorem fermat_exponent (F : finFieldType) (x : F) k : (0 < k)%N -> x ^+ k = x ^+ (k.-1 %% #|F|.-1).+1.
Proof.
case: k => // k _; have [->|x0] := eqVneq x 0; first by rewrite !expr0n.
have x1 : x ^+ #|F|.-1 = 1.
  by apply: (mulfI x0); rewrite -exprS prednK ?expf_card ?mulr1 //; apply/card_gt0P; exists x.
by rewrite !exprS [in LHS](divn_eq k #|F|.-1) exprD mulnC exprM x1 expr1n mul1r.
Qed.
