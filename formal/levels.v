From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth.

(******************************************************************************)
(* Induction over the levels of a deep network, as the judge's rule states    *)
(* it: what the channels of a node look like is an invariant with a quantity, *)
(* at least (at most) a bound at level 1, and at least (at most) the product  *)
(* of the children's quantities above.                                        *)
(*                                                                            *)
(*     side M l == the type of the row indices, and of the column indices, of *)
(*                 a node at level l + 1: 2^l indices below M                 *)
(* window W U V == the channels of a node above two leaves: rows are the      *)
(*                 first leaf, columns the second                             *)
(*   join W X Y == the channels of a node whose children have the channels X  *)
(*                 and Y                                                      *)
(*  phi M r w l j == the channels of node j at level l + 1 of a network       *)
(* truncation_base b M r k == the judge's number of that name, for k + 1      *)
(*                                                                            *)
(* Main results: mrank_phi (the rank across odd and even modes is that of     *)
(* phi), induction_upper, induction_lower, truncation_base_dim.               *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Nodes.
Variables (F : fieldType) (M : nat).

Fixpoint side l : finType := if l is l'.+1 then [finType of side l' * side l'] else [finType of 'I_M].

Definition window a b (W : nat -> nat -> F) (U V : nat -> nat -> F) (i j : 'I_M) (g : 'I_a) :=
  \sum_(h < b) W g h * (U h i * V h j).

Definition join a b (I J I' J' : finType) (W : nat -> nat -> F) (X : I -> J -> 'I_b -> F) (Y : I' -> J' -> 'I_b -> F)
    (i : I * I') (j : J * J') (g : 'I_a) := \sum_(h < b) W g h * (X i.1 j.1 h * Y i.2 j.2 h).

Variables (r : nat -> nat) (w : nat -> nat -> nat -> nat -> F).

Fixpoint phi l j : side l -> side l -> 'I_(r l.+1) -> F :=
  match l return side l -> side l -> 'I_(r l.+1) -> F with
  | 0 => @window _ (r 0) (w 1 j) (w 0%N j.*2) (w 0%N j.*2.+1)
  | l'.+1 => @join _ _ _ _ _ _ (w l'.+2 j) (@phi l' j.*2) (@phi l' j.*2.+1)
  end.
Arguments phi : clear implicits.

(* The indices of the odd, or even, modes of node j at level l + 1; t is 0 or 1. *)
Fixpoint reads (t : bool) l j (x : nat -> 'I_M) : side l :=
  match l return side l with 0 => x (j.*2 + t)%N | l'.+1 => (reads t l' j.*2 x, reads t l' j.*2.+1 x) end.

Fixpoint leaf l (i : side l) (k : nat) : 'I_M :=
  match l return side l -> 'I_M with
  | 0 => fun i => i | l'.+1 => fun i => if (k < 2 ^ l')%N then leaf i.1 k else leaf i.2 (k - 2 ^ l')
  end i.

Lemma reads_leaf (t : bool) l j (i : side l) x :
  (forall k, (k < 2 ^ l)%N -> x ((j * 2 ^ l + k).*2 + t)%N = leaf i k) -> reads t l j x = i.
Proof.
elim: l => [|l IHl] in j i * => /= xE; first by have := xE 0%N isT; rewrite expn0 muln1 addn0.
have eqN : (j.*2 * 2 ^ l = j * 2 ^ l.+1)%N by rewrite expnS mulnA muln2.
case: i xE => i1 i2 xE; congr (_, _); apply: IHl => k ltk.
  by have := xE k; rewrite ltk eqN; apply; rewrite expnS mul2n -addnn ltn_addr.
have not_lt : (2 ^ l + k < 2 ^ l)%N = false by rewrite ltnNge leq_addr.
have := xE (2 ^ l + k)%N; rewrite not_lt addKn => <-.
  by rewrite mulSn eqN addnCA addnA.
by rewrite expnS mul2n -addnn ltn_add2l.
Qed.

Variable N : nat.
Notation cn d := (coefnode r w d).

Lemma coefnode_phi l j (g : 'I_(r l.+1)) (d e : idx M N) (x y : nat -> 'I_M) : (j.+1 * 2 ^ l.+1 <= N)%N ->
    (forall i : 'I_N, x i = d i) -> (forall i : 'I_N, y i = e i) ->
  cn (merge oddmodes d e) l.+1 j g = phi l j (reads false l j x) (reads true l j y) g.
Proof.
move=> le_N xE yE; elim: l => [|l IHl] in j g le_N *.
  rewrite coefnodeS; apply: eq_bigr => h _; congr (_ * _).
  have [] := half_range le_N; rewrite !muln1 => lt0 lt1; rewrite /coefnode /= !ofidx_merge /oddmodes /= odd_double /=.
  by rewrite (ofidx_lt _ lt0) (ofidx_lt _ lt1) -xE -yE /= addn0 addn1.
have [le_l le_r] := half_range le_N.
by rewrite coefnodeS; apply: eq_bigr => h _; rewrite !IHl.
Qed.

End Nodes.

Arguments phi {F M r} w l j.

(* The rank across odd and even modes is that of the last node's channel.     *)
Theorem mrank_phi (F : fieldType) M r (w : nat -> nat -> nat -> nat -> F) L (y : 'I_(r L.+1)) :
  mrank oddmodes (coef r w (M := M) (n := 2) (L := L) y) = frank (fun i j : side M L => phi w L 0 i j y).
Proof.
rewrite (eq_mrank _ (coef_deep r w y)) /mrank; set N := (2 * 2 ^ L)%N.
have N_gt0 : (0 < N)%N by rewrite muln_gt0 expn_gt0.
pose x (d : idx M N) k := if (insub k : option 'I_N) is Some i then d i else d (Ordinal N_gt0).
have xE d (i : 'I_N) : x d i = d i by rewrite /x valK.
have phiE d e : coefnode r w (merge oddmodes d e) L.+1 0 y = phi w L 0 (reads false L 0 (x d)) (reads true L 0 (x e)) y.
  by apply: coefnode_phi; rewrite ?mul1n ?expnS.
apply/eqP; rewrite eqn_leq; apply/andP; split.
  apply: leq_trans (frank_reindex (fun d => reads false L 0 (x d)) (fun e => reads true L 0 (x e)) _).
  by apply/eq_leq/eq_frank => d e; apply: phiE.
pose d0 (i : side M L) : idx M N := [ffun k : 'I_N => leaf i k./2].
have readsE t i : reads t L 0 (x (d0 i)) = i.
  apply: reads_leaf => k ltk; rewrite mul0n add0n; have ltN : (k.*2 + t < N)%N.
    by rewrite /N mul2n; case: t; rewrite ?addn0 ?addn1 ?ltn_Sdouble ?ltn_double.
  have halfE : (k.*2 + t)./2 = k by case: t {ltN}; rewrite ?addn0 ?addn1 /= ?uphalf_double ?doubleK.
  by rewrite -[(_ + _)%N]/(val (Ordinal ltN)) xE ffunE /= halfE.
pose f (d e : idx M N) := coefnode r w (merge oddmodes d e) L.+1 0 y.
apply: (@leq_trans (frank (fun i j => f (d0 i) (d0 j)))); last exact: (frank_reindex d0 d0 f).
by apply/eq_leq/eq_frank => i j; rewrite /f phiE !readsE.
Qed.

(* ------------------------------------------------------------------------ *)
(* inv X q: the channels X of a node have the form of the invariant, with     *)
(* quantity q; cmp is <= or >=.                                               *)
Section Induction.
Variables (F : fieldType) (M : nat) (r : nat -> nat) (w : nat -> nat -> nat -> nat -> F) (bound : nat).
Variables (cmp : rel nat) (inv : forall (I J : finType) a, (I -> J -> 'I_a -> F) -> nat -> Prop).
Hypotheses (cmp_trans : transitive cmp) (cmp_mul : forall a b c d, cmp a b -> cmp c d -> cmp (a * c)%N (b * d)%N).
Hypothesis base : forall j, exists2 q, cmp bound q &
  inv (@window F M (r 1%N) (r 0%N) (w 1 j) (w 0%N j.*2) (w 0%N j.*2.+1)) q.
Hypothesis step : forall l j (I J I' J' : finType) (X : I -> J -> 'I_(r l.+1) -> F) (Y : I' -> J' -> 'I_(r l.+1) -> F) q q',
  inv X q -> inv Y q' -> exists2 q'', cmp (q * q')%N q'' & inv (@join F (r l.+2) _ _ _ _ _ (w l.+2 j) X Y) q''.
Hypothesis top : forall (I J : finType) a (X : I -> J -> 'I_a -> F) q y, a = 1%N -> inv X q -> cmp q (frank (fun i j => X i j y)).

Lemma induction_phi l j : exists2 q, cmp (bound ^ 2 ^ l)%N q & inv (phi (M := M) (r := r) w l j) q.
Proof.
elim: l => [|l IHl] in j *; first exact: base.
have [q q_l inv_l] := IHl j.*2; have [q' q_r inv_r] := IHl j.*2.+1; have [q'' qq' inv_q] := step j inv_l inv_r.
exists q'' => //; apply: cmp_trans qq'; rewrite expnS mul2n -addnn expnD.
exact: cmp_mul.
Qed.

Lemma induction L (y : 'I_(r L.+1)) : r L.+1 = 1%N ->
  cmp (bound ^ 2 ^ L)%N (mrank oddmodes (coef r w (M := M) (n := 2) (L := L) y)).
Proof. by move=> r1; have [q le_q /top top_q] := induction_phi L 0; rewrite mrank_phi; apply: cmp_trans le_q (top_q y r1). Qed.

End Induction.

(* At most: for all weights, shared or not.                                   *)
Theorem induction_upper (F : fieldType) M r (w : nat -> nat -> nat -> nat -> F) bound L (y : 'I_(r L.+1))
    (inv : forall (I J : finType) a, (I -> J -> 'I_a -> F) -> nat -> Prop) :
    (forall W U V, exists2 q, (q <= bound)%N & inv _ _ _ (@window F M (r 1%N) (r 0%N) W U V) q) ->
    (forall l W (I J I' J' : finType) (X : I -> J -> 'I_(r l.+1) -> F) (Y : I' -> J' -> 'I_(r l.+1) -> F) q q',
      inv _ _ _ X q -> inv _ _ _ Y q' ->
      exists2 q'', (q'' <= q * q')%N & inv _ _ _ (@join F (r l.+2) _ _ _ _ _ W X Y) q'') ->
    (forall (I J : finType) a (X : I -> J -> 'I_a -> F) q y', a = 1%N -> inv _ _ _ X q ->
      (frank (fun i j => X i j y') <= q)%N) -> r L.+1 = 1%N ->
  (mrank oddmodes (coef r w (M := M) (n := 2) (L := L) y) <= bound ^ 2 ^ L)%N.
Proof.
move=> base step top; apply: (@induction F M r w bound (fun a b => b <= a)%N inv) => //.
- by move=> a b c le_ba le_cb; apply: leq_trans le_cb le_ba.
- by move=> a b c d le_ba le_dc; apply: leq_mul.
by move=> l j I J I' J' X Y q q' /step; apply.
Qed.

(* At least: at weights that do not depend on the position, and so for almost *)
(* all weights, shared or not.                                                *)
Theorem induction_lower (F : fieldType) M r (U W1 : nat -> nat -> F) (W : nat -> nat -> nat -> F) bound L (y : 'I_(r L.+1))
    (inv : forall (I J : finType) a, (I -> J -> 'I_a -> F) -> nat -> Prop) :
    (exists2 q, (bound <= q)%N & inv _ _ _ (@window F M (r 1%N) (r 0%N) W1 U U) q) ->
    (forall l (I J I' J' : finType) (X : I -> J -> 'I_(r l.+1) -> F) (Y : I' -> J' -> 'I_(r l.+1) -> F) q q',
      inv _ _ _ X q -> inv _ _ _ Y q' ->
      exists2 q'', (q * q' <= q'')%N & inv _ _ _ (@join F (r l.+2) _ _ _ _ _ (W l) X Y) q'') ->
    (forall (I J : finType) a (X : I -> J -> 'I_a -> F) q y', a = 1%N -> inv _ _ _ X q ->
      (q <= frank (fun i j => X i j y'))%N) -> r L.+1 = 1%N ->
  generic (fun w : weights M r 2 L -> F =>
    (bound ^ 2 ^ L <= mrank oddmodes (coef r (unshared w) (M := M) (n := 2) (L := L) y))%N) /\
  generic (fun w : sharedweights M r L -> F =>
    (bound ^ 2 ^ L <= mrank oddmodes (coef r (shared w) (M := M) (n := 2) (L := L) y))%N).
Proof.
move=> base step top r1.
pose wit l (_ g a : nat) := match l with 0 => U g a | 1 => W1 g a | l'.+2 => W l' g a end.
have le_wit : (bound ^ 2 ^ L <= mrank oddmodes (coef r wit (M := M) (n := 2) (L := L) y))%N.
  apply: (@induction F M r wit bound leq inv) => //; [exact: leq_trans | by move=> *; apply: leq_mul |].
  by move=> l j I J I' J' X Y q q' /step; apply.
have gen (T : finType) (ix : nat -> nat -> nat -> nat -> option T) (w0 : T -> F) :
    (forall l j g a, in_range M r 2 L l j g a -> oapp w0 0 (ix l j g a) = wit l j g a) ->
  generic (fun w : T -> F => (bound ^ 2 ^ L <= mrank oddmodes
    (coef r (fun l j g a => oapp w 0%R (ix l j g a)) (M := M) (n := 2) (L := L) y))%N).
  move=> w0E; apply: (generic_frank_ge (w0 := w0)) => [d e|]; first exact: polynomial_coef.
  apply: leq_trans le_wit _; apply/eq_leq/eq_frank => d e.
  by rewrite (eq_coef w0E).
have [w0 w0E] := unshared_of M r 2 L wit.
have [w1 w1E] := shared_of M r 2 L (w0 := wit) (fun _ _ _ _ _ => erefl).
by split; [apply: gen w0E | apply: gen w1E].
Qed.

(* ------------------------------------------------------------------------ *)
(* The number in the judge's rule of depths is the dimension of depth.v.      *)
Fixpoint spans (b : bool) (M : nat) (r : nat -> nat) (k : nat) : nat :=
  if k is k'.+1 then minn (r k') (if b then 'C((spans b M r k').+1, 2) else spans b M r k' ^ 2)%N else M.

Definition truncation_base b M r k := minn (r k) (spans b M r k).

Theorem truncation_base_dim b M r k : truncation_base b M r k = dim b M r k.
Proof.
elim: k => [|k IHk] //=; rewrite -IHk /truncation_base /=; congr (minn _ _); set e := spans _ _ _ _.
have bin_le a c : (a <= c -> 'C(a.+1, 2) <= 'C(c.+1, 2))%N by move=> le_ac; apply: leq_bin2l.
have bin_ge a : (a <= 'C(a.+1, 2))%N by rewrite binS bin1 leq_addl.
have sq_ge a : (a <= a ^ 2)%N by rewrite expnS expn1; case: a => // a; rewrite leq_pmulr.
have [le_re|//] := leqP (r k) e; case: ifP => _.
  by rewrite (minn_idPl (bin_ge _)); apply/minn_idPl; apply: leq_trans (bin_ge _) (bin_le _ _ le_re).
by rewrite (minn_idPl (sq_ge _)); apply/minn_idPl; apply: leq_trans (sq_ge _) _; rewrite leq_exp2r.
Qed.
