From mathcomp Require Import all_ssreflect all_algebra.
From SsrMultinomials Require Import mpoly.
From Proofkit Require Import kronecker.

(******************************************************************************)
(* Properties of almost all parameters, over any field.                       *)
(*                                                                            *)
(*  peval p w == the polynomial p in #|T| variables at w : T -> F             *)
(*  generic P == P : (T -> F) -> Prop holds off the zero set of a polynomial  *)
(*               that is not zero, and not zero everywhere (over a finite     *)
(*               field the second says more)                                  *)
(*                                                                            *)
(* Main results: generic_rank (a rank reached at one point is reached off the *)
(* zero set of a polynomial that is not zero at that point),                  *)
(* linear_combinations, maximal_rank.                                         *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section GenericRank.
Variables (F : fieldType) (n : nat).
Implicit Types w : 'I_n -> F.

Theorem generic_rank m k (A : 'M[{mpoly F[n]}]_(m, k)) w0 r :
  (r <= \rank (map_mx (meval w0) A))%N ->
  exists2 p : {mpoly F[n]}, p.@[w0] != 0 &
    forall w, p.@[w] != 0 -> (r <= \rank (map_mx (meval w) A))%N.
Proof.
move=> le_r; have [f [g nz]] := mxrank_minor (map_mx (meval w0) A).
have eval w : (\det (mxsub f g A)).@[w] = \det (mxsub f g (map_mx (meval w) A)).
  by rewrite -det_map_mx; congr (\det _); apply/matrixP=> i j; rewrite !mxE.
exists (\det (mxsub f g A)); first by rewrite eval.
by move=> w; rewrite eval => /minor_mxrank; apply: leq_trans.
Qed.

Lemma meval_neq0 (p : {mpoly F[n]}) w : p.@[w] != 0 -> p != 0.
Proof. by apply: contraNneq => ->; rewrite meval0. Qed.

End GenericRank.

(* ------------------------------------------------------------------------ *)
Section Generic.
Variables (F : fieldType) (T : finType).
Implicit Types (w : T -> F) (P Q : (T -> F) -> Prop).

Definition peval (p : {mpoly F[#|T|]}) w := p.@[fun i => w (enum_val i)].

Definition generic P := exists p : {mpoly F[#|T|]},
  [/\ p != 0, exists w, peval p w != 0 & forall w, peval p w != 0 -> P w].

Lemma generic_sub P Q : (forall w, P w -> Q w) -> generic P -> generic Q.
Proof. by move=> PQ [p [p0 pw pP]]; exists p; split=> // w /pP/PQ. Qed.

Lemma generic_true P : (forall w, P w) -> generic P.
Proof.
move=> allP; exists 1; split=> //; first exact: oner_neq0.
by exists (fun=> 0); rewrite /peval meval1 oner_neq0.
Qed.

(* Functions of the parameters that are polynomials in them. *)
Definition polynomial (h : (T -> F) -> F) :=
  exists p : {mpoly F[#|T|]}, forall w, peval p w = h w.

Lemma polynomial_const c : polynomial (fun=> c).
Proof. by exists c%:MP => w; rewrite /peval mevalC. Qed.

Lemma polynomial_var t : polynomial (fun w => w t).
Proof. by exists 'X_(enum_rank t) => w; rewrite /peval mevalXU enum_rankK. Qed.

Lemma polynomialD g h : polynomial g -> polynomial h -> polynomial (fun w => g w + h w).
Proof. by case=> p pE [q qE]; exists (p + q) => w; rewrite /peval mevalD -pE -qE. Qed.

Lemma polynomialM g h : polynomial g -> polynomial h -> polynomial (fun w => g w * h w).
Proof. by case=> p pE [q qE]; exists (p * q) => w; rewrite /peval mevalM -pE -qE. Qed.

Lemma eq_polynomial g h : g =1 h -> polynomial g -> polynomial h.
Proof. by move=> eqgh [p pE]; exists p => w; rewrite pE. Qed.

Lemma polynomial_sum (I : Type) (s : seq I) (C : pred I) (h : I -> (T -> F) -> F) :
  (forall i, polynomial (h i)) -> polynomial (fun w => \sum_(i <- s | C i) h i w).
Proof.
move=> ph; elim: s => [|i s IHs].
  by apply: (eq_polynomial _ (polynomial_const 0)) => w; rewrite big_nil.
case Ci: (C i); last by apply: eq_polynomial IHs => w; rewrite big_cons Ci.
by apply: (eq_polynomial _ (polynomialD (ph i) IHs)) => w; rewrite big_cons Ci.
Qed.

Lemma polynomial_prod (I : Type) (s : seq I) (C : pred I) (h : I -> (T -> F) -> F) :
  (forall i, polynomial (h i)) -> polynomial (fun w => \prod_(i <- s | C i) h i w).
Proof.
move=> ph; elim: s => [|i s IHs].
  by apply: (eq_polynomial _ (polynomial_const 1)) => w; rewrite big_nil.
case Ci: (C i); last by apply: eq_polynomial IHs => w; rewrite big_cons Ci.
by apply: (eq_polynomial _ (polynomialM (ph i) IHs)) => w; rewrite big_cons Ci.
Qed.

(* A matrix whose entries are polynomials in the parameters. *)
Theorem generic_rank_ge m k (A : (T -> F) -> 'M[F]_(m, k)) w0 r :
    (forall i j, polynomial (fun w => A w i j)) -> (r <= \rank (A w0))%N ->
  generic (fun w => (r <= \rank (A w))%N).
Proof.
move=> polyA le_r; have [P PE] : exists P : 'M[{mpoly F[#|T|]}]_(m, k),
    forall w, map_mx (meval (fun i => w (enum_val i))) P = A w.
  have [p pE] := fin_all_exists (fun i => fin_all_exists (polyA i)).
  by exists (\matrix_(i, j) p i j) => w; apply/matrixP=> i j; rewrite !mxE -pE.
rewrite -PE in le_r; have [p p_w0 p_gen] := generic_rank le_r.
exists p; split; [exact: meval_neq0 p_w0 | by exists w0 |].
by move=> w /p_gen; rewrite PE.
Qed.

Lemma generic_frank_ge (I J : finType) (f : (T -> F) -> I -> J -> F) w0 r :
    (forall i j, polynomial (fun w => f w i j)) -> (r <= frank (f w0))%N ->
  generic (fun w => (r <= frank (f w))%N).
Proof.
by move=> polyf; apply: generic_rank_ge => i j; apply: eq_polynomial (polyf (enum_val i) (enum_val j)) => w; rewrite mxE.
Qed.

End Generic.

(* ------------------------------------------------------------------------ *)
Section Steps.
Variable F : fieldType.

(* Generic linear combinations have at least the rank of every other one. *)
Theorem linear_combinations m n k (A : 'I_k -> 'M[F]_(m, n)) (v : 'I_k -> F) :
  generic (fun a : 'I_k -> F =>
    (\rank (\sum_i v i *: A i)%R <= \rank (\sum_i a i *: A i)%R)%N).
Proof.
apply: (@generic_rank_ge _ _ _ _ (fun a => \sum_i a i *: A i)%R v) => // i j.
apply: (@eq_polynomial _ _ (fun a => \sum_l a l * A l i j)).
  by move=> a; rewrite summxE; apply: eq_bigr => l _; rewrite mxE.
by apply: polynomial_sum => l; apply: polynomialM; [apply: polynomial_var | apply: polynomial_const].
Qed.

(* U diag(d) V^T for independent entries of U, d and V. *)
Definition udv m n k (w : ('I_m * 'I_k) + 'I_k + ('I_n * 'I_k) -> F) : 'M[F]_(m, n) :=
  (\matrix_(i, l) w (inl (inl (i, l)))) *m diag_mx (\row_l w (inl (inr l))) *m
  (\matrix_(j, l) w (inr (j, l)))^T.

Lemma udvE m n k w i j : @udv m n k w i j =
  \sum_l w (inl (inl (i, l))) * w (inl (inr l)) * w (inr (j, l)).
Proof.
rewrite mxE; apply: eq_bigr => l _; rewrite !mxE (bigD1 l) //= !mxE eqxx mulr1n.
by rewrite big1 ?addr0 // => l' /negbTE neq; rewrite !mxE neq mulr0n mulr0.
Qed.

Theorem maximal_rank m n k :
  generic (fun w => \rank (@udv m n k w) = minn m (minn n k)).
Proof.
set r := minn m _.
have le_r w : (\rank (@udv m n k w) <= r)%N.
  rewrite /r !leq_min rank_leq_row rank_leq_col /=.
  apply: leq_trans (mxrankM_maxl _ _) _; apply: leq_trans (mxrankM_maxl _ _) _.
  exact: rank_leq_col.
pose w0 (t : ('I_m * 'I_k) + 'I_k + ('I_n * 'I_k)) : F :=
  match t with
  | inl (inl (i, l)) => (i == l :> nat)%:R | inl (inr _) => 1
  | inr (j, l) => (j == l :> nat)%:R end.
apply: (@generic_sub _ _ (fun w => (r <= \rank (@udv m n k w))%N)) => [w ge_r|].
  by apply/eqP; rewrite eqn_leq le_r.
apply: (@generic_rank_ge _ _ _ _ (@udv m n k) w0) => [i j|].
  apply: (@eq_polynomial _ _ (fun w => \sum_l w (inl (inl (i, l))) * w (inl (inr l)) * w (inr (j, l)))).
    by move=> w; rewrite udvE.
  by apply: polynomial_sum => l; do 2?apply: polynomialM; apply: polynomial_var.
rewrite (_ : udv w0 = pid_mx r) ?rank_pid_mx ?geq_minl ?geq_minr //.
  by rewrite /r minnCA geq_minl.
apply/matrixP=> i j; rewrite udvE mxE /r !leq_min ltn_ord /=.
have [lt_ik|le_ki] := ltnP i k; last first.
  rewrite !andbF big1 // => l _; rewrite gtn_eqF ?mul0r //.
  exact: leq_trans (ltn_ord l) le_ki.
rewrite (bigD1 (Ordinal lt_ik)) //= eqxx !mul1r big1 ?addr0 => [|l].
  by rewrite andbT (eq_sym (j : nat)); case: eqP => //= ->; rewrite ltn_ord.
by rewrite -val_eqE eq_sym => /negbTE /= ->; rewrite !mul0r.
Qed.

End Steps.
