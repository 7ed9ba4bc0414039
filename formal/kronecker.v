From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import mxtens.

(******************************************************************************)
(* Ranks over a field: Kronecker products, minors, and the rank of a function *)
(* of two arguments in finite types.                                          *)
(*                                                                            *)
(*   A *t B == the Kronecker product (mathcomp real-closed, mxtens.v)         *)
(*    fmx f == the matrix of f : I -> J -> F, I and J finite, in the order of *)
(*             their enumerations                                             *)
(*  frank f == its rank                                                       *)
(*                                                                            *)
(* Main results: kron_mixed_product, rank_kron, mxrank_minor, minor_mxrank,   *)
(* frank_factor and frank_le_card (frank f is the least number of products    *)
(* u(i) v(j) that add up to f), frank_kron, frank_prod.                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Kronecker.

Theorem kron_mixed_product (R : comRingType) m n p q s t
    (A : 'M[R]_(m, n)) (B : 'M[R]_(p, q)) (C : 'M[R]_(n, s)) (D : 'M[R]_(q, t)) :
  (A *t B) *m (C *t D) = (A *m C) *t (B *m D).
Proof. by rewrite tensmx_mul. Qed.

Variable F : fieldType.

Lemma kron1 m n : (1%:M : 'M[F]_m) *t (1%:M : 'M[F]_n) = 1%:M.
Proof.
apply/matrixP=> i j.
case: (mxtens_indexP i) => i1 i2; case: (mxtens_indexP j) => j1 j2.
rewrite tensmxE !mxE -natrM mulnb -xpair_eqE.
by rewrite (inj_eq (can_inj (@mxtens_indexK _ _))).
Qed.

Lemma row_free_kron m n p q (A : 'M[F]_(m, n)) (B : 'M[F]_(p, q)) :
  row_free A -> row_free B -> row_free (A *t B).
Proof.
move=> /row_freeP[A' AA'] /row_freeP[B' BB']; apply/row_freeP.
by exists (A' *t B'); rewrite tensmx_mul AA' BB' kron1.
Qed.

Lemma row_full_kron m n p q (A : 'M[F]_(m, n)) (B : 'M[F]_(p, q)) :
  row_full A -> row_full B -> row_full (A *t B).
Proof.
move=> /row_fullP[A' AA'] /row_fullP[B' BB']; apply/row_fullP.
by exists (A' *t B'); rewrite tensmx_mul AA' BB' kron1.
Qed.

(* Sizes may differ and may be 0. *)
Theorem rank_kron m n p q (A : 'M[F]_(m, n)) (B : 'M[F]_(p, q)) :
  \rank (A *t B) = (\rank A * \rank B)%N.
Proof.
rewrite -{1}(mulmx_base A) -{1}(mulmx_base B) -tensmx_mul.
rewrite (eqmxMfull _ (row_full_kron (col_base_full A) (col_base_full B))).
exact/eqP/(row_free_kron (row_base_free A) (row_base_free B)).
Qed.

End Kronecker.

(* ------------------------------------------------------------------------ *)
Section Minors.
Variable F : fieldType.

Lemma mxrank_mxsub m n r s (f : 'I_r -> 'I_m) (g : 'I_s -> 'I_n)
    (A : 'M[F]_(m, n)) : (\rank (mxsub f g A) <= \rank A)%N.
Proof.
have ->: mxsub f g A = rowsub f 1%:M *m A *m colsub g 1%:M.
  by rewrite mul_rowsub_mx mul1mx mulmx_colsub mulmx1 mxsubcr.
by apply: leq_trans (mxrankM_maxl _ _) (mxrankM_maxr _ _).
Qed.

Theorem minor_mxrank m n r (f : 'I_r -> 'I_m) (g : 'I_r -> 'I_n)
    (A : 'M[F]_(m, n)) : \det (mxsub f g A) != 0 -> (r <= \rank A)%N.
Proof.
by rewrite -unitfE -unitmxE => /mxrank_unit <-; apply: mxrank_mxsub.
Qed.

(* A matrix has a nonzero minor of the order of its rank. *)
Theorem mxrank_minor m n (A : 'M[F]_(m, n)) :
  exists (f : 'I_(\rank A) -> 'I_m) (g : 'I_(\rank A) -> 'I_n),
    \det (mxsub f g A) != 0.
Proof.
pose f := maxrankfun A; have freeB := maxrowsub_free A.
have fullB : row_full (rowsub f A)^T.
  by rewrite -col_leq_rank mxrank_tr row_leq_rank.
move: (fullrankfun fullB) (fullrowsub_unit fullB) => g unit_g; exists f, g.
move: unit_g; rewrite trmx_mxsub -mxsub_comp -trmx_mxsub unitmx_tr.
by rewrite unitmxE unitfE.
Qed.

End Minors.

(* ------------------------------------------------------------------------ *)
Section FunctionRank.
Variable F : fieldType.
Implicit Types I J K X Y : finType.

Definition fmx I J (f : I -> J -> F) : 'M[F]_(#|I|, #|J|) :=
  \matrix_(i, j) f (enum_val i) (enum_val j).

Definition frank I J (f : I -> J -> F) := \rank (fmx f).

Lemma eq_frank I J (f g : I -> J -> F) : f =2 g -> frank f = frank g.
Proof. by move=> eqfg; congr (\rank _); apply/matrixP=> i j; rewrite !mxE. Qed.

Lemma frank_tr I J (f : I -> J -> F) : frank (fun j i => f i j) = frank f.
Proof. by rewrite /frank -mxrank_tr; congr (\rank _); apply/matrixP=> i j; rewrite !mxE. Qed.

Lemma frank_reindex I J I' J' (g : I' -> I) (h : J' -> J) (f : I -> J -> F) :
  (frank (fun i j => f (g i) (h j)) <= frank f)%N.
Proof.
apply: leq_trans (mxrank_mxsub (enum_rank \o g \o enum_val) (enum_rank \o h \o enum_val) (fmx f)).
by apply/eq_leq; congr (\rank _); apply/matrixP=> i j; rewrite !mxE /= !enum_rankK.
Qed.

Lemma frank_mx m n (A : 'M[F]_(m, n)) : frank (fun i j => A i j) = \rank A.
Proof.
apply/eqP; rewrite eqn_leq; apply/andP; split.
  apply: leq_trans (mxrank_mxsub enum_val enum_val A).
  by apply/eq_leq; congr (\rank _); apply/matrixP=> i j; rewrite !mxE.
apply: leq_trans (mxrank_mxsub enum_rank enum_rank (fmx (fun i j => A i j))).
by apply/eq_leq; congr (\rank _); apply/matrixP=> i j; rewrite !mxE !enum_rankK.
Qed.

(* A sum of #|K| products has rank at most #|K|, and a function is a sum of   *)
(* as many products as its rank.                                              *)
Theorem frank_le_card I J K (f : I -> J -> F) (u : I -> K -> F) (v : K -> J -> F) :
  (forall i j, f i j = \sum_k u i k * v k j) -> (frank f <= #|K|)%N.
Proof.
move=> fE; suff -> : frank f = \rank (fmx u *m fmx v).
  by apply: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
congr (\rank _); apply/matrixP=> i j; rewrite !mxE fE (reindex_onto enum_val enum_rank).
  by apply: eq_big => k; rewrite ?enum_valK ?eqxx // => _; rewrite !mxE.
by move=> k _; rewrite enum_rankK.
Qed.

Theorem frank_factor I J (f : I -> J -> F) :
  exists (u : I -> 'I_(frank f) -> F) (v : 'I_(frank f) -> J -> F),
    forall i j, f i j = \sum_k u i k * v k j.
Proof.
exists (fun i k => col_base (fmx f) (enum_rank i) k), (fun k j => row_base (fmx f) k (enum_rank j)).
move=> i j; have := mulmx_base (fmx f) => /matrixP/(_ (enum_rank i) (enum_rank j)).
by rewrite !mxE !enum_rankK => <-.
Qed.

Lemma frank_leq_cardl I J (f : I -> J -> F) : (frank f <= #|I|)%N.
Proof. exact: rank_leq_row. Qed.

Lemma frank_leq_cardr I J (f : I -> J -> F) : (frank f <= #|J|)%N.
Proof. exact: rank_leq_col. Qed.

Lemma frank_minor I J r (g : 'I_r -> I) (h : 'I_r -> J) (f : I -> J -> F) :
  \det (\matrix_(a, b) f (g a) (h b)) != 0 -> (r <= frank f)%N.
Proof.
move=> nz; apply: (@minor_mxrank _ _ _ _ (enum_rank \o g) (enum_rank \o h)).
suff -> : mxsub (enum_rank \o g) (enum_rank \o h) (fmx f) = \matrix_(a, b) f (g a) (h b) by [].
by apply/matrixP=> a b; rewrite !mxE /= !enum_rankK.
Qed.

Theorem frank_kron I1 J1 I2 J2 (f1 : I1 -> J1 -> F) (f2 : I2 -> J2 -> F) :
  frank (fun (i : I1 * I2) (j : J1 * J2) => f1 i.1 j.1 * f2 i.2 j.2) =
  (frank f1 * frank f2)%N.
Proof.
rewrite -[RHS]rank_kron -[RHS]frank_mx; apply/eqP; rewrite eqn_leq; apply/andP; split.
  apply: leq_trans (frank_reindex (fun i : I1 * I2 => mxtens_index (enum_rank i.1, enum_rank i.2))
    (fun j : J1 * J2 => mxtens_index (enum_rank j.1, enum_rank j.2)) _).
  by apply/eq_leq/eq_frank => i j; rewrite tensmxE !mxE !enum_rankK.
apply: leq_trans (frank_reindex (fun i => (enum_val (mxtens_unindex i).1, enum_val (mxtens_unindex i).2))
  (fun j => (enum_val (mxtens_unindex j).1, enum_val (mxtens_unindex j).2)) _).
by apply/eq_leq/eq_frank => i j; rewrite !mxE.
Qed.

(* A product of two functions that read disjoint parts of their arguments,    *)
(* cut out by p and q and put together by a and b.                            *)
Theorem frank_prod I J I1 J1 I2 J2 (p1 : I -> I1) (q1 : J -> J1) (p2 : I -> I2) (q2 : J -> J2)
    (a : I1 -> I2 -> I) (b : J1 -> J2 -> J) (f : I -> J -> F)
    (f1 : I1 -> J1 -> F) (f2 : I2 -> J2 -> F) :
    (forall i j, f i j = f1 (p1 i) (q1 j) * f2 (p2 i) (q2 j)) ->
    (forall i1 i2 j1 j2, f (a i1 i2) (b j1 j2) = f1 i1 j1 * f2 i2 j2) ->
  frank f = (frank f1 * frank f2)%N.
Proof.
move=> fE abE; rewrite -frank_kron; apply/eqP; rewrite eqn_leq; apply/andP; split.
  apply: leq_trans (frank_reindex (fun i => (p1 i, p2 i)) (fun j => (q1 j, q2 j)) _).
  by apply/eq_leq/eq_frank => i j; rewrite fE.
apply: leq_trans (frank_reindex (fun i : I1 * I2 => a i.1 i.2) (fun j : J1 * J2 => b j.1 j.2) _).
by apply/eq_leq/eq_frank => i j; rewrite abE.
Qed.

(* Independent functions v_k (k in K): their combinations f_i = \sum_k u_ik v_k *)
(* have the rank of their coefficients.                                       *)
Lemma frank_mul_free I J K (f : I -> J -> F) (u : I -> K -> F) (v : K -> J -> F) :
    (forall i j, f i j = \sum_k u i k * v k j) -> frank v = #|K| -> frank f = frank u.
Proof.
move=> fE free_v; suff -> : frank f = \rank (fmx u *m fmx v).
  by rewrite mxrankMfree // /row_free; apply/eqP.
congr (\rank _); apply/matrixP=> i j; rewrite !mxE fE (reindex_onto enum_val enum_rank).
  by apply: eq_big => k; rewrite ?enum_valK ?eqxx // => _; rewrite !mxE.
by move=> k _; rewrite enum_rankK.
Qed.

Lemma frank_le_card_pred I J K (P : {pred K}) (f : I -> J -> F) (u : I -> K -> F) (v : K -> J -> F) :
  (forall i j, f i j = \sum_(k in P) u i k * v k j) -> (frank f <= #|P|)%N.
Proof.
move=> fE; rewrite -[#|P|]card_ord.
apply: (frank_le_card (u := fun i k => u i (enum_val k)) (v := fun k j => v (enum_val k) j)) => i j.
by rewrite fE big_enum_val.
Qed.

Lemma frank_mul_le I J (f g : I -> J -> F) :
  (frank (fun i j => (f i j * g i j)%R) <= frank f * frank g)%N.
Proof.
rewrite -frank_kron; apply: leq_trans (frank_reindex (fun i => (i, i)) (fun j => (j, j)) _).
exact/eq_leq/eq_frank.
Qed.

(* New columns that are combinations of old ones. *)
Lemma frank_comb_le I J J' K (f : I -> J -> F) (h : K -> J' -> J) (c : K -> J' -> F) :
  (frank (fun i j => \sum_k c k j * f i (h k j))%R <= frank f)%N.
Proof.
have [u [v fE]] := frank_factor f; rewrite -[X in (_ <= X)%N]card_ord.
apply: (frank_le_card (u := u) (v := fun t j => \sum_k c k j * v t (h k j))) => i j.
under eq_bigr do rewrite fE big_distrr /=.
rewrite exchange_big; apply: eq_bigr => t _; rewrite big_distrr; apply: eq_bigr => k _ /=.
by rewrite mulrCA.
Qed.

Lemma card_le_pairs D : #|[pred p : 'I_D * 'I_D | (p.1 <= p.2)%N]| = 'C(D.+1, 2).
Proof.
rewrite -sum1_card (eq_bigl (fun p : 'I_D * 'I_D => (p.1 <= p.2)%N)) //.
rewrite -(pair_big_dep predT (fun i j : 'I_D => (i <= j)%N) (fun _ _ => 1%N)) /=.
rewrite (exchange_big_dep predT) //= -triangular_sum big_ltn // add0n big_add1 /= big_mkord.
apply: eq_bigr => j _; rewrite -[RHS]card_ord -sum1_card (big_ord_widen D (fun=> 1%N) (ltn_ord j)).
by apply: eq_bigl => i; rewrite ltnS.
Qed.

(* Products of a function with its own translate span symmetric products. *)
Lemma frank_sym_le I J (f : I -> J -> F) (h : J -> J) :
  (frank (fun i j => (f i j * f i (h j))%R) <= 'C((frank f).+1, 2))%N.
Proof.
have [u [v fE]] := frank_factor f; rewrite -card_le_pairs.
apply: (frank_le_card_pred (u := fun i p => u i p.1 * u i p.2) (v := fun p j =>
  v p.1 j * v p.2 (h j) + (p.1 != p.2)%:R * (v p.2 j * v p.1 (h j)))) => i j.
rewrite !fE big_distrlr /= pair_big /= (bigID (fun p : 'I__ * 'I__ => p.1 <= p.2)%N) /=.
under [RHS]eq_bigr do rewrite mulrDr.
rewrite big_split /=; congr (_ + _).
  by apply: eq_big => // p _; rewrite mulrACA.
rewrite (reindex_onto (fun p : 'I_(frank f) * 'I_(frank f) => (p.2, p.1)) (fun p => (p.2, p.1))) => [|[] //].
rewrite [RHS]big_mkcond [LHS]big_mkcond; apply: eq_bigr => -[k l] _ /=.
rewrite inE /= eqxx andbT -ltnNge ltn_neqAle -val_eqE /=.
case: (k == l :> nat) => /=; first by rewrite mul0r mulr0; case: ifP.
by rewrite mul1r; case: ifP => // _; rewrite mulrACA [u i l * _]mulrC.
Qed.

(* A square array that is unitriangular for some order of K. *)
Lemma frank_trig n J (h : 'I_n -> J) (f : 'I_n -> J -> F) :
    (forall a b : 'I_n, (a < b)%N -> f a (h b) = 0) -> (forall a, f a (h a) = 1) -> frank f = n.
Proof.
move=> f0 f1; have := frank_leq_cardl f; rewrite card_ord => le_n.
apply/eqP; rewrite eqn_leq le_n /=.
apply: (@frank_minor _ _ _ id h); rewrite det_trig.
  by rewrite big1 ?oner_neq0 // => a _; rewrite mxE f1.
by apply/is_trig_mxP=> a b lt_ab; rewrite mxE f0.
Qed.

End FunctionRank.
