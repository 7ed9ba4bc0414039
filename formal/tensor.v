From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import mxtens.
From Proofkit Require Import kronecker.

(******************************************************************************)
(* Tensors of order N whose N modes all have dimension M, and their           *)
(* matricizations. Modes and indices are counted from 0.                      *)
(*                                                                            *)
(*      idx M N == the type of (d_0, ..., d_(N-1)), each d_i in 'I_M          *)
(* tensor M R N == idx M N -> R                                               *)
(*    tprod A B == the tensor product of A and B                              *)
(*       CP A Z == A is a sum of Z products of vectors, with coefficients     *)
(* CP_rank_ge A n == A is a sum of no less than n of them                     *)
(*            s == a partition of the modes: mode i is a row mode if s i      *)
(*      cnt s n == the number of row modes among the first n modes            *)
(*  mat s k l A == the matricization of A: M^k rows, M^l columns; k and l are *)
(*                 the numbers of row modes and of column modes               *)
(*     oddmodes == the row modes of the papers, odd if counted from 1         *)
(*  merge s d e == the index that is d in row modes, e in column modes        *)
(*    mrank s A == the rank of the matricization; it is defined as the rank   *)
(*                 of (d, e) |-> A (merge s d e), which repeats rows and      *)
(*                 columns, and rank_mat shows that it is the rank of mat     *)
(*  alternate B == modes alternate in blocks of B: B row modes come first     *)
(*                                                                            *)
(* Main results: mat_entry (mat puts the entry A_d where the papers do),      *)
(* mat_tprod (any partition), mat_tprod_even, mat_tprod_odd (the odd modes),  *)
(* mrank_tprod, rank_mat_CP, rank_tensor_product.                             *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Implicit Types s : pred nat.

Definition oddmodes : pred nat := fun i => ~~ odd i.
Definition alternate (B : nat) : pred nat := fun i => ~~ odd (i %/ B).
Definition shift (N : nat) (s : pred nat) : pred nat := fun i => s (N + i)%N.
Definition cnt (s : pred nat) (n : nat) : nat := count s (iota 0 n).

Lemma cntS s n : cnt s n.+1 = (cnt s n + s n)%N.
Proof. by rewrite /cnt -addn1 iotaD count_cat /= add0n addn0. Qed.

Lemma cntD s n1 n2 : cnt s (n1 + n2) = (cnt s n1 + cnt (shift n1 s) n2)%N.
Proof.
elim: n2 => [|n2 IHn]; first by rewrite !addn0.
by rewrite addnS !cntS IHn addnA.
Qed.

Lemma leq_cnt s : {homo cnt s : m n / (m <= n)%N}.
Proof. by move=> m n /subnKC<-; rewrite cntD leq_addr. Qed.

Lemma ltn_cnt s i N : s i -> (i < N)%N -> (cnt s i < cnt s N)%N.
Proof. by move=> si /(leq_cnt s); rewrite cntS si addn1. Qed.

Lemma eq_cnt s1 s2 : s1 =1 s2 -> cnt s1 =1 cnt s2.
Proof. by move=> eqs n; apply: eq_count. Qed.

Lemma cnt_oddmodes n : cnt oddmodes n = uphalf n.
Proof. by elim: n => //= n IHn; rewrite cntS IHn uphalf_half addnC /oddmodes; case: odd. Qed.

Lemma cnt_evenmodes n : cnt (predC oddmodes) n = n./2.
Proof.
elim: n => //= n IHn; rewrite cntS IHn /= negbK uphalf_half addnC.
by case: odd.
Qed.

Section Tensors.
Variable M : nat.

Definition idx N := {ffun 'I_N -> 'I_M}.
Definition tensor (R : Type) N := idx N -> R.

Definition lidx N1 N2 (d : idx (N1 + N2)) : idx N1 := [ffun i => d (lshift N2 i)].
Definition ridx N1 N2 (d : idx (N1 + N2)) : idx N2 := [ffun i => d (rshift N1 i)].
Definition cidx N1 N2 (d1 : idx N1) (d2 : idx N2) : idx (N1 + N2) :=
  [ffun i => match split i with inl i1 => d1 i1 | inr i2 => d2 i2 end].

Lemma lidxK N1 N2 (d1 : idx N1) (d2 : idx N2) : lidx (cidx d1 d2) = d1.
Proof. by apply/ffunP=> i; rewrite !ffunE (unsplitK (inl i)). Qed.

Lemma ridxK N1 N2 (d1 : idx N1) (d2 : idx N2) : ridx (cidx d1 d2) = d2.
Proof. by apply/ffunP=> i; rewrite !ffunE (unsplitK (inr i)). Qed.

Definition tprod (R : ringType) N1 N2 (A : tensor R N1) (B : tensor R N2) :
  tensor R (N1 + N2) := fun d => A (lidx d) * B (ridx d).

(* A = \sum_(z < Z) c_z v_(z,0) (x) ... (x) v_(z,N-1) *)
Definition CP (R : ringType) N (A : tensor R N) Z :=
  exists (c : 'I_Z -> R) (v : 'I_Z -> 'I_N -> 'I_M -> R),
    forall d, A d = \sum_(z < Z) c z * \prod_(i < N) v z i (d i).

Definition CP_rank_ge (R : ringType) N (A : tensor R N) n := forall Z, CP A Z -> (n <= Z)%N.

(* Every tensor is such a sum, so that a lower bound on all Z is not vacuous. *)
Theorem CP_exists (R : comRingType) N (A : tensor R N) : CP A #|idx N|.
Proof.
exists (fun z => A (enum_val z)), (fun z i x => (x == (enum_val z : idx N) i)%:R) => d.
rewrite (bigD1 (enum_rank d)) //= enum_rankK [X in A d * X]big1 => [|i _]; last by rewrite eqxx.
rewrite mulr1 big1 ?addr0 // => z neq_z.
have [i neq_i] : exists i, d i != (enum_val z : idx N) i.
  apply/existsP; apply: contraNT neq_z; rewrite negb_exists => /forallP eq_d.
  rewrite -(inj_eq enum_val_inj) enum_rankK eq_sym; apply/eqP/ffunP => i.
  by apply/eqP; rewrite -[_ == _]negbK.
by rewrite (bigD1 i) //= (negbTE neq_i) mul0r mulr0.
Qed.

Definition merge (s : pred nat) N (d e : idx N) : idx N :=
  [ffun i : 'I_N => if s i then d i else e i].

Definition mrank (F : fieldType) s N (A : tensor F N) :=
  frank (fun d e : idx N => A (merge s d e)).

Lemma eq_mrank (F : fieldType) s N (A B : tensor F N) : A =1 B -> mrank s A = mrank s B.
Proof. by move=> eqAB; apply: eq_frank => d e; rewrite eqAB. Qed.

Lemma mrank_predC (F : fieldType) s N (A : tensor F N) : mrank (predC s) A = mrank s A.
Proof.
rewrite /mrank -frank_tr; apply: eq_frank => d e; congr (A _).
by apply/ffunP=> i; rewrite !ffunE /=; case: (s i).
Qed.

(* Ranks multiply, whatever the partition. *)
Theorem mrank_tprod (F : fieldType) s N1 N2 (A : tensor F N1) (B : tensor F N2) :
  mrank s (tprod A B) = (mrank s A * mrank (shift N1 s) B)%N.
Proof.
apply: (frank_prod (p1 := @lidx _ _) (q1 := @lidx _ _) (p2 := @ridx _ _) (q2 := @ridx _ _)
  (a := @cidx _ _) (b := @cidx _ _)) => [d e | d1 d2 e1 e2]; rewrite /tprod.
  by congr (A _ * B _); apply/ffunP=> i; rewrite !ffunE.
by congr (A _ * B _); apply/ffunP=> i; rewrite !ffunE ?(unsplitK (inl i)) ?(unsplitK (inr i)).
Qed.

(* A sum of Z products has matricizations of rank at most Z. *)
Theorem mrank_CP (F : fieldType) s N (A : tensor F N) Z : CP A Z -> (mrank s A <= Z)%N.
Proof.
case=> c [v vA]; rewrite -[Z]card_ord.
apply: (frank_le_card (u := fun (d : idx N) z => c z * \prod_(i < N | s i) v z i (d i))
  (v := fun z (e : idx N) => \prod_(i < N | ~~ s i) v z i (e i))) => d e.
rewrite vA; apply: eq_bigr => z _; rewrite -mulrA (bigID (fun i : 'I_N => s i)) /=.
by congr (_ * (_ * _)); apply: eq_bigr => i; rewrite ffunE; [move=> -> | move/negbTE->].
Qed.

End Tensors.

(* ------------------------------------------------------------------------ *)
(* Digits in radix M = m.+1, most significant first: position p of k.         *)
Section Matricization.
Variable m : nat.
Notation M := m.+1.

Definition digit k (r : 'I_(M ^ k)) p : 'I_M := inord (r %/ M ^ (k - p.+1) %% M)%N.

Definition digits s k l N (r : 'I_(M ^ k)) (c : 'I_(M ^ l)) : idx M N :=
  [ffun i : 'I_N => if s i then digit r (cnt s i) else digit c (cnt (predC s) i)].

Definition mat s k l N (R : Type) (A : tensor M R N) : 'M[R]_(M ^ k, M ^ l) :=
  \matrix_(r, c) A (digits s N r c).

Lemma eq_mat s k l N (R : Type) (A B : tensor M R N) : A =1 B -> mat s k l A = mat s k l B.
Proof. by move=> eqAB; apply/matrixP=> i j; rewrite !mxE eqAB. Qed.

Lemma eq_side s1 s2 k l N (R : Type) (A : tensor M R N) :
  s1 =1 s2 -> mat s1 k l A = mat s2 k l A.
Proof.
move=> eqs; apply/matrixP=> r c; rewrite !mxE; congr (A _); apply/ffunP=> i; rewrite !ffunE eqs.
by rewrite (eq_cnt eqs) (@eq_cnt (predC s1) (predC s2)) // => j /=; rewrite eqs.
Qed.

Lemma mat_predC s k l N (R : Type) (A : tensor M R N) : mat (predC s) k l A = (mat s l k A)^T.
Proof.
apply/matrixP=> r c; rewrite !mxE; congr (A _); apply/ffunP=> i; rewrite !ffunE /=.
by case: (s i) => //=; congr digit; apply: eq_cnt => j /=; rewrite negbK.
Qed.

(* The number of the row in which the papers put the entry A_d: the indices   *)
(* of its row modes are the digits, the first one the most significant.       *)
Definition rownum s N (d : idx M N) :=
  (\sum_(i < N | s i) d i * M ^ (cnt s N - (cnt s i).+1))%N.

Lemma rownum_digit s N (a : nat -> nat) : (forall i, a i < M)%N ->
  let R := (\sum_(i < N | s i) a i * M ^ (cnt s N - (cnt s i).+1))%N in
  (R < M ^ cnt s N)%N /\
  (forall i, i < N -> s i -> R %/ M ^ (cnt s N - (cnt s i).+1) %% M = a i)%N.
Proof.
move=> lta; elim: N => [|N [IHlt IHd]] /=; first by rewrite big_ord0 expn_gt0.
rewrite big_mkcond big_ord_recr -big_mkcond /= cntS.
case sN: (s N); last first.
  rewrite !addn0; split=> // i; rewrite ltnS leq_eqVlt => /orP[/eqP->|]; first by rewrite sN.
  exact: IHd.
set X := (\sum_(i < N | s i) _)%N in IHlt IHd.
rewrite addn1 (_ : \sum_(i < N | s i) _ = X * M)%N; last first.
  rewrite big_distrl /=; apply: eq_bigr => i si; rewrite -mulnA -expnSr subSS subnSK //.
  exact: ltn_cnt.
rewrite subnn muln1; split.
  by rewrite expnSr; apply: leq_trans (leq_mul IHlt (leqnn M)); rewrite mulSn addnC ltn_add2r.
move=> i; rewrite ltnS leq_eqVlt => /orP[/eqP->|lt_iN] si; first by rewrite subnn divn1 modnMDl modn_small.
have lt_c := ltn_cnt si lt_iN; rewrite subSS -(subnSK lt_c) expnS divnMA divnMDl //.
by rewrite (divn_small (lta N)) addn0 IHd.
Qed.

Lemma rownum_spec s N (d : idx M N) : (rownum s d < M ^ cnt s N)%N /\
  forall (r : 'I_(M ^ cnt s N)) (i : 'I_N), r = rownum s d :> nat -> s i -> digit r (cnt s i) = d i.
Proof.
pose a i := oapp (fun i' : 'I_N => val (d i')) 0%N (insub i).
have aE (i : 'I_N) : a i = d i by rewrite /a valK.
have lta i : (a i < M)%N by rewrite /a; case: insub => //= i'; apply: ltn_ord.
have [lt_r rE] := rownum_digit s N lta.
have eqR : rownum s d = (\sum_(i < N | s i) a i * M ^ (cnt s N - (cnt s i).+1))%N.
  by apply: eq_bigr => i _; rewrite aE.
split=> [|r i r_d si]; first by rewrite eqR.
by apply/val_inj; rewrite /= inordK ?ltn_mod // r_d eqR rE // aE.
Qed.

Theorem mat_entry s N (R : Type) (A : tensor M R N) d
    (r : 'I_(M ^ cnt s N)) (c : 'I_(M ^ cnt (predC s) N)) :
  r = rownum s d :> nat -> c = rownum (predC s) d :> nat ->
  mat s (cnt s N) (cnt (predC s) N) A r c = A d.
Proof.
move=> er ec; rewrite mxE; congr (A _); apply/ffunP => i; rewrite ffunE; case: ifPn => si.
  exact: (rownum_spec s d).2.
exact: (rownum_spec (predC s) d).2.
Qed.

(* mrank is the rank of the matricization. *)
Theorem rank_mat (F : fieldType) s N (A : tensor M F N) :
  \rank (mat s (cnt s N) (cnt (predC s) N) A) = mrank s A.
Proof.
rewrite -frank_mx; apply/eqP; rewrite eqn_leq; apply/andP; split.
  pose dig b k (r : 'I_(M ^ k)) : idx M N := [ffun i : 'I_N => digit r (cnt b i)].
  apply: leq_trans (frank_reindex (@dig s _) (@dig (predC s) _) _); apply/eq_leq/eq_frank => r c.
  by rewrite mxE; congr (A _); apply/ffunP=> i; rewrite !ffunE.
pose row b (d : idx M N) := Ordinal (rownum_spec b d).1.
apply: leq_trans (frank_reindex (row s) (row (predC s)) _); apply/eq_leq/eq_frank => d e.
have mergeE b (d1 d2 : idx M N) : {in b, forall i : nat, forall lt_i : (i < N)%N, d1 (Ordinal lt_i) = d2 (Ordinal lt_i)} ->
    rownum b d1 = rownum b d2.
  by move=> eqd; apply: eq_bigr => -[i lt_i] bi; rewrite eqd.
by apply/esym/mat_entry; apply: mergeE => i si lt_i; rewrite ffunE /=; [rewrite ifT | rewrite ifN].
Qed.

(* The digits of a pair of rows, that is of a row of a Kronecker product. *)
Lemma digit_kronl k l (r : 'I_(M ^ k)) (s : 'I_(M ^ l)) p : (p < k)%N ->
  digit (cast_ord (esym (expnD M k l)) (mxtens_index (r, s))) p = digit r p.
Proof.
move=> ltpk; congr inord; congr (_ %% M)%N; rewrite /=.
have -> : (k + l - p.+1 = l + (k - p.+1))%N by rewrite addnC addnBA.
by rewrite expnD divnMA divnMDl ?expn_gt0 // (divn_small (ltn_ord s)) addn0.
Qed.

Lemma digit_kronr k l (r : 'I_(M ^ k)) (s : 'I_(M ^ l)) p : (p < l)%N ->
  digit (cast_ord (esym (expnD M k l)) (mxtens_index (r, s))) (k + p) = digit s p.
Proof.
move=> ltpl; congr inord; rewrite /=.
have -> : (k + l - (k + p).+1 = l - p.+1)%N by rewrite -addnS subnDl.
have -> : (r * M ^ l = (r * M ^ p * M) * M ^ (l - p.+1))%N.
  by rewrite -!mulnA -expnS -expnD addnS -addSn subnKC.
by rewrite divnMDl ?expn_gt0 // modnMDl.
Qed.

(* [[A (x) B]] = [[A]] (.) [[B]], for every partition and all orders. *)
Theorem mat_tprod (R : ringType) s k1 l1 k2 l2 N1 N2 (A : tensor M R N1) (B : tensor M R N2) :
    k1 = cnt s N1 -> l1 = cnt (predC s) N1 ->
    k2 = cnt (shift N1 s) N2 -> l2 = cnt (predC (shift N1 s)) N2 ->
  mat s (k1 + k2) (l1 + l2) (tprod A B) =
    castmx (esym (expnD M k1 k2), esym (expnD M l1 l2)) (mat s k1 l1 A *t mat (shift N1 s) k2 l2 B).
Proof.
move=> ek1 el1 ek2 el2; apply: (canRL (castmxK _ _)); apply/matrixP=> i j.
case: (mxtens_indexP i) => r1 r2; case: (mxtens_indexP j) => c1 c2 {i j}.
rewrite tensmxE castmxE !mxE; congr (A _ * B _); apply/ffunP => i; rewrite !ffunE /=.
  case: ifPn => si; apply: digit_kronl; rewrite ?ek1 ?el1; apply: ltn_cnt => //.
rewrite -[s _]/(shift N1 s i) !cntD -ek1 -el1.
by case: ifPn => si; apply: digit_kronr; rewrite ?ek2 ?el2; apply: ltn_cnt.
Qed.

Lemma shift_even N : ~~ odd N -> shift N oddmodes =1 oddmodes.
Proof. by move=> evN i; rewrite /shift /oddmodes oddD (negbTE evN). Qed.

Lemma shift_odd N : odd N -> shift N oddmodes =1 predC oddmodes.
Proof. by move=> oddN i; rewrite /shift /oddmodes /= oddD oddN. Qed.

(* The odd modes as rows, the first order even and the second one arbitrary.  *)
Theorem mat_tprod_even (R : ringType) N1 N2 (A : tensor M R N1) (B : tensor M R N2) :
    ~~ odd N1 ->
  mat oddmodes (uphalf N1 + uphalf N2) (N1./2 + N2./2) (tprod A B) =
    castmx (esym (expnD M _ _), esym (expnD M _ _))
      (mat oddmodes (uphalf N1) N1./2 A *t mat oddmodes (uphalf N2) N2./2 B).
Proof.
move=> evN; have eqs := shift_even evN.
rewrite (mat_tprod A B) ?cnt_oddmodes ?cnt_evenmodes ?(eq_side _ _ _ eqs) //.
  by rewrite (eq_cnt eqs) cnt_oddmodes.
by rewrite (@eq_cnt _ (predC oddmodes)) ?cnt_evenmodes // => i /=; rewrite eqs.
Qed.

(* The first order is odd: the second factor is transposed. *)
Theorem mat_tprod_odd (R : ringType) N1 N2 (A : tensor M R N1) (B : tensor M R N2) :
    odd N1 ->
  mat oddmodes (uphalf N1 + N2./2) (N1./2 + uphalf N2) (tprod A B) =
    castmx (esym (expnD M _ _), esym (expnD M _ _))
      (mat oddmodes (uphalf N1) N1./2 A *t (mat oddmodes (uphalf N2) N2./2 B)^T).
Proof.
move=> oddN; have eqs := shift_odd oddN.
rewrite (mat_tprod A B) ?cnt_oddmodes ?cnt_evenmodes ?(eq_side _ _ _ eqs) ?mat_predC //.
  by rewrite (eq_cnt eqs) cnt_evenmodes.
by rewrite (@eq_cnt _ oddmodes) ?cnt_oddmodes // => i /=; rewrite eqs /= negbK.
Qed.

(* With which the sizes are those of the matricization of a tensor of order   *)
(* N1 + N2.                                                                   *)
Lemma mat_sizes N1 N2 : if odd N1
  then (uphalf N1 + N2./2 = uphalf (N1 + N2))%N /\ (N1./2 + uphalf N2 = (N1 + N2)./2)%N
  else (uphalf N1 + uphalf N2 = uphalf (N1 + N2))%N /\ (N1./2 + N2./2 = (N1 + N2)./2)%N.
Proof. by case: ifP => oddN; rewrite !uphalf_half halfD oddD oddN /=; case: (odd N2);
  rewrite /= ?add0n ?addn0 ?add1n ?addnS ?addSn. Qed.

Corollary rank_tensor_product (F : fieldType) N1 N2 (A : tensor M F N1) (B : tensor M F N2) :
    ~~ odd N1 ->
  \rank (mat oddmodes (uphalf N1 + uphalf N2) (N1./2 + N2./2) (tprod A B)) =
  (\rank (mat oddmodes (uphalf N1) N1./2 A) * \rank (mat oddmodes (uphalf N2) N2./2 B))%N.
Proof.
move=> evN; rewrite mat_tprod_even // -rank_kron; move: (_ *t _) => C.
by move: (esym _) (esym _) => er ec; case: _ / er C; case: _ / ec.
Qed.

(* Any partition; odd modes as a special case. *)
Theorem rank_mat_CP (F : fieldType) s N (A : tensor M F N) Z : CP A Z ->
  (\rank (mat s (cnt s N) (cnt (predC s) N) A) <= Z)%N.
Proof. by move/(mrank_CP s); rewrite rank_mat. Qed.

Corollary rank_odd_even_CP (F : fieldType) N (A : tensor M F N) Z : CP A Z ->
  (\rank (mat oddmodes (uphalf N) N./2 A) <= Z)%N.
Proof. by rewrite -cnt_oddmodes -cnt_evenmodes; apply: rank_mat_CP. Qed.

End Matricization.
