From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor.

(******************************************************************************)
(* Convolutional arithmetic circuits with N = n * 2^L inputs: L levels of     *)
(* product pooling over pairs, then one of product pooling over the n nodes   *)
(* that are left, then the outputs. L = 0 is the shallow network, n = 2 the   *)
(* deep one, anything else a network whose depth is truncated.                *)
(*                                                                            *)
(*  w l j g a == coordinate a of the weights of channel g of node j at level  *)
(*               l: level 0 are the inputs' vectors, levels 1 .. L the inner  *)
(*               nodes, level L + 1 (j = 0) the outputs                       *)
(*        r l == the number of channels of a node at level l (outputs: L + 1) *)
(*     node w leaf l j g == the value of that channel, from those of the      *)
(*               inputs, leaf j g                                             *)
(*  net w leaf n L y == output y                                              *)
(*    netfun r w f x == the network's outputs at the inputs x_0, ..., x_(N-1),*)
(*               with the representation functions f_0, ..., f_(M-1)          *)
(*      coef M r w n L y == its coefficient tensor, of order n * 2^L: the CP  *)
(*               or hierarchical Tucker decomposition                         *)
(*  contract A f x == \sum_d A_d \prod_i f_(d_i)(x_i)                         *)
(*  independent f == the functions f_0, ..., f_(M-1) are linearly independent *)
(*                                                                            *)
(*   weights M r n L == the type of the coordinates (l, j, g, a)              *)
(* sharedweights M r L == those of (l, g, a), weights that do not depend on j *)
(*  unshared, shared == the functions that read w from a point of the spaces  *)
(*               of parameters, weights M r n L -> R and sharedweights        *)
(*                                                                            *)
(* Main results: netE (what a network computes is the contraction of its      *)
(* tensor), contract_inj (for independent f, functions are equal exactly when *)
(* tensors are), shallowE, shallow_CP and CP_shallow (shallow networks and CP *)
(* decompositions are the same), one_level.                                   *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

(* The indices of a tensor as numbers; 0 beyond its order. *)
Definition ofidx M N (d : idx M N) (i : nat) : nat :=
  oapp (fun i' : 'I_N => val (d i')) 0%N (insub i).

Lemma ofidxE M N (d : idx M N) (i : 'I_N) : ofidx d i = d i.
Proof. by rewrite /ofidx valK. Qed.

Lemma ofidx_lt M N (d : idx M N) i (lt_i : (i < N)%N) : ofidx d i = d (Ordinal lt_i).
Proof. exact: (ofidxE d (Ordinal lt_i)). Qed.

Lemma ofidx_merge M N s (d e : idx M N) i :
  ofidx (merge s d e) i = if s i then ofidx d i else ofidx e i.
Proof.
rewrite /ofidx; case: insubP => [i' _ /= <-|_] /=; last by case: ifP.
by rewrite ffunE; case: ifP.
Qed.

Section Networks.
Variables (r : nat -> nat) (R : comRingType) (w : nat -> nat -> nat -> nat -> R).

Section Values.
Variable leaf : nat -> nat -> R.

Fixpoint node (l j g : nat) : R :=
  if l is l'.+1 then
    \sum_(a < r l') w l j g a * (node l' j.*2 a * node l' j.*2.+1 a)
  else leaf j g.

Definition net (n L y : nat) : R := \sum_(a < r L) w L.+1 0%N y a * \prod_(j < n) node L j a.

End Values.

Definition coefnode M N (d : idx M N) := node (fun j g => w 0%N j g (ofidx d j)).

Definition coef M n L y : tensor M R (n * 2 ^ L) :=
  fun d => net (fun j g => w 0%N j g (ofidx d j)) n L y.

Definition netfun M (X : Type) (f : 'I_M -> X -> R) n L (x : 'I_(n * 2 ^ L) -> X) y :=
  net (fun j g => if insub j is Some j' then \sum_(c < M) w 0%N j g c * f c (x j') else 0) n L y.

Lemma eq_node (leaf1 leaf2 : nat -> nat -> R) l j g :
    (forall i h, (i %/ 2 ^ l)%N = j -> leaf1 i h = leaf2 i h) ->
  node leaf1 l j g = node leaf2 l j g.
Proof.
elim: l => [|l IHl] /= in j g *; first by move=> -> //; rewrite expn0 divn1.
move=> eq_leaf; apply: eq_bigr => a _; congr (_ * (_ * _)); apply: IHl => i h ij; apply: eq_leaf;
by rewrite expnSr divnMA ij divn2 /= ?uphalf_double ?doubleK.
Qed.

(* The value of a node is linear in those of each input below it. *)
Lemma node_linear (K : finType) (u : K -> R) i leaf (leafs : K -> nat -> nat -> R) l j g :
    (forall h, leaf i h = \sum_k u k * leafs k i h) ->
    (forall k i' h, i' <> i -> leafs k i' h = leaf i' h) -> (i %/ 2 ^ l)%N = j ->
  node leaf l j g = \sum_k u k * node (leafs k) l j g.
Proof.
move=> leaf_i leaf_n; elim: l => [|l IHl] in j g *; first by rewrite expn0 divn1 => <-; apply: leaf_i.
rewrite expnSr divnMA divn2 => ij; rewrite [LHS]/=.
under [in RHS]eq_bigr => k _ do rewrite /= big_distrr /=.
rewrite exchange_big; apply: eq_bigr => a _ /=.
under [in RHS]eq_bigr => k _ do rewrite mulrCA.
rewrite -mulr_sumr; congr (_ * _).
have other b k : b <> (i %/ 2 ^ l)%N -> node (leafs k) l b a = node leaf l b a.
  by move=> nb; apply: eq_node => i' h eb; apply: leaf_n => ii'; apply: nb; rewrite -eb ii'.
have := odd_double_half (i %/ 2 ^ l); rewrite ij; case: odd => /= eq_q.
  rewrite (IHl j.*2.+1) -?eq_q // mulr_sumr; apply: eq_bigr => k _.
  by rewrite (other j.*2) => [|eq_j]; [rewrite mulrCA | case: (n_Sn j.*2); rewrite {1}eq_j -eq_q].
rewrite (IHl j.*2) -?eq_q // mulr_suml; apply: eq_bigr => k _.
by rewrite (other j.*2.+1) => [|eq_j]; [rewrite mulrA | case: (n_Sn j.*2); rewrite eq_j -eq_q].
Qed.

Lemma net_linear (K : finType) (u : K -> R) n L i leaf (leafs : K -> nat -> nat -> R) y :
    (i < n * 2 ^ L)%N -> (forall h, leaf i h = \sum_k u k * leafs k i h) ->
    (forall k i' h, i' <> i -> leafs k i' h = leaf i' h) ->
  net leaf n L y = \sum_k u k * net (leafs k) n L y.
Proof.
move=> lt_i leaf_i leaf_n; have lt_q : (i %/ 2 ^ L < n)%N by rewrite ltn_divLR ?expn_gt0.
under [in RHS]eq_bigr => k _ do rewrite /net big_distrr /=.
rewrite exchange_big; apply: eq_bigr => a _ /=.
under [in RHS]eq_bigr => k _ do rewrite mulrCA.
rewrite -mulr_sumr; congr (_ * _); rewrite (bigD1 (Ordinal lt_q)) //=.
rewrite (node_linear (u := u) (i := i) (leafs := leafs)) // mulr_suml; apply: eq_bigr => k _.
rewrite [in RHS](bigD1 (Ordinal lt_q)) //= mulrA; congr (_ * _); apply: eq_bigr => b nb.
apply/esym/eq_node => i' h eb; apply: leaf_n => ii'; case/negP: nb.
by apply/eqP/val_inj; rewrite /= -eb ii'.
Qed.

End Networks.

(* ------------------------------------------------------------------------ *)
Section Contraction.
Variables (R : comRingType) (M N : nat).
Implicit Types (v : 'I_N -> 'I_M -> R) (d : idx M N).

Definition contract (X : Type) (A : tensor M R N) (f : 'I_M -> X -> R) (x : 'I_N -> X) :=
  \sum_(d : idx M N) A d * \prod_(i < N) f (d i) (x i).

Definition update d i c : idx M N := [ffun i' => if i' == i then c else d i'].

Definition agree k d0 d := [forall i : 'I_N, (i < k)%N ==> (d i == d0 i)].

Lemma agree0 d0 d : agree 0 d0 d.
Proof. exact/forallP. Qed.

Lemma agreeN d0 d : agree N d0 d = (d == d0).
Proof.
apply/forallP/eqP => [agr|-> //]; last by move=> i; apply/implyP.
by apply/ffunP=> i; apply/eqP; have := agr i; rewrite ltn_ord.
Qed.

Lemma agreeS k (ltk : (k < N)%N) d0 d c :
  agree k.+1 (update d0 (Ordinal ltk) c) d = agree k d0 d && (d (Ordinal ltk) == c).
Proof.
apply/forallP/andP => [agr|[/forallP agr dk] i].
  split; last by have := agr (Ordinal ltk); rewrite /= ltnSn ffunE eqxx.
  apply/forallP=> i; apply/implyP=> lt_i; have := agr i.
  by rewrite ltnS (ltnW lt_i) ffunE -[i == _]val_eqE /= (ltn_eqF lt_i).
rewrite ltnS leq_eqVlt ffunE -[i == Ordinal _]val_eqE /=; case: eqP => [eik|_] /=; last exact: agr.
by rewrite (_ : i = Ordinal ltk) //; apply/val_inj.
Qed.

Lemma prod_tail k (ltk : (k < N)%N) (h : 'I_N -> R) :
  \prod_(i < N | (k <= i)%N) h i = h (Ordinal ltk) * \prod_(i < N | (k < i)%N) h i.
Proof.
rewrite (bigD1 (Ordinal ltk)) //=; congr (_ * _); apply: eq_bigl => i.
by rewrite -val_eqE /= [RHS]ltn_neqAle andbC eq_sym.
Qed.

(* A function of vectors v_0, ..., v_(N-1) that is linear in each.            *)
Theorem multilinear (G : ('I_N -> 'I_M -> R) -> R) v :
    (forall v1 v2, (forall i c, v1 i c = v2 i c) -> G v1 = G v2) ->
    (forall i v, G v = \sum_c v i c * G (fun i' c' => if i' == i then (c' == c)%:R else v i' c')) ->
  G v = \sum_(d : idx M N) G (fun i c => (c == d i)%:R) * \prod_i v i (d i).
Proof.
move=> extG linG; pose hyb k (d : idx M N) (i : 'I_N) c := if (i < k)%N then (c == d i)%:R else v i c.
suff GE m k d0 : (k + m = N)%N -> G (hyb k d0) =
    \sum_(d | agree k d0 d) G (fun i c => (c == d i)%:R) * \prod_(i < N | (k <= i)%N) v i (d i).
  case: (posnP #|idx M N|) => [card0|/card_gt0P[d0 _]].
    have /eqP := card0; rewrite card_ffun !card_ord expn_eq0 => /andP[/eqP M0 N_gt0].
    rewrite (linG (Ordinal N_gt0)) big1 => [|c _]; last by have := ltn_ord c; rewrite [X in (_ < X)%N]M0.
    by rewrite big_pred0 // => d; have := card0; rewrite (cardD1 d).
  have := GE N 0%N d0 (add0n N); rewrite (extG _ v) => [->|//].
  by apply: eq_big => d; rewrite ?agree0.
elim: m => [|m IHm] in k d0 *.
  rewrite addn0 => ->; rewrite (big_pred1 d0) => [|d]; last by rewrite agreeN.
  rewrite big_pred0 => [|i]; last by rewrite leqNgt ltn_ord.
  by rewrite mulr1; apply: extG => i c; rewrite /hyb ltn_ord.
move=> ekm; have ltk : (k < N)%N by rewrite -ekm addnS ltnS leq_addr.
rewrite (linG (Ordinal ltk)) (partition_big (fun d => d (Ordinal ltk)) predT) //=.
apply: eq_bigr => c _; rewrite (extG _ (hyb k.+1 (update d0 (Ordinal ltk) c))); last first.
  move=> i c'; rewrite /hyb ltnS ffunE -[i == Ordinal _]val_eqE /=.
  by case: ltngtP.
rewrite IHm ?addSnnS // /hyb ltnn mulr_sumr; apply: eq_big => d; first by rewrite agreeS.
by rewrite agreeS => /andP[_ /eqP<-]; rewrite (prod_tail ltk) mulrCA.
Qed.

(* Linearly independent functions f_c. *)
Definition independent (X : Type) (f : 'I_M -> X -> R) :=
  forall c : 'I_M -> R, (forall x, \sum_i c i * f i x = 0) -> forall i, c i = 0.

Theorem contract_inj (X : Type) (f : 'I_M -> X -> R) (A B : tensor M R N) :
  independent f -> (forall x, contract A f x = contract B f x) <-> A =1 B.
Proof.
move=> indf; split=> [eqAB d0|eqAB x]; last by apply: eq_bigr => d _; rewrite eqAB.
apply/eqP; rewrite -subr_eq0; apply/eqP; set D := fun d => A d - B d; rewrite -[LHS]/(D d0).
suff DE k : (k <= N)%N -> forall (x : 'I_N -> X) d0,
    \sum_(d | agree k d0 d) D d * \prod_(i < N | (k <= i)%N) f (d i) (x i) = 0.
  case: (eqVneq (D d0) 0) => // D_neq0; have D0 (x : 'I_N -> X) : D d0 = 0.
    have := DE N (leqnn N) x d0; rewrite (big_pred1 d0) => [|d]; last by rewrite agreeN.
    by rewrite big_pred0 ?mulr1 // => i; rewrite leqNgt ltn_ord.
  case: (posnP N) => [N0|N_gt0].
    by apply: D0 => i; have := ltn_ord i; rewrite [X in (_ < X)%N]N0.
  have /eqP : (1 : R) = 0; last by rewrite oner_eq0.
  apply: (indf (fun=> 1) _ (d0 (Ordinal N_gt0))) => x0.
  by case/eqP: D_neq0; apply: D0 => _; exact: x0.
elim: k => [_ x d1|k IHk ltk x d1].
  have /eqP := eqAB x; rewrite -subr_eq0 -sumrB => /eqP eq0; rewrite -[RHS]eq0.
  by apply: eq_big => [d|d _]; rewrite ?agree0 // mulrBl.
pose C c := \sum_(d | agree k.+1 (update d1 (Ordinal ltk) c) d)
  D d * \prod_(i < N | (k < i)%N) f (d i) (x i).
have -> : d1 = update d1 (Ordinal ltk) (d1 (Ordinal ltk)).
  by apply/ffunP=> i; rewrite ffunE; case: eqP => [->|].
apply: (indf C) => x0; rewrite -[RHS](IHk (ltnW ltk) (fun i => if i == Ordinal ltk then x0 else x i) d1).
rewrite [RHS](partition_big (fun d => d (Ordinal ltk)) predT) //=.
apply: eq_bigr => c _; rewrite /C mulr_suml; apply: eq_big => d; first by rewrite agreeS.
rewrite agreeS => /andP[_ /eqP<-]; rewrite (prod_tail ltk) eqxx -mulrA [_ * f _ _]mulrC.
congr (_ * (_ * _)); apply: eq_bigr => i lt_i; rewrite ifN //.
by apply: contraTneq lt_i => ->; rewrite /= ltnn.
Qed.

End Contraction.

(* ------------------------------------------------------------------------ *)
Section Theorems.
Variables (R : comRingType) (r : nat -> nat) (w : nat -> nat -> nat -> nat -> R) (M : nat).

(* A network computes the contraction of its coefficient tensor with the      *)
(* representations of its inputs.                                             *)
Theorem netE (X : Type) (f : 'I_M -> X -> R) n L (x : 'I_(n * 2 ^ L) -> X) y :
  netfun r w f x y = contract (coef r w (M := M) (n := n) (L := L) y) f x.
Proof.
pose G (v : 'I_(n * 2 ^ L) -> 'I_M -> R) := net r w (fun j g =>
  if insub j is Some j' then \sum_(c < M) w 0%N j g c * v j' c else 0) n L y.
have eq_net (leaf1 leaf2 : nat -> nat -> R) : (forall j g, (j < n * 2 ^ L)%N -> leaf1 j g = leaf2 j g) ->
    net r w leaf1 n L y = net r w leaf2 n L y.
  move=> eq_leaf; apply: eq_bigr => a _; congr (_ * _); apply: eq_bigr => j _.
  by apply: eq_node => i h ij; apply: eq_leaf; rewrite -ltn_divLR ?expn_gt0 // ij.
rewrite -[LHS]/(G (fun j c => f c (x j))) (@multilinear _ _ _ G).
- apply: eq_bigr => d _; congr (_ * _); apply: eq_net => j g lt_j; rewrite (insubT (fun j => j < _)%N lt_j) /=.
  rewrite (bigD1 (d (Ordinal lt_j))) //= eqxx mulr1 big1 ?addr0 => [|c /negbTE->]; last by rewrite mulr0.
  by rewrite -[j in ofidx d j]/(val (Ordinal lt_j)) ofidxE.
- move=> v1 v2 eqv; apply: eq_net => j g lt_j; rewrite (insubT (fun j => j < _)%N lt_j) /=.
  by apply: eq_bigr => c _; rewrite eqv.
move=> i v; apply: net_linear (ltn_ord i) _ _ => [g | c j g neq_ji].
  rewrite valK; apply: eq_bigr => c _; rewrite eqxx (bigD1 c) //= eqxx mulr1 big1 ?addr0 1?mulrC //.
  by move=> c' /negbTE->; rewrite mulr0.
case: insubP => // j' _ ej; apply: eq_bigr => c' _; rewrite ifN //.
by apply: contra_not_neq neq_ji => <-.
Qed.

(* A shallow network is a CP decomposition with as many terms as it has       *)
(* channels, and every CP decomposition is a shallow network.                 *)
Theorem shallow_CP N y : CP (coef r w (M := M) (n := N) (L := 0) y) (r 0).
Proof.
exists (fun z => w 1 0%N y z), (fun z i x => w 0%N i z x) => d.
apply: eq_bigr => a _; congr (_ * _); apply/esym.
rewrite (eq_bigr (fun i : 'I_(N * 2 ^ 0) => w 0%N i a (ofidx d i))) => [|i _]; last by rewrite ofidxE.
move: (ofidx d) => x; by rewrite -!(big_mkord xpredT (fun i => w 0%N i a (x i))) expn0 muln1.
Qed.

(* The shallow network's function, written out: N inputs, Z hidden channels.  *)
Definition shallowfun (X : Type) N Z (c : 'I_Z -> R) (v : 'I_Z -> 'I_N -> 'I_M -> R)
    (f : 'I_M -> X -> R) (x : 'I_N -> X) :=
  \sum_(z < Z) c z * \prod_(i < N) \sum_(d < M) v z i d * f d (x i).

Theorem shallowE (X : Type) N Z (c : 'I_Z -> R) v (f : 'I_M -> X -> R) (x : 'I_N -> X) :
  shallowfun c v f x = contract (fun d : idx M N => \sum_(z < Z) c z * \prod_(i < N) v z i (d i)) f x.
Proof.
rewrite /contract; under [RHS]eq_bigr do rewrite mulr_suml.
rewrite exchange_big; apply: eq_bigr => z _ /=; rewrite bigA_distr_bigA big_distrr /=.
by apply: eq_bigr => d _; rewrite big_split mulrA.
Qed.

(* One level: the tensor of a node, contracted with u and v, is what the node *)
(* computes from what its children compute. X and Y are the children's        *)
(* tensors, one column a channel, their modes taken together.                 *)
Theorem one_level (I J A G : finType) (W : G -> A -> R) (X : I -> A -> R) (Y : J -> A -> R)
    (u : I -> R) (v : J -> R) g :
  \sum_i \sum_j (\sum_a W g a * X i a * Y j a) * u i * v j =
  \sum_a W g a * ((\sum_i X i a * u i) * (\sum_j Y j a * v j)).
Proof.
under [RHS]eq_bigr do rewrite big_distrlr big_distrr /=.
rewrite [RHS]exchange_big; apply: eq_bigr => i _ /=.
under [RHS]eq_bigr do rewrite big_distrr /=.
rewrite [RHS]exchange_big; apply: eq_bigr => j _ /=; rewrite !mulr_suml.
by apply: eq_bigr => a _; rewrite -!mulrA; congr (_ * (_ * _)); rewrite mulrCA.
Qed.

End Theorems.

Theorem CP_shallow (R : comRingType) M N (A : tensor M R (N * 2 ^ 0)) Z y :
  CP A Z -> exists w, A =1 coef (fun=> Z) w (n := N) (L := 0) y.
Proof.
case=> c [v AE]; pose w l i g a : R := match l with
  | 0 => match (insub i : option 'I_(N * 2 ^ 0)), (insub g : option 'I_Z), (insub a : option 'I_M) with
         | Some i', Some g', Some a' => v g' i' a' | _, _, _ => 0 end
  | _ => if (insub a : option 'I_Z) is Some a' then c a' else 0 end.
exists w => d; rewrite AE; apply: eq_bigr => z _; rewrite {1}/w valK; congr (_ * _).
rewrite (eq_bigr (fun i : 'I_(N * 2 ^ 0) => w 0%N i z (ofidx d i))) => [|i _]; last by rewrite /w ofidxE !valK.
move: (ofidx d) => x; by rewrite -!(big_mkord xpredT (fun i => w 0%N i z (x i))) expn0 muln1.
Qed.

(* ------------------------------------------------------------------------ *)
(* The spaces of parameters.                                                  *)
Section Weights.
Variables (M : nat) (r : nat -> nat) (n L : nat).

(* the number of nodes at level l, and the length of a vector of weights *)
Definition nodes l := if (l <= L)%N then (n * 2 ^ (L - l))%N else 1%N.
Definition len l := if l is l'.+1 then r l' else M.

Definition weights : finType :=
  [finType of {l : 'I_L.+2 & ('I_(nodes l) * 'I_(r l) * 'I_(len l))%type}].

Definition sharedweights : finType :=
  [finType of {l : 'I_L.+2 & ('I_(r l) * 'I_(len l))%type}].

Definition coordinate (l j g a : nat) : option weights :=
  if (insub l : option 'I_L.+2) is Some l' then
    match (insub j : option 'I_(nodes l')), (insub g : option 'I_(r l')),
          (insub a : option 'I_(len l')) with
    | Some j', Some g', Some a' => Some (Tagged (fun l : 'I_L.+2 => _) (j', g', a') : weights)
    | _, _, _ => None
    end
  else None.

Definition sharedcoordinate (l j g a : nat) : option sharedweights :=
  if (insub l : option 'I_L.+2) is Some l' then
    match (insub g : option 'I_(r l')), (insub a : option 'I_(len l')) with
    | Some g', Some a' => Some (Tagged (fun l : 'I_L.+2 => _) (g', a') : sharedweights)
    | _, _ => None
    end
  else None.

Variable R : ringType.

Definition unshared (w : weights -> R) l j g a := oapp w 0 (coordinate l j g a).
Definition shared (w : sharedweights -> R) l j g a := oapp w 0 (sharedcoordinate l j g a).

Definition in_range l j g a := [&& l <= L.+1, j < nodes l, g < r l & a < len l]%N.

Lemma in_rangeP l j g a : in_range l j g a ->
  exists (l' : 'I_L.+2) (j' : 'I_(nodes l')) (g' : 'I_(r l')) (a' : 'I_(len l')),
    [/\ l = l', j = j', g = g' & a = a' :> nat].
Proof.
case/and4P=> lel ltj ltg lta.
by exists (Ordinal (lel : l < L.+2)%N), (Ordinal ltj), (Ordinal ltg), (Ordinal lta).
Qed.

(* The weight (l, j, g, a) is that coordinate of the parameters.              *)
Lemma unsharedE w (l : 'I_L.+2) (j : 'I_(nodes l)) (g : 'I_(r l)) (a : 'I_(len l)) :
  unshared w l j g a = w (Tagged _ (j, g, a)).
Proof. by rewrite /unshared /coordinate !valK. Qed.

Lemma sharedE w (l : 'I_L.+2) j (g : 'I_(r l)) (a : 'I_(len l)) :
  shared w l j g a = w (Tagged _ (g, a)).
Proof. by rewrite /shared /sharedcoordinate !valK. Qed.

(* Every family of weights is read from some parameters; shared ones, if it   *)
(* does not depend on j.                                                      *)
Lemma unshared_of (w0 : nat -> nat -> nat -> nat -> R) :
  exists w, forall l j g a, in_range l j g a -> unshared w l j g a = w0 l j g a.
Proof.
exists (fun t : weights => w0 (tag t) (tagged t).1.1 (tagged t).1.2 (tagged t).2) => l j g a.
by case/in_rangeP=> l' [j' [g' [a' [-> -> -> ->]]]]; rewrite unsharedE.
Qed.

Lemma shared_of (w0 : nat -> nat -> nat -> nat -> R) :
    (forall l j j' g a, w0 l j g a = w0 l j' g a) ->
  exists w, forall l j g a, in_range l j g a -> shared w l j g a = w0 l j g a.
Proof.
move=> w0E; exists (fun t : sharedweights => w0 (tag t) 0%N (tagged t).1 (tagged t).2) => l j g a.
by case/in_rangeP=> l' [j' [g' [a' [-> -> -> ->]]]]; rewrite sharedE (w0E _ 0%N j').
Qed.

Lemma shared_shared w l j j' g a : shared w l j g a = shared w l j' g a.
Proof. by []. Qed.

End Weights.

Section CoefficientTheory.
Variables (M : nat) (r : nat -> nat).

(* Weights beyond the sizes of the network do not matter. *)
Lemma eq_coef (R : comRingType) n L (w1 w2 : nat -> nat -> nat -> nat -> R) y :
    (forall l j g a, in_range M r n L l j g a -> w1 l j g a = w2 l j g a) -> (y < r L.+1)%N ->
  coef r w1 (M := M) (n := n) (L := L) y =1 coef r w2 y.
Proof.
move=> eqw lty d; have eq_n l j g : (l <= L)%N -> (j < nodes n L l)%N -> (g < r l)%N ->
    coefnode r w1 d l j g = coefnode r w2 d l j g.
  elim: l => [|l IHl] in j g * => lel ltj ltg.
    have lt_j : (j < n * 2 ^ L)%N by rewrite /nodes subn0 in ltj.
    rewrite /coefnode /=; apply: eqw; rewrite /in_range ltg ltj /=.
    by rewrite -[j in ofidx d j]/(val (Ordinal lt_j)) ofidxE ltn_ord.
  rewrite /coefnode /=; apply: eq_bigr => a _; rewrite eqw; last first.
    by rewrite /in_range ltj ltg ltn_ord ltnS ltnW.
  have ltj2 : (j.*2.+1 < nodes n L l)%N.
    rewrite /nodes (ltnW lel) -(subnSK lel) expnS mulnCA mul2n -doubleS leq_double.
    by move: ltj; rewrite /nodes lel.
  by rewrite -!/(coefnode r _ d l _ _) !IHl ?(ltnW lel) // ltnW.
apply: eq_bigr => a _; rewrite eqw; last by rewrite /in_range lty ltn_ord /nodes ltnn leqnn.
congr (_ * _); apply: eq_bigr => j _; apply: eq_n => //.
by rewrite /nodes leqnn subnn muln1.
Qed.

Lemma polynomial_coef (F : fieldType) (T : finType) (ix : nat -> nat -> nat -> nat -> option T) n L y d :
  polynomial (fun w : T -> F => coef r (fun l j g a => oapp w 0 (ix l j g a)) (M := M) (n := n) (L := L) y d).
Proof.
have poly_w l j g a : polynomial (fun w : T -> F => oapp w 0 (ix l j g a)).
  by case: (ix l j g a) => [t|]; [apply: polynomial_var | apply: polynomial_const].
apply: polynomial_sum => a; apply: polynomialM => //; apply: polynomial_prod => j.
move: (ofidx d) (val j) (val a) => x {j a}; elim: (L) => //= l IHl j g.
by apply: polynomial_sum => a; apply: polynomialM => //; apply: polynomialM.
Qed.

End CoefficientTheory.
