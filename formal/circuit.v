From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network pooling.

(******************************************************************************)
(* Arithmetic circuits with any pooling tree, as functions of their inputs.   *)
(*                                                                            *)
(*  tval M w f t g == channel g of the tree t (pooling.v) as a function of its*)
(*               inputs, which are given as vectors (f i 0, ..., f i (M - 1)) *)
(*  represented f x i c == f_c(x_i), for N inputs x_i                         *)
(*  nettree r n L == the network of network.v with n nodes at level L as a    *)
(*               tree, whose weights are named by level and position, named w *)
(*                                                                            *)
(* Main results: tval_grid (at the points of the grid it is the tensor of     *)
(* pooling.v), tvalE (a tree that reads each input once computes the          *)
(* contraction of its tensor), nettreeE (networks are trees).                 *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

(* Arithmetic circuits as functions of their inputs.                          *)
Section Circuit.
Variables (R : comRingType) (M : nat) (w : nat -> nat -> nat -> R) (f : nat -> nat -> R).

Fixpoint tval (t : ptree) (g : nat) : R :=
  match t with
  | Input v i => \sum_(c < M) w v g c * f i c
  | Product t1 t2 => tval t1 g * tval t2 g
  | Mix v r t => \sum_(a < r) w v g a * tval t a
  end.

End Circuit.

Lemma tval_inputs (R : comRingType) M (w : nat -> nat -> nat -> R) f1 f2 t g :
  (forall i c, i \in modes t -> (c < M)%N -> f1 i c = f2 i c) -> tval M w f1 t g = tval M w f2 t g.
Proof.
elim: t g => [v i|t1 IH1 t2 IH2|v r t IHt] g eqf /=; last by apply: eq_bigr => a _; rewrite IHt.
  by apply: eq_bigr => c _; rewrite eqf ?inE.
by rewrite IH1 ?IH2 // => i c i_t; apply: eqf; rewrite mem_cat i_t ?orbT.
Qed.

(* At the points of the grid its values are the entries of its tensor. *)
Theorem tval_grid (R : comRingType) M N (w : nat -> nat -> nat -> R) t g (d : idx M N) : all (gtn N) (modes t) ->
  tval M w (fun i c => (c == ofidx d i)%:R) t g = ptensor w t g d.
Proof.
rewrite /ptensor; elim: t g => [v i|t1 IH1 t2 IH2|v r t IHt] g /=.
- rewrite andbT => lt_i; rewrite (ofidx_lt _ lt_i) (bigD1 (d (Ordinal lt_i))) //= eqxx mulr1 big1 ?addr0 // => c.
  by rewrite -val_eqE /= => /negbTE->; rewrite mulr0.
- by rewrite all_cat => /andP[n1 n2]; rewrite IH1 ?IH2.
by move=> lt_N; apply: eq_bigr => a _; rewrite IHt.
Qed.

(* It is linear in each input that it reads once. *)
Lemma tval_linear (R : comRingType) M (w : nat -> nat -> nat -> R) f t g i :
    uniq (modes t) -> i \in modes t ->
  tval M w f t g = \sum_(c < M) f i c * tval M w (fun i' c' => if i' == i then (c' == c)%:R else f i' c') t g.
Proof.
have unread t' c : i \notin modes t' ->
    tval M w (fun i' c' => if i' == i then (c' == c :> nat)%:R else f i' c') t' =1 tval M w f t'.
  by move=> /negP i_t g'; apply: tval_inputs => i' c' i'_t _; case: eqP => // eq_i; case: i_t; rewrite -eq_i.
elim: t g => [v i'|t1 IH1 t2 IH2|v r t IHt] g.
- rewrite /= inE => _ /eqP->; apply: eq_bigr => c _; rewrite eqxx (bigD1 c) //= eqxx mulr1 big1 ?addr0 1?mulrC // => c'.
  by rewrite -val_eqE /= => /negbTE->; rewrite mulr0.
- rewrite /= cat_uniq mem_cat => /and3P[u1 /hasPn disj u2]; have [i_1 _|n1 /= i_2] := boolP (i \in modes t1).
    have n2 : i \notin modes t2 by apply: contraL i_1 => /disj.
    by rewrite IH1 // mulr_suml; apply: eq_bigr => c _; rewrite (unread t2) // mulrA.
  by rewrite IH2 // mulr_sumr; apply: eq_bigr => c _; rewrite (unread t1) // mulrCA.
move=> uniq_t i_t; rewrite /=; under [RHS]eq_bigr do rewrite mulr_sumr.
rewrite exchange_big; apply: eq_bigr => a _ /=; rewrite (IHt a) // mulr_sumr.
by apply: eq_bigr => c _; rewrite mulrCA.
Qed.

(* A tree that reads each of N inputs once computes the contraction of its    *)
(* tensor with their representations.                                         *)
Definition represented (R : comRingType) M N (X : Type) (f : 'I_M -> X -> R) (x : 'I_N -> X) (i c : nat) : R :=
  if (insub i : option 'I_N) is Some i' then oapp (fun c' => f c' (x i')) 0 (insub c) else 0.

Theorem tvalE (R : comRingType) M N (w : nat -> nat -> nat -> R) t g (X : Type) (f : 'I_M -> X -> R) (x : 'I_N -> X) :
    perm_eq (modes t) (iota 0 N) ->
  tval M w (represented f x) t g = contract (ptensor w t g) f x.
Proof.
move=> perm_t; have uniq_t : uniq (modes t) by rewrite (perm_uniq perm_t) iota_uniq.
have mem_t i : (i \in modes t) = (i < N)%N by rewrite (perm_mem perm_t) mem_iota.
pose G (v : 'I_N -> 'I_M -> R) := tval M w (represented (fun c i => v i c) id) t g.
rewrite -[LHS]/(G (fun i c => f c (x i))) (@multilinear _ _ _ G).
- apply: eq_bigr => d _; congr (_ * _); rewrite /G -tval_grid; last by apply/allP => i; rewrite mem_t.
  apply: tval_inputs => i c; rewrite mem_t => lt_i lt_c.
  by rewrite /represented (insubT (fun i => i < N)%N lt_i) (insubT (fun c => c < M)%N lt_c) (ofidx_lt _ lt_i).
- move=> v1 v2 eqv; apply: tval_inputs => i c _ _; rewrite /represented.
  by case: insub => // i'; case: insub => //= c'; rewrite eqv.
move=> i v; rewrite /G (tval_linear M w _ g uniq_t (i := i)) ?mem_t ?ltn_ord //; apply: eq_bigr => c _; congr (_ * _).
  by rewrite /represented !valK.
apply: tval_inputs => i' c'; rewrite mem_t => lt_i lt_c.
rewrite /represented (insubT (fun i => i < N)%N lt_i) (insubT (fun c => c < M)%N lt_c) /=.
by rewrite -[Ordinal lt_i == i]val_eqE -[Ordinal lt_c == c]val_eqE.
Qed.

(* The networks of network.v are trees, whose weights are named by level and  *)
(* position.                                                                  *)
Section Networks.
Variables (R : comRingType) (M : nat) (r : nat -> nat).

Fixpoint nodetree (l j : nat) : ptree :=
  if l is l'.+1 then Mix (pickle (l, j)) (r l') (Product (nodetree l' j.*2) (nodetree l' j.*2.+1))
  else Input (pickle (0%N, j)) j.

Fixpoint rowtree L n : ptree :=
  if n is n'.+1 then Product (rowtree L n') (nodetree L n) else nodetree L 0.

Definition nettree n L := Mix (pickle (L.+1, 0%N)) (r L) (rowtree L n.-1).

Definition named (T : Type) (w : nat -> nat -> nat -> nat -> T) (v : nat) : nat -> nat -> T :=
  let p := odflt (0%N, 0%N) (unpickle v) in w p.1 p.2.

Lemma nodetreeE (w : nat -> nat -> nat -> nat -> R) f l j g :
  tval M (named w) f (nodetree l j) g = node r w (fun j g => \sum_(c < M) w 0%N j g c * f j c) l j g.
Proof.
elim: l j g => [|l IHl] j g /=; first by rewrite /named pickleK.
by apply: eq_bigr => a _; rewrite /named pickleK !IHl.
Qed.

Lemma modes_nodetree l j i : i \in modes (nodetree l j) -> (i %/ 2 ^ l)%N = j.
Proof.
elim: l j => [|l IHl] j /=; first by rewrite inE expn0 divn1 => /eqP.
rewrite mem_cat expnSr divnMA divn2 => /orP[]/IHl->; rewrite ?doubleK //.
by rewrite /= uphalf_double.
Qed.

Lemma modes_nettree n L i : i \in modes (nettree n.+1 L) -> (i < n.+1 * 2 ^ L)%N.
Proof.
rewrite /nettree -ltn_divLR ?expn_gt0 //= ltnS.
elim: n => [|n IHn] /=; first by move/modes_nodetree->.
by rewrite mem_cat => /orP[/IHn/leqW //|/modes_nodetree->].
Qed.

Theorem nettreeE (w : nat -> nat -> nat -> nat -> R) (X : Type) (f : 'I_M -> X -> R) n L
    (x : 'I_(n.+1 * 2 ^ L) -> X) y :
  netfun r w f x y = tval M (named w) (represented f x) (nettree n.+1 L) y.
Proof.
rewrite /netfun /net /nettree [RHS]/=; apply: eq_bigr => a _; rewrite /named pickleK; congr (_ * _).
set leaf := fun j g : nat => _; pose value t := tval M (named w) (represented f x) t a.
have nodeE j : node r w leaf L j a = value (nodetree L j).
  rewrite /value nodetreeE; apply: eq_node => i h _; rewrite /leaf /represented; case: insub => [i'|].
    by apply: eq_bigr => c _; rewrite valK.
  by rewrite big1 // => c _; rewrite mulr0.
have rowE k : \prod_(j < k.+1) node r w leaf L j a = value (rowtree L k).
  by elim: k => [|k IHk]; [rewrite big_ord1 nodeE | rewrite big_ord_recr IHk /= nodeE].
exact: rowE.
Qed.

End Networks.
