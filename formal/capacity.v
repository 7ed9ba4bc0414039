From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth.

(******************************************************************************)
(* The theorem of network capacity and its generalization to arbitrary depths,*)
(* over any field, for unshared and for shared weights.                       *)
(*                                                                            *)
(*   deep M r L y w == the coefficient tensor of a deep network with          *)
(*                   N = 2^(L+1) inputs: coef with n = 2                      *)
(*   truncated r w k l0 y == the tensor of a network with k nodes at level l0,*)
(*                   as a tensor of any order N                               *)
(*                                                                            *)
(* Main results, u standing for unshared and for shared:                      *)
(*   depth_rank_u     the generic rank of the block matricization of a deep   *)
(*                    network, exactly                                        *)
(*   truncated_rank_u the same for a network whose depth is truncated         *)
(*   capacity_rank_u  its case of blocks of one mode: min(r_0, M)^(N/2)       *)
(*   capacity_u       the theorem of network capacity: CP rank                *)
(*   capacity_fun_u   the same for functions                                  *)
(*   depth_u          deep networks against networks of smaller depth         *)
(*   truncated_depth_u  truncated networks against such of smaller depth      *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

(* ------------------------------------------------------------------------ *)
(* Coefficients for the witness of depth.v.                                   *)
Section Coefficients.
Variables (F : fieldType) (M : nat) (r : nat -> nat) (l0 : nat).

(* Two children that do not share weights combine all pairs (i, k) of their    *)
(* independent channels.                                                      *)
Definition unshared_coef l j g a : F :=
  if l == l0 then (a == g)%:R
  else (a == (if odd j then g %% dim false M r l else g %/ dim false M r l))%N%:R.

Lemma unshared_coef_top j g a : unshared_coef l0 j g a = (a == g)%:R.
Proof. by rewrite /unshared_coef eqxx. Qed.

Lemma unshared_coef_low l j : (l < l0)%N ->
  exists h : 'I_(dim false M r l.+1) -> 'I_(dim false M r l) * 'I_(dim false M r l),
    (forall g1 g2 : 'I_(dim false M r l.+1), (g1 < g2)%N ->
      unshared_coef l j.*2 g1 (h g2).1 * unshared_coef l j.*2.+1 g1 (h g2).2 = 0) /\
    (forall g : 'I_(dim false M r l.+1),
      unshared_coef l j.*2 g (h g).1 * unshared_coef l j.*2.+1 g (h g).2 = 1).
Proof.
move=> lt_l; set D := dim false M r l; have lt_D (g : 'I_(dim false M r l.+1)) : (g < D * D)%N.
  apply: leq_trans (ltn_ord g) _; rewrite /= -/D mulnn.
  by apply: leq_trans (geq_minr _ _) (geq_minr _ _).
have D_gt0 (g : 'I_(dim false M r l.+1)) : (0 < D)%N.
  by have := lt_D g; case: posnP => // ->.
have lt_div (g : 'I_(dim false M r l.+1)) : (g %/ D < D)%N by rewrite ltn_divLR ?(D_gt0 g) ?lt_D.
have lt_mod (g : 'I_(dim false M r l.+1)) : (g %% D < D)%N by rewrite ltn_mod (D_gt0 g).
exists (fun g => (Ordinal (lt_div g), Ordinal (lt_mod g))).
rewrite /unshared_coef (ltn_eqF lt_l) /= odd_double /= -/D.
split=> [g1 g2 lt_g|g]; last by rewrite !eqxx mulr1.
rewrite -natrM mulnb; case: eqP => //= e1; case: eqP => //= e2; move: lt_g.
by rewrite {1}(divn_eq g1 D) {1}(divn_eq g2 D) e1 e2 ltnn.
Qed.

(* Two children that share weights have equal channels, e_i and e_i + e_k.    *)
Definition pairs D : seq ('I_D * 'I_D) :=
  enum [pred p : 'I_D * 'I_D | p.1 == p.2] ++ enum [pred p : 'I_D * 'I_D | (p.1 < p.2)%N].

Definition npairs D := [seq (val p.1, val p.2) | p <- pairs D].

Lemma size_pairs D : size (pairs D) = 'C(D.+1, 2).
Proof.
rewrite size_cat -!cardE -card_le_pairs.
rewrite -(cardID [pred p : 'I_D * 'I_D | p.1 == p.2] [pred p : 'I_D * 'I_D | (p.1 <= p.2)%N]).
congr (_ + _)%N; apply: eq_card => -[i k]; rewrite !inE /= -val_eqE /=.
  by case: ltngtP.
by rewrite ltn_neqAle andbC.
Qed.

Lemma uniq_pairs D : uniq (pairs D).
Proof.
rewrite cat_uniq !enum_uniq andbT /=; apply/hasPn=> -[i k].
by rewrite mem_enum inE /= => lt_ik; rewrite mem_enum inE /= -val_eqE neq_ltn lt_ik.
Qed.

Definition shared_coef (l j g a : nat) : F :=
  if l == l0 then (a == g)%:R
  else let p := nth (0%N, 0%N) (npairs (dim true M r l)) g in ((a == p.1) || (a == p.2))%:R.

Lemma shared_coef_top j g a : shared_coef l0 j g a = (a == g)%:R.
Proof. by rewrite /shared_coef eqxx. Qed.

Lemma shared_coef_low l j : (l < l0)%N ->
  exists h : 'I_(dim true M r l.+1) -> 'I_(dim true M r l) * 'I_(dim true M r l),
    (forall g1 g2 : 'I_(dim true M r l.+1), (g1 < g2)%N ->
      shared_coef l j.*2 g1 (h g2).1 * shared_coef l j.*2.+1 g1 (h g2).2 = 0) /\
    (forall g : 'I_(dim true M r l.+1),
      shared_coef l j.*2 g (h g).1 * shared_coef l j.*2.+1 g (h g).2 = 1).
Proof.
move=> lt_l; set D := dim true M r l; have lt_D (g : 'I_(dim true M r l.+1)) : (g < size (pairs D))%N.
  by rewrite size_pairs; apply: leq_trans (ltn_ord g) _; rewrite /= -/D !geq_min leqnn !orbT.
pose p g := tnth (in_tuple (pairs D)) (Ordinal (lt_D g)).
have pE d g : p g = nth d (pairs D) g by rewrite /p (tnth_nth d).
have nthE (g : 'I_(dim true M r l.+1)) : nth (0%N, 0%N) (npairs D) g = (val (p g).1, val (p g).2).
  by rewrite (nth_map (p g)) // -pE.
have inj_p g1 g2 : p g1 = p g2 -> g1 = g2.
  move/eqP; pose d := p g1; rewrite (pE d g1) (pE d g2) nth_uniq ?uniq_pairs //.
  by move/eqP/val_inj.
have le_p g : ((p g).1 <= (p g).2)%N.
  have : p g \in pairs D by rewrite (pE (p g)) mem_nth.
  by rewrite mem_cat !mem_enum !inE => /orP[/eqP->|/ltnW].
have diag_p (g1 g2 : 'I_(dim true M r l.+1)) : (g1 < g2)%N -> (p g2).1 = (p g2).2 -> (p g1).1 = (p g1).2.
  move=> lt_g; set s := enum [pred q : 'I_D * 'I_D | q.1 == q.2].
  case: (ltnP g2 (size s)) => [lt_s _|ge_s].
    have : p g1 \in s by rewrite (pE (p g1)) nth_cat (ltn_trans lt_g lt_s) mem_nth // (ltn_trans lt_g).
    by rewrite mem_enum inE => /eqP.
  have : p g2 \in enum [pred q : 'I_D * 'I_D | (q.1 < q.2)%N].
    rewrite (pE (p g2)) nth_cat ltnNge ge_s /= mem_nth // ltn_subLR // -size_cat.
    exact: lt_D.
  by rewrite mem_enum inE => /[swap] ->; rewrite ltnn.
exists p; rewrite /shared_coef (ltn_eqF lt_l) /= -/D.
split=> [g1 g2 lt_g|g]; last by rewrite !nthE /= !eqxx orbT mulr1.
rewrite !nthE /= -natrM mulnb; case: andP => // -[in1 in2].
suff eq_p : p g1 = p g2 by move: lt_g; rewrite (inj_p _ _ eq_p) ltnn.
have := diag_p _ _ lt_g; move: (le_p g1) (le_p g2) in1 in2 => {lt_g}.
case: (p g1) (p g2) => [i k] [x y] /=; rewrite ![_ == _ :> nat]val_eqE => le_ik le_xy.
case/orP=> /eqP ex; case/orP=> /eqP ey; rewrite {}ex {}ey in le_xy *.
- by move=> /(_ erefl)->.
- by [].
- by move=> _; have -> : i = k by apply/val_inj/eqP; rewrite eqn_leq le_ik le_xy.
- by move=> /(_ erefl)->.
Qed.

End Coefficients.

(* ------------------------------------------------------------------------ *)
(* Generic ranks, for any way to read the weights from parameters w : T -> F  *)
(* that can give the witness.                                                 *)
Section GenericRank.
Variables (F : fieldType) (T : finType) (ix : nat -> nat -> nat -> nat -> option T).
Variables (M : nat) (r : nat -> nat) (n L y : nat).
Hypothesis lt_y : (y < r L.+1)%N.
Notation read w := (fun l j g a => oapp w 0 (ix l j g a)).

Lemma generic_coef_rank s D (w0 : T -> F) (wit : nat -> nat -> nat -> nat -> F) :
    (forall l j g a, in_range M r n L l j g a -> read w0 l j g a = wit l j g a) ->
    (forall w : T -> F, mrank s (coef r (read w) (M := M) (n := n) (L := L) y) <= D)%N ->
    mrank s (coef r wit (M := M) (n := n) (L := L) y) = D ->
  generic (fun w : T -> F => mrank s (coef r (read w) (M := M) (n := n) (L := L) y) = D).
Proof.
move=> w0E le_D wit_D; pose f (w : T -> F) d e : F := coef r (read w) (M := M) (n := n) (L := L) y (merge s d e).
apply: (@generic_sub _ _ (fun w => (D <= frank (f w))%N)) => [w ge_D|].
  by apply/eqP; rewrite eqn_leq le_D.
apply: (@generic_frank_ge _ _ _ _ f w0) => [d e|]; first exact: polynomial_coef.
by rewrite -wit_D; apply/eq_leq/eq_frank => d e; rewrite /f (eq_coef w0E lt_y).
Qed.

End GenericRank.

Section Ranks.
Variables (F : fieldType) (M : nat) (r : nat -> nat) (l0 L y : nat).
Hypothesis lt_y : (y < r L.+1)%N.
Hypothesis r_gt0 : (forall l, l0 < l <= L -> 0 < r l)%N.
Notation side := (alternate (2 ^ l0)).

Theorem depth_rank_unshared : (l0 <= L)%N ->
  generic (fun w : weights M r 2 L -> F =>
    mrank side (coef r (unshared w) (M := M) (n := 2) (L := L) y) = dim false M r l0 ^ 2 ^ (L - l0))%N.
Proof.
move=> le_l0; pose wit := witness false M r l0 (unshared_coef F M r l0).
have [w0 w0E] := unshared_of M r 2 L wit; apply: generic_coef_rank w0E _ _ => // [w|].
  exact: deep_rank_le.
by apply: deep_rank_wit => //; [apply: unshared_coef_low | apply: unshared_coef_top].
Qed.

Theorem depth_rank_shared : (l0 <= L)%N ->
  generic (fun w : sharedweights M r L -> F =>
    mrank side (coef r (shared w) (M := M) (n := 2) (L := L) y) = dim true M r l0 ^ 2 ^ (L - l0))%N.
Proof.
move=> le_l0; pose wit := witness true M r l0 (shared_coef F M r l0).
have [w0 w0E] := shared_of M r 2 L (w0 := wit) (fun _ _ _ _ _ => erefl).
apply: generic_coef_rank w0E _ _ => // [w|]; first exact: deep_rank_le.
by apply: deep_rank_wit => //; [apply: shared_coef_low | apply: shared_coef_top].
Qed.

Variable n : nat.
Hypothesis n_gt0 : (0 < n)%N.

Theorem truncated_rank_unshared : (l0 < L)%N ->
  generic (fun w : weights M r n L -> F =>
    mrank side (coef r (unshared w) (M := M) (n := n) (L := L) y) =
      dim false M r l0 ^ (n * 2 ^ (L - l0.+1)))%N.
Proof.
move=> lt_l0; pose wit := witness false M r l0 (unshared_coef F M r l0).
have [w0 w0E] := unshared_of M r n L wit; apply: generic_coef_rank w0E _ _ => // [w|].
  exact: coef_rank_le.
by apply: coef_rank_wit => //; [apply: unshared_coef_low | apply: unshared_coef_top].
Qed.

Theorem truncated_rank_shared : (l0 < L)%N ->
  generic (fun w : sharedweights M r L -> F =>
    mrank side (coef r (shared w) (M := M) (n := n) (L := L) y) =
      dim true M r l0 ^ (n * 2 ^ (L - l0.+1)))%N.
Proof.
move=> lt_l0; pose wit := witness true M r l0 (shared_coef F M r l0).
have [w0 w0E] := shared_of M r n L (w0 := wit) (fun _ _ _ _ _ => erefl).
apply: generic_coef_rank w0E _ _ => // [w|]; first exact: coef_rank_le.
by apply: coef_rank_wit => //; [apply: shared_coef_low | apply: shared_coef_top].
Qed.

End Ranks.

(* ------------------------------------------------------------------------ *)
(* Network capacity: N = 2^(L+1) inputs, so that the exponent 2^L is N/2.     *)
Section Capacity.
Variables (F : fieldType) (M : nat) (r : nat -> nat) (L y : nat).
Hypothesis r_gt0 : (forall l, 0 < l <= L -> 0 < r l)%N.
Hypothesis lt_y : (y < r L.+1)%N.

Definition deep (w : nat -> nat -> nat -> nat -> F) : tensor M F (2 * 2 ^ L) :=
  coef r w (n := 2) (L := L) y.

Lemma mrank_oddmodes (A : tensor M F (2 * 2 ^ L)) : mrank (alternate (2 ^ 0)) A = mrank oddmodes A.
Proof.
apply: eq_frank => d e; congr (A _); apply/ffunP=> i.
by rewrite !ffunE /alternate expn0 divn1.
Qed.

Theorem capacity_mrank_unshared : generic (fun w : weights M r 2 L -> F =>
  mrank oddmodes (deep (unshared w)) = minn (r 0) M ^ 2 ^ L)%N.
Proof.
have := depth_rank_unshared F M lt_y r_gt0 (leq0n L); apply: generic_sub => w.
by rewrite mrank_oddmodes subn0.
Qed.

Theorem capacity_mrank_shared : generic (fun w : sharedweights M r L -> F =>
  mrank oddmodes (deep (shared w)) = minn (r 0) M ^ 2 ^ L)%N.
Proof.
have := depth_rank_shared F M lt_y r_gt0 (leq0n L); apply: generic_sub => w.
by rewrite mrank_oddmodes subn0.
Qed.

Lemma capacity_of_rank (A : tensor M F (2 * 2 ^ L)) D : mrank oddmodes A = D -> CP_rank_ge A D.
Proof. by move=> <- Z /(mrank_CP oddmodes). Qed.

Theorem capacity_unshared : generic (fun w : weights M r 2 L -> F =>
  CP_rank_ge (deep (unshared w)) (minn (r 0) M ^ 2 ^ L)).
Proof. by apply: generic_sub capacity_mrank_unshared => w; apply: capacity_of_rank. Qed.

Theorem capacity_shared : generic (fun w : sharedweights M r L -> F =>
  CP_rank_ge (deep (shared w)) (minn (r 0) M ^ 2 ^ L)).
Proof. by apply: generic_sub capacity_mrank_shared => w; apply: capacity_of_rank. Qed.

(* The corollary about functions: a shallow network that computes what a deep *)
(* one does.                                                                  *)
Variables (X : Type) (f : 'I_M -> X -> F).
Hypothesis indep_f : independent f.

Definition shallow_needs (w : nat -> nat -> nat -> nat -> F) (D : nat) :=
  forall Z c (v : 'I_Z -> 'I_(2 * 2 ^ L) -> 'I_M -> F),
    (forall x, netfun r w f (n := 2) (L := L) x y = shallowfun c v f x) -> (D <= Z)%N.

Lemma shallow_needs_of w D : CP_rank_ge (deep w) D -> shallow_needs w D.
Proof.
move=> geD Z c v eq_fun; apply: geD.
exists c, v; apply/(contract_inj _ _ indep_f) => x.
by rewrite -shallowE -eq_fun netE.
Qed.

Theorem capacity_fun_unshared : generic (fun w : weights M r 2 L -> F =>
  shallow_needs (unshared w) (minn (r 0) M ^ 2 ^ L)).
Proof. by apply: generic_sub capacity_unshared => w; apply: shallow_needs_of. Qed.

Theorem capacity_fun_shared : generic (fun w : sharedweights M r L -> F =>
  shallow_needs (shared w) (minn (r 0) M ^ 2 ^ L)).
Proof. by apply: generic_sub capacity_shared => w; apply: shallow_needs_of. Qed.

End Capacity.
Arguments deep {F} M r L y w d.

(* The same rank of the matrix itself, odd modes as rows: M^(N/2) rows and columns. *)
Section CapacityMatrix.
Variables (F : fieldType) (m : nat) (r : nat -> nat) (L y : nat).
Hypothesis r_gt0 : (forall l, 0 < l <= L -> 0 < r l)%N.
Hypothesis lt_y : (y < r L.+1)%N.

Lemma rank_mat_oddmodes (A : tensor m.+1 F (2 * 2 ^ L)) :
  \rank (mat oddmodes (2 ^ L) (2 ^ L) A) = mrank oddmodes A.
Proof.
have e1 : cnt oddmodes (2 * 2 ^ L) = (2 ^ L)%N.
  by rewrite cnt_oddmodes uphalf_half mul2n odd_double doubleK.
have e2 : cnt (predC oddmodes) (2 * 2 ^ L) = (2 ^ L)%N by rewrite cnt_evenmodes mul2n doubleK.
by rewrite -rank_mat e1 e2.
Qed.

Theorem capacity_rank_unshared : generic (fun w : weights m.+1 r 2 L -> F =>
  \rank (mat oddmodes (2 ^ L) (2 ^ L) (deep m.+1 r L y (unshared w))) =
    minn (r 0) m.+1 ^ 2 ^ L)%N.
Proof. by apply: generic_sub (capacity_mrank_unshared F m.+1 r_gt0 lt_y) => w; rewrite rank_mat_oddmodes. Qed.

Theorem capacity_rank_shared : generic (fun w : sharedweights m.+1 r L -> F =>
  \rank (mat oddmodes (2 ^ L) (2 ^ L) (deep m.+1 r L y (shared w))) =
    minn (r 0) m.+1 ^ 2 ^ L)%N.
Proof. by apply: generic_sub (capacity_mrank_shared F m.+1 r_gt0 lt_y) => w; rewrite rank_mat_oddmodes. Qed.

End CapacityMatrix.

(* ------------------------------------------------------------------------ *)
(* Networks of smaller depth.                                                 *)
Section Truncated.
Variables (F : fieldType) (M : nat).

(* A = \sum_(z < Z) \prod_j A_(z,j), the tensor A_(z,j) in the j-th block of B *)
(* modes: what a network computes whose last hidden level has Z channels, and *)
(* before it no more than B inputs under each node, whatever it does there.   *)
Definition blocksum (B : nat) N (A : tensor M F N) (Z : nat) :=
  exists (k : nat) (u : 'I_Z -> nat -> tensor M F N),
    (forall z j (d e : idx M N), (forall i : 'I_N, (i %/ B)%N = j -> d i = e i) -> u z j d = u z j e) /\
    (forall d, A d = \sum_(z < Z) \prod_(j < k) u z j d).

Theorem mrank_blocksum B N (A : tensor M F N) Z : blocksum B A Z -> (mrank (alternate B) A <= Z)%N.
Proof.
case=> k [u [u_local AE]]; rewrite -[Z]card_ord.
apply: (frank_le_card (u := fun d z => \prod_(j < k | ~~ odd j) u z j d)
  (v := fun z e => \prod_(j < k | ~~ ~~ odd j) u z j e)) => d e.
rewrite AE; apply: eq_bigr => z _; rewrite (bigID (fun j : 'I_k => ~~ odd j)) /=.
by congr (_ * _); apply: eq_bigr => j oddj; apply: u_local => i ij;
  rewrite ffunE /alternate ij ?oddj // (negbTE oddj).
Qed.

Definition truncated r w (k l0 y : nat) N : tensor M F N :=
  fun d => net r w (fun j g => w 0%N j g (ofidx d j)) k l0 y.

Lemma truncated_blocksum r w k l0 y N : (0 < k)%N ->
  blocksum (2 ^ l0) (truncated r w k l0 y (N := N)) (r l0).
Proof.
move=> k_gt0; exists k, (fun z j d => (if j is 0 then w l0.+1 0%N y z else 1) * coefnode r w d l0 j z).
split=> [z j d e eqde|d].
  congr (_ * _); apply: coefnode_eq => i ij; rewrite /ofidx; case: insubP => [i' _ ei|] //=.
  by rewrite eqde // ei.
case: k k_gt0 => // k _; apply: eq_bigr => z _; rewrite !big_ord_recl /= -mulrA; congr (_ * (_ * _)).
by apply: eq_bigr => j _; rewrite mul1r.
Qed.

Definition needs_channels N (A : tensor M F N) (l0 D : nat) :=
  forall r2 w2 k y2, (0 < k)%N -> A =1 truncated r2 w2 k l0 y2 (N := N) -> (D <= r2 l0)%N.

Lemma needs_of_rank N (A : tensor M F N) l0 D : mrank (alternate (2 ^ l0)) A = D -> needs_channels A l0 D.
Proof.
move=> <- r2 w2 k y2 k_gt0 eqA; rewrite (eq_mrank _ eqA); apply: mrank_blocksum.
exact: truncated_blocksum.
Qed.

Variables (r : nat -> nat) (l0 L y n : nat).
Hypothesis lt_y : (y < r L.+1)%N.
Hypothesis r_gt0 : (forall l, l0 < l <= L -> 0 < r l)%N.
Notation coefn n w := (coef r w (M := M) (n := n) (L := L) y).

(* Deep networks against networks with l0 levels below the last hidden one. *)
Theorem depth_unshared : (l0 <= L)%N -> generic (fun w : weights M r 2 L -> F =>
  needs_channels (coefn 2 (unshared w)) l0 (dim false M r l0 ^ 2 ^ (L - l0))).
Proof.
move=> le_l0; apply: generic_sub (depth_rank_unshared F M lt_y r_gt0 le_l0) => w.
exact: needs_of_rank.
Qed.

Theorem depth_shared : (l0 <= L)%N -> generic (fun w : sharedweights M r L -> F =>
  needs_channels (coefn 2 (shared w)) l0 (dim true M r l0 ^ 2 ^ (L - l0))).
Proof.
move=> le_l0; apply: generic_sub (depth_rank_shared F M lt_y r_gt0 le_l0) => w.
exact: needs_of_rank.
Qed.

(* Networks that are truncated themselves. *)
Theorem truncated_depth_unshared : (0 < n)%N -> (l0 < L)%N -> generic (fun w : weights M r n L -> F =>
  needs_channels (coefn n (unshared w)) l0 (dim false M r l0 ^ (n * 2 ^ (L - l0.+1)))).
Proof.
move=> n_gt0 lt_l0; apply: generic_sub (truncated_rank_unshared F M lt_y r_gt0 n_gt0 lt_l0) => w.
exact: needs_of_rank.
Qed.

Theorem truncated_depth_shared : (0 < n)%N -> (l0 < L)%N -> generic (fun w : sharedweights M r L -> F =>
  needs_channels (coefn n (shared w)) l0 (dim true M r l0 ^ (n * 2 ^ (L - l0.+1)))).
Proof.
move=> n_gt0 lt_l0; apply: generic_sub (truncated_rank_shared F M lt_y r_gt0 n_gt0 lt_l0) => w.
exact: needs_of_rank.
Qed.

End Truncated.
