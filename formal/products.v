From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import mxtens.
From Proofkit Require Import kronecker rules generic.

(******************************************************************************)
(* Products of generic combinations of the columns of arbitrary fixed         *)
(* matrices, over any field: the judge's rule of generic products, and the    *)
(* window that one level of a network puts over two blocks.                   *)
(*                                                                            *)
(* khatri_rao X Y == the matrix whose column j is the Kronecker product of    *)
(*                   the columns j of X and of Y                              *)
(*       entries w == the matrix of the parameters w                          *)
(*                                                                            *)
(* Main results: generic_products, generic_products_shared, generic_window,   *)
(* generic_window_shared. Each says that the rank is generically the largest  *)
(* that the sizes and the ranks of what is fixed allow.                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Definition khatri_rao (R : ringType) m n a (X : 'M[R]_(m, a)) (Y : 'M[R]_(n, a)) : 'M[R]_(m * n, a) :=
  \matrix_(i, j) (X (mxtens_unindex i).1 j * Y (mxtens_unindex i).2 j).

Definition entries (R : ringType) m n (w : 'I_m * 'I_n -> R) : 'M[R]_(m, n) := \matrix_(i, j) w (i, j).

(* ------------------------------------------------------------------------ *)
Section Products.
Variable F : fieldType.

Lemma khatri_rao_mul m n r s a (U : 'M[F]_(m, r)) (V : 'M[F]_(n, s)) (A : 'M[F]_(r, a)) (B : 'M[F]_(s, a)) :
  khatri_rao (U *m A) (V *m B) = (U *t V) *m khatri_rao A B.
Proof.
apply/matrixP=> i j; case: (mxtens_indexP i) => x y; rewrite !mxE mxtens_indexK /=.
rewrite big_distrlr /= pair_big (reindex (@mxtens_unindex r s)) /=; last first.
  by exists (@mxtens_index r s) => k _; rewrite ?mxtens_indexK ?mxtens_unindexK.
by apply: eq_bigr => k _; rewrite !mxE mxtens_indexK mulrACA.
Qed.

Lemma rank_khatri_rao_le m n a (X : 'M[F]_(m, a)) (Y : 'M[F]_(n, a)) :
  (\rank (khatri_rao X Y) <= \rank X * \rank Y)%N.
Proof.
rewrite -{1}(mulmx_base X) -{1}(mulmx_base Y) khatri_rao_mul.
by apply: leq_trans (mxrankM_maxr _ _) (rank_leq_row _).
Qed.

(* One matrix twice: symmetric products.                                      *)
Lemma rank_khatri_rao_twice_le m a (X : 'M[F]_(m, a)) :
  (\rank (khatri_rao X X) <= 'C((\rank X).+1, 2))%N.
Proof.
pose f (j : 'I_a) (p : 'I_m * 'I_m) := X p.1 j; have le_f : (frank f <= \rank X)%N.
  rewrite -(frank_mx X) -[X in (_ <= X)%N]frank_tr.
  exact: leq_trans (frank_reindex id (fun p : 'I_m * 'I_m => p.1) _).
apply: leq_trans (leq_bin2l 2 (le_f : frank f < (\rank X).+1)%N).
apply: leq_trans (frank_sym_le f (fun p => (p.2, p.1))).
rewrite -[X in (X <= _)%N]mxrank_tr -frank_mx.
apply: leq_trans (frank_reindex id (@mxtens_unindex m m) _); apply/eq_leq/eq_frank => j i.
by rewrite !mxE.
Qed.

(* With columns e_x of A and e_y of B, every pair (x, y) once.                *)
Lemma khatri_rao_pairs r s a : exists (A : 'M[F]_(r, a)) (B : 'M[F]_(s, a)),
  \rank (khatri_rao A B) = minn a (r * s).
Proof.
exists (\matrix_(x, j) (x == j %/ s :> nat)%N%:R), (\matrix_(y, j) (y == j %% s :> nat)%N%:R).
set K := khatri_rao _ _; suff -> : K = pid_mx (minn a (r * s)) by rewrite rank_pid_mx ?geq_minl ?geq_minr.
apply/matrixP=> i j; rewrite !mxE leq_min ltn_ord -natrM mulnb andbT.
case: (mxtens_indexP i) => x y; rewrite mxtens_indexK /=; congr (nat_of_bool _)%:R.
have s_gt0 := leq_ltn_trans (leq0n y) (ltn_ord y).
apply/andP/andP => [[/eqP-> /eqP->]|[/eqP <-]].
  by rewrite -divn_eq eqxx ltn_ord.
by rewrite divnMDl // modnMDl divn_small // modn_small // addn0.
Qed.

(* With columns e_x and e_x + e_y, x < y, of A.                               *)
Lemma khatri_rao_twice_pairs r a : exists A : 'M[F]_(r, a), (minn a 'C(r.+1, 2) <= \rank (khatri_rao A A))%N.
Proof.
set n := minn a _; have le_n : (n <= #|[pred p : 'I_r * 'I_r | (p.1 <= p.2)%N]|)%N by rewrite card_le_pairs geq_minr.
pose q (j : 'I_n) := enum_val (widen_ord le_n j); have q_le j : ((q j).1 <= (q j).2)%N := enum_valP (widen_ord le_n j).
have q_inj : injective q by move=> j k /enum_val_inj/(congr1 val)/= ejk; apply/val_inj.
pose on x j := (x == (q j).1) || (x == (q j).2); have onE (x y : 'I_r) j : (x < y)%N -> on x j -> on y j -> q j = (x, y).
  move=> lt_xy; have := q_le j; rewrite /on; case: (q j) => i k /= le_ik.
  case/orP=> /eqP ex; case/orP=> /eqP ey; rewrite {}ex {}ey // in lt_xy *; first by rewrite ltnn in lt_xy.
    by rewrite ltnNge le_ik in lt_xy.
  by rewrite ltnn in lt_xy.
exists (\matrix_(x, j) if (insub (val j) : option 'I_n) is Some j' then (on x j')%:R else 0).
apply: leq_trans (mxrank_mxsub id (widen_ord (geq_minl a _)) _); rewrite -mxrank_tr.
apply/eq_leq/esym/eqP/inj_row_free => v v0.
have on0 x y : \sum_j v ord0 j * (on x j && on y j)%:R = 0.
  have /matrixP/(_ ord0 (mxtens_index (x, y))) := v0; rewrite !mxE => v0xy; rewrite -[RHS]v0xy.
  by apply: eq_bigr => j _; rewrite !mxE mxtens_indexK /= valK -natrM mulnb.
have off j : ((q j).1 < (q j).2)%N -> v ord0 j = 0.
  move=> lt_q; rewrite -[RHS](on0 (q j).1 (q j).2) (bigD1 j) //= /on !eqxx orbT mulr1 big1 ?addr0 // => k neq_kj.
  case: andP => [[on1 on2]|_]; last by rewrite mulr0.
  by case/eqP: neq_kj; apply: q_inj; rewrite (onE _ _ _ lt_q on1 on2); case: (q j).
apply/matrixP=> i j; rewrite ord1 mxE; have [/off//|ge_q] := ltnP (q j).1 (q j).2.
have eq_q : (q j).2 = (q j).1 by apply/val_inj/eqP; rewrite eqn_leq ge_q q_le.
rewrite -[RHS](on0 (q j).1 (q j).1) (bigD1 j) //= /on !eqxx mulr1 big1 ?addr0 // => k neq_kj.
rewrite andbb; have [/off->|ge_k] := ltnP (q k).1 (q k).2; first by rewrite mul0r.
have eq_k : (q k).2 = (q k).1 by apply/val_inj/eqP; rewrite eqn_leq ge_k q_le.
rewrite eq_k orbb; case: eqP => [e|_]; last by rewrite mulr0.
case/eqP: neq_kj; apply: q_inj; rewrite [q k]surjective_pairing [q j]surjective_pairing.
by rewrite eq_k eq_q e.
Qed.

(* The columns of both factors span the spaces of those of U, and A can be    *)
(* chosen so that a rank factorization of G sees any matrix.                  *)
Lemma khatri_rao_base m b n c r s a (U : 'M[F]_(m, r)) (V : 'M[F]_(r, b)) (U' : 'M[F]_(n, s)) (V' : 'M[F]_(s, c))
    P Q P' Q' (A : 'M[F]_(r, a)) (B : 'M[F]_(s, a)) :
    P *m U = 1%:M -> V *m Q = 1%:M -> P' *m U' = 1%:M -> V' *m Q' = 1%:M ->
  \rank (khatri_rao (U *m V *m (Q *m A)) (U' *m V' *m (Q' *m B))) = \rank (khatri_rao A B).
Proof.
move=> PU VQ PU' VQ'; rewrite !mulmxA -!(mulmxA U) -!(mulmxA U') VQ VQ' !mul1mx khatri_rao_mul -[X in \rank X]mulmx1.
by apply: (rule_cancel _ (P' := P *t P') (Q' := 1%:M)); rewrite ?mulmx1 // tensmx_mul PU PU' kron1.
Qed.

Lemma polynomial_mul_entries (T : finType) m b a (G : 'M[F]_(m, b)) (h : 'I_b * 'I_a -> T) i j :
  polynomial (fun w : T -> F => (G *m entries (fun k => w (h k))) i j).
Proof.
apply: (@eq_polynomial _ _ (fun w => \sum_k G i k * w (h (k, j)))) => [w|].
  by rewrite mxE; apply: eq_bigr => k _; rewrite mxE.
by apply: polynomial_sum => k; apply: polynomialM; [apply: polynomial_const | apply: polynomial_var].
Qed.

(* G A and H B for fixed G and H, generic A and B: min(a, rank G rank H).     *)
Theorem generic_products m b n c a (G : 'M[F]_(m, b)) (H : 'M[F]_(n, c)) :
  generic (fun w : ('I_b * 'I_a) + ('I_c * 'I_a) -> F =>
    \rank (khatri_rao (G *m entries (w \o inl)) (H *m entries (w \o inr))) = minn a (\rank G * \rank H)).
Proof.
pose f (w : ('I_b * 'I_a) + ('I_c * 'I_a) -> F) := khatri_rao (G *m entries (w \o inl)) (H *m entries (w \o inr)).
have [U [V [P [Q [GE PU VQ]]]]] := rule_factorization G.
have [U' [V' [P' [Q' [HE PU' VQ']]]]] := rule_factorization H.
have [A [B rkAB]] := khatri_rao_pairs (\rank G) (\rank H) a.
apply: (@generic_sub _ _ (fun w => minn a (\rank G * \rank H) <= \rank (f w))%N) => [w ge_r|].
  apply/eqP; rewrite eqn_leq ge_r andbT leq_min rank_leq_col /=.
  by apply: leq_trans (rank_khatri_rao_le _ _) (leq_mul _ _); apply: mxrankM_maxl.
apply: (@generic_rank_ge _ _ _ _ f (fun t => match t with
  | inl k => (Q *m A) k.1 k.2 | inr k => (Q' *m B) k.1 k.2 end)) => [i j|].
  apply: (@eq_polynomial _ _ (fun w => (G *m entries (w \o inl)) (mxtens_unindex i).1 j *
    (H *m entries (w \o inr)) (mxtens_unindex i).2 j)) => [w|]; first by rewrite [RHS]mxE.
  by apply: polynomialM; apply: polynomial_mul_entries.
rewrite -rkAB -(khatri_rao_base A B PU VQ PU' VQ') -GE -HE; apply/eq_leq.
by congr (\rank (khatri_rao (G *m _) (H *m _))); apply/matrixP=> i j; rewrite [RHS]mxE.
Qed.

(* G A twice: min(a, r (r + 1) / 2) for r = rank G.                           *)
Theorem generic_products_shared m b a (G : 'M[F]_(m, b)) :
  generic (fun w : 'I_b * 'I_a -> F =>
    \rank (khatri_rao (G *m entries w) (G *m entries w)) = minn a 'C((\rank G).+1, 2)).
Proof.
pose f (w : 'I_b * 'I_a -> F) := khatri_rao (G *m entries w) (G *m entries w).
have [U [V [P [Q [GE PU VQ]]]]] := rule_factorization G.
have [A rkA] := khatri_rao_twice_pairs (\rank G) a.
apply: (@generic_sub _ _ (fun w => minn a 'C((\rank G).+1, 2) <= \rank (f w))%N) => [w ge_r|].
  apply/eqP; rewrite eqn_leq ge_r andbT leq_min rank_leq_col /=.
  by apply: leq_trans (rank_khatri_rao_twice_le _) (leq_bin2l _ _); rewrite ltnS mxrankM_maxl.
apply: (@generic_rank_ge _ _ _ _ f (fun k => (Q *m A) k.1 k.2)) => [i j|].
  apply: (@eq_polynomial _ _ (fun w => (G *m entries w) (mxtens_unindex i).1 j *
    (G *m entries w) (mxtens_unindex i).2 j)) => [w|]; first by rewrite [RHS]mxE.
  by apply: polynomialM; apply: (polynomial_mul_entries _ id).
apply: leq_trans rkA _; rewrite -(khatri_rao_base A A PU VQ PU VQ) -GE; apply/eq_leq.
by congr (\rank (khatri_rao (G *m _) (G *m _))); apply/matrixP=> i j; rewrite [RHS]mxE.
Qed.

(* The window: X diag(w) Y^T for X = G A and Y = H B.                         *)
Lemma polynomial_mulmx (T : finType) m n p (A : (T -> F) -> 'M[F]_(m, n)) (B : (T -> F) -> 'M[F]_(n, p)) :
    (forall i j, polynomial (fun w => A w i j)) -> (forall i j, polynomial (fun w => B w i j)) ->
  forall i j, polynomial (fun w => (A w *m B w) i j).
Proof.
move=> pA pB i j; apply: (@eq_polynomial _ _ (fun w => \sum_k A w i k * B w k j)) => [w|]; first by rewrite mxE.
by apply: polynomial_sum => k; apply: polynomialM.
Qed.

Lemma rank_window_le m n b c a (G : 'M[F]_(m, b)) (H : 'M[F]_(n, c)) (A : 'M[F]_(b, a)) (D : 'M[F]_a) (B : 'M[F]_(c, a)) :
  (\rank (G *m A *m D *m B^T *m H^T) <= minn a (minn (\rank G) (\rank H)))%N.
Proof.
rewrite -!mulmxA !leq_min; apply/and3P; split; last 2 first.
- exact: mxrankM_maxl.
- rewrite !mulmxA; apply: leq_trans (mxrankM_maxr _ _) _.
  by rewrite mxrank_tr.
by apply: leq_trans (mxrankM_maxr _ _) (leq_trans (mxrankM_maxl _ _) _); apply: rank_leq_col.
Qed.

(* At this point, U and U' being the columns of rank factorizations, the      *)
(* window is the identity of size min(a, r, s), and zero elsewhere.           *)
Lemma rank_window_base m b n c r s a (U : 'M[F]_(m, r)) (V : 'M[F]_(r, b)) (U' : 'M[F]_(n, s)) (V' : 'M[F]_(s, c)) P Q P' Q' :
    P *m U = 1%:M -> V *m Q = 1%:M -> P' *m U' = 1%:M -> V' *m Q' = 1%:M ->
  \rank (U *m V *m (Q *m (pid_mx a : 'M_(r, a))) *m diag_mx (const_mx 1) *m (Q' *m (pid_mx a : 'M_(s, a)))^T *m (U' *m V')^T) =
    minn a (minn r s).
Proof.
move=> PU VQ PU' VQ'; rewrite diag_const_mx mulmx1 !trmx_mul !mulmxA -!(mulmxA U) VQ mul1mx.
rewrite -(mulmxA _ Q'^T) -trmx_mul VQ' trmx1 mulmx1 tr_pid_mx mul_pid_mx mulmxA.
rewrite (rule_cancel _ PU (Q' := P'^T)) -?trmx_mul ?PU' ?trmx1 // !minnn.
rewrite (_ : pid_mx a = pid_mx (minn a (minn r s)) :> 'M_(r, s)); last first.
  apply/matrixP=> i j; rewrite !mxE; case: eqP => //= eij.
  by rewrite !leq_min ltn_ord [in (i < s)%N]eij ltn_ord !andbT.
by rewrite rank_pid_mx // minnC -minnA ?geq_minl // minnC -minnA geq_minl.
Qed.

Lemma polynomial_window (T : finType) m b n c a (G : 'M[F]_(m, b)) (H : 'M[F]_(n, c))
    (hA : 'I_b * 'I_a -> T) (hw : 'I_a -> T) (hB : 'I_c * 'I_a -> T) i j :
  polynomial (fun w : T -> F =>
    (G *m entries (w \o hA) *m diag_mx (\row_k w (hw k)) *m (entries (w \o hB))^T *m H^T) i j).
Proof.
have poly_const p q (X : 'M[F]_(p, q)) k l : polynomial (fun _ : T -> F => X k l) by exact: polynomial_const.
apply: polynomial_mulmx; last exact: poly_const.
apply: polynomial_mulmx => [|k l]; last first.
  by apply: (eq_polynomial _ (polynomial_var _ (hB (l, k)))) => w; rewrite !mxE.
apply: polynomial_mulmx => [|k l]; first exact: polynomial_mul_entries.
apply: (@eq_polynomial _ _ (fun w => w (hw k) * (k == l)%:R)) => [w|]; first by rewrite !mxE mulr_natr.
by apply: polynomialM; [apply: polynomial_var | apply: polynomial_const].
Qed.

Theorem generic_window m b n c a (G : 'M[F]_(m, b)) (H : 'M[F]_(n, c)) :
  generic (fun w : ('I_b * 'I_a) + 'I_a + ('I_c * 'I_a) -> F =>
    \rank (G *m entries (w \o (inl \o inl)) *m diag_mx (\row_k w (inl (inr k))) *m (entries (w \o inr))^T *m H^T) =
      minn a (minn (\rank G) (\rank H))).
Proof.
have [U [V [P [Q [GE PU VQ]]]]] := rule_factorization G.
have [U' [V' [P' [Q' [HE PU' VQ']]]]] := rule_factorization H.
apply: generic_sub => [w ge_r|]; first by apply/eqP; rewrite eqn_leq rank_window_le; exact: ge_r.
pose A : 'M_(b, a) := Q *m pid_mx a; pose B : 'M_(c, a) := Q' *m pid_mx a.
apply: (generic_rank_ge (w0 := fun t =>
  match t with inl (inl k) => A k.1 k.2 | inl (inr _) => 1 | inr k => B k.1 k.2 end)) => [i j|].
  exact: polynomial_window.
set w0 := fun t => _; have eA : entries (w0 \o (inl \o inl)) = A by apply/matrixP=> i j; rewrite mxE.
have eB : entries (w0 \o inr) = B by apply/matrixP=> i j; rewrite mxE.
have eD : \row_k w0 (inl (inr k)) = const_mx 1 by apply/rowP=> k; rewrite !mxE.
by rewrite eA eB eD -(rank_window_base a PU VQ PU' VQ') -GE -HE.
Qed.

(* G A twice, so that rows and columns share weights: min(a, rank G).         *)
Theorem generic_window_shared m b a (G : 'M[F]_(m, b)) :
  generic (fun w : ('I_b * 'I_a) + 'I_a -> F =>
    \rank (G *m entries (w \o inl) *m diag_mx (\row_k w (inr k)) *m (entries (w \o inl))^T *m G^T) = minn a (\rank G)).
Proof.
have [U [V [P [Q [GE PU VQ]]]]] := rule_factorization G; rewrite -[\rank G]minnn.
apply: generic_sub => [w ge_r|]; first by apply/eqP; rewrite eqn_leq rank_window_le; exact: ge_r.
pose A : 'M_(b, a) := Q *m pid_mx a.
apply: (generic_rank_ge (w0 := fun t => match t with inl k => A k.1 k.2 | inr _ => 1 end)) => [i j|].
  exact: polynomial_window.
set w0 := fun t => _; have eA : entries (w0 \o inl) = A by apply/matrixP=> i j; rewrite mxE.
have eD : \row_k w0 (inr k) = const_mx 1 by apply/rowP=> k; rewrite !mxE.
by rewrite eA eD -(rank_window_base a PU VQ PU VQ) -GE.
Qed.

End Products.
