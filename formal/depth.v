From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network.

(******************************************************************************)
(* The generic rank of a network's coefficient tensor, its modes split into   *)
(* blocks of 2^l0 that are rows and columns in turn: an upper bound for all   *)
(* weights, and weights that reach it.                                        *)
(*                                                                            *)
(*   dim b M r l == the dimension that the channels of a node at level l span *)
(*                  generically; b says whether weights are shared            *)
(*                  dim 0 = min(r_0, M),                                      *)
(*                  dim (l+1) = min(r_(l+1), r_l, (dim l)^2), and             *)
(*                  dim l (dim l + 1) / 2 for (dim l)^2 where they are shared *)
(*   witness ... == weights at which the rank is reached                      *)
(*                                                                            *)
(* Main results: coef_rank_le and coef_rank_wit (n nodes, L > l0),            *)
(* deep_rank_le and deep_rank_wit (two nodes, L >= l0).                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Fixpoint dim (b : bool) (M : nat) (r : nat -> nat) (l : nat) : nat :=
  if l is l'.+1 then
    minn (r l) (minn (r l') (if b then 'C((dim b M r l').+1, 2) else dim b M r l' ^ 2)%N)
  else minn (r 0%N) M.

Lemma dim_leS b M r l : (dim b M r l.+1 <= r l)%N.
Proof. by rewrite /= minnCA geq_minl. Qed.

Lemma dim_le b M r l : (dim b M r l <= r l)%N.
Proof. by case: l => [|l]; rewrite /= geq_minl. Qed.

(* Node j at level l reads the modes i with i / 2^l = j. *)
Lemma coefnode_eq (R : comRingType) r w M N (d e : idx M N) l j g :
    (forall i, (i %/ 2 ^ l)%N = j -> ofidx d i = ofidx e i) ->
  coefnode (R := R) r w d l j g = coefnode r w e l j g.
Proof. by move=> eqde; apply: eq_node => i h ij; rewrite eqde. Qed.

Lemma coefnodeS (R : comRingType) r w M N (d : idx M N) l j g :
  coefnode (R := R) r w d l.+1 j g =
  \sum_(a < r l) w l.+1 j g a * (coefnode r w d l j.*2 a * coefnode r w d l j.*2.+1 a).
Proof. by []. Qed.

Lemma blockl l i j : (i %/ 2 ^ l = j.*2)%N -> (i %/ 2 ^ l.+1 = j)%N.
Proof. by move=> ij; rewrite expnSr divnMA ij divn2 doubleK. Qed.

Lemma blockr l i j : (i %/ 2 ^ l = j.*2.+1)%N -> (i %/ 2 ^ l.+1 = j)%N.
Proof. by move=> ij; rewrite expnSr divnMA ij divn2 /= uphalf_double. Qed.

Lemma half_range l j N : (j.+1 * 2 ^ l.+1 <= N)%N ->
  (j.*2.+1 * 2 ^ l <= N)%N /\ (j.*2.+2 * 2 ^ l <= N)%N.
Proof.
rewrite expnS mulnA muln2 doubleS => le_N; split=> //; apply: leq_trans le_N.
by rewrite leq_mul2r leqnSn orbT.
Qed.

(* ------------------------------------------------------------------------ *)
Section Upper.
Variables (F : fieldType) (b : bool) (M : nat) (r : nat -> nat) (w : nat -> nat -> nat -> nat -> F).
Hypothesis w_shared : b -> forall l j j' g a, w l j g a = w l j' g a.
Variable N : nat.
Notation idx := (idx M N).
Notation cn := (coefnode r w).
Notation dim := (dim b M r).

Lemma node_shift (leaf1 leaf2 : nat -> nat -> F) l j1 j2 g : b ->
    (forall p h, (p < 2 ^ l)%N -> leaf1 (j1 * 2 ^ l + p)%N h = leaf2 (j2 * 2 ^ l + p)%N h) ->
  node r w leaf1 l j1 g = node r w leaf2 l j2 g.
Proof.
move=> shared; elim: l => [|l IHl] in j1 j2 g *.
  by move=> /(_ 0%N g isT); rewrite expn0 !muln1 !addn0.
move=> eq_leaf; have eqN j p : (j * 2 ^ l.+1 + p = j.*2 * 2 ^ l + p)%N.
  by rewrite expnS mulnA muln2.
apply: eq_bigr => a _; rewrite (w_shared shared _ j1 j2); congr (_ * (_ * _)); apply: IHl => p h ltp.
  by rewrite -!eqN; apply: eq_leaf; rewrite expnS mul2n -addnn ltn_addr.
have eqS j : (j.*2.+1 * 2 ^ l + p = j * 2 ^ l.+1 + (2 ^ l + p))%N by rewrite eqN mulSn -addnA addnCA.
rewrite !eqS; apply: eq_leaf.
by rewrite expnS mul2n -addnn ltn_add2l.
Qed.

Definition span l j := frank (fun (g : 'I_(r l)) (d : idx) => cn d l j g).

Lemma span_le l j : (j.+1 * 2 ^ l <= N)%N -> (span l j <= dim l)%N.
Proof.
elim: l => [|l IHl] in j *.
  rewrite muln1 => lt_jN; rewrite leq_min -{1}[r 0%N]card_ord frank_leq_cardl -[X in (_ <= X)%N]card_ord.
  apply: (frank_le_card (u := fun (g : 'I_(r 0%N)) (k : 'I_M) => w 0%N j g k)
    (v := fun (k : 'I_M) (d : idx) => (k == ofidx d j :> nat)%:R)) => g d.
  rewrite /coefnode /= (ofidx_lt _ lt_jN).
  rewrite (bigD1 (d (Ordinal lt_jN))) //= eqxx mulr1 big1 ?addr0 // => k.
  by rewrite -val_eqE /= => /negbTE->; rewrite mulr0.
move=> le_jN; have [le_jl le_jr] := half_range le_jN.
rewrite [dim _]/= !leq_min -{1}[r l.+1]card_ord frank_leq_cardl andTb.
have le_prod : (span l.+1 j <= frank (fun (a : 'I_(r l)) (d : idx) => cn d l j.*2 a * cn d l j.*2.+1 a)%R)%N.
  rewrite /span -frank_tr -[X in (_ <= X)%N]frank_tr.
  apply: leq_trans (frank_comb_le (fun (d : idx) (a : 'I_(r l)) => cn d l j.*2 a * cn d l j.*2.+1 a)
    (fun (a : 'I_(r l)) (_ : 'I_(r l.+1)) => a) (fun a g => w l.+1 j g a)).
  exact/eq_leq/eq_frank.
apply/andP; split; first by apply: leq_trans le_prod _; rewrite -[X in (_ <= X)%N]card_ord frank_leq_cardl.
apply: leq_trans le_prod _; case: ifP => [shared|_]; last first.
  by apply: leq_trans (frank_mul_le _ _) _; rewrite expnS expn1 leq_mul // IHl.
pose h (d : idx) : idx := [ffun i : 'I_N =>
  if (insub (i + 2 ^ l)%N : option 'I_N) is Some i' then d i' else d i].
apply: leq_trans (leq_bin2l 2 (_ : span l j.*2 < (dim l).+1)%N); last by rewrite ltnS IHl.
apply: leq_trans (frank_sym_le _ h); apply/eq_leq/eq_frank => a d; congr (_ * _).
apply: node_shift => // p c ltp; rewrite (w_shared shared _ _ 0%N) [RHS](w_shared shared _ _ 0%N).
congr (w _ _ _ _).
have lt1 : (j.*2.+1 * 2 ^ l + p < N)%N.
  by apply: leq_trans le_jr; rewrite [X in (_ < X)%N]mulSn addnC ltn_add2r.
have lt2 : (j.*2 * 2 ^ l + p < N)%N.
  by apply: leq_trans lt1; rewrite ltnS leq_add2r leq_mul2r leqnSn orbT.
rewrite (ofidx_lt _ lt1) (ofidx_lt _ lt2) ffunE /=; have e12 : (j.*2 * 2 ^ l + p + 2 ^ l = j.*2.+1 * 2 ^ l + p)%N by rewrite mulSn addnAC [in RHS](addnC (2 ^ l)%N).
by case: insubP => [i _ ei|]; [congr (val (d _)); apply/val_inj; rewrite /= ei | rewrite e12 lt1].
Qed.

Variable l0 : nat.
Notation side := (alternate (2 ^ l0)).

(* The channels of a node together, the columns of all of them side by side.  *)
Definition rows l j :=
  frank (fun (d : idx) (e : 'I_(r l) * idx) => cn (merge side d e.2) l j e.1).

Lemma rows0 j : (j.+1 * 2 ^ l0 <= N)%N -> (rows l0 j <= if odd j then 1 else dim l0)%N.
Proof.
move=> le_N; have mergeE d e g : cn (merge side d e) l0 j g = cn (if odd j then e else d) l0 j g.
  by apply: coefnode_eq => i ij; rewrite ofidx_merge /alternate ij; case: odd.
rewrite /rows; case: ifPn => oddj.
  rewrite -[X in (_ <= X)%N]card_unit; apply: (frank_le_card (u := fun (_ : idx) (_ : unit) => 1)
    (v := fun _ (e : 'I_(r l0) * idx) => cn e.2 l0 j e.1)) => d e.
  by rewrite mergeE oddj (big_pred1 tt) ?mul1r // => -[].
apply: leq_trans (span_le le_N); rewrite /span -[X in (_ <= X)%N]frank_tr.
apply: leq_trans (frank_reindex (fun d => d) (fun e : 'I_(r l0) * idx => e.1) _).
by apply/eq_leq/eq_frank => d e; rewrite mergeE (negbTE oddj).
Qed.

Lemma rowsS l j : (rows l.+1 j <= rows l j.*2 * rows l j.*2.+1)%N.
Proof.
apply: leq_trans (frank_mul_le _ _).
apply: leq_trans (frank_comb_le (fun (d : idx) (e : 'I_(r l) * idx) =>
    cn (merge side d e.2) l j.*2 e.1 * cn (merge side d e.2) l j.*2.+1 e.1)
  (fun (a : 'I_(r l)) (e : 'I_(r l.+1) * idx) => (a, e.2)) (fun a e => w l.+1 j e.1 a)).
exact/eq_leq/eq_frank.
Qed.

Lemma rows_le h j : (j.+1 * 2 ^ (h + l0).+1 <= N)%N -> (rows (h + l0).+1 j <= dim l0 ^ 2 ^ h)%N.
Proof.
elim: h => [|h IHh] in j *; move=> /half_range[le_l le_r]; apply: leq_trans (rowsS _ _) _.
  have := leq_mul (rows0 le_l) (rows0 le_r).
  by rewrite /= odd_double /= muln1 expn0 expn1.
by rewrite expnS mul2n -[(2 ^ h).*2]addnn expnD leq_mul // IHh.
Qed.

Lemma coefnode_rank_le l j (g : 'I_(r l)) :
  (mrank side (fun d : idx => cn d l j g) <= rows l j)%N.
Proof.
apply: leq_trans (frank_reindex (fun d => d) (fun e : idx => (g, e))
  (fun (d : idx) (e : 'I_(r l) * idx) => cn (merge side d e.2) l j e.1)).
exact/eq_leq/eq_frank.
Qed.

End Upper.

(* ------------------------------------------------------------------------ *)
(* The channels of node j at level l <= l0 are combinations, with coefficients *)
(* c, of dim l independent tensors E; at level l0 + 1 each channel is a sum of *)
(* dim l0 products of them, one from each child; above, only channel 0 counts. *)
Section Lower.
Variables (F : fieldType) (b : bool) (M : nat) (r : nat -> nat) (l0 : nat).
Variable c : nat -> nat -> nat -> nat -> F.
Notation dim := (dim b M r).

Definition witness l j g a : F :=
  if (l <= l0)%N then (a < dim l)%N%:R * c l j g a
  else if l == l0.+1 then (a < dim l0)%N%:R else (a == 0%N)%:R.

Hypothesis c_low : forall l j, (l < l0)%N ->
  exists h : 'I_(dim l.+1) -> 'I_(dim l) * 'I_(dim l),
    (forall g1 g2 : 'I_(dim l.+1), (g1 < g2)%N ->
      c l j.*2 g1 (h g2).1 * c l j.*2.+1 g1 (h g2).2 = 0) /\
    (forall g : 'I_(dim l.+1), c l j.*2 g (h g).1 * c l j.*2.+1 g (h g).2 = 1).
Hypothesis c_top : forall j g a, c l0 j g a = (a == g)%:R.

Variable N : nat.
Notation idx := (idx M N).
Notation cn := (coefnode r witness).
Notation side := (alternate (2 ^ l0)).

Definition E l j a (d : idx) : F :=
  if l is l'.+1 then cn d l' j.*2 a * cn d l' j.*2.+1 a else (ofidx d j == a)%:R.

Lemma E_eq l j a (d e : idx) : (forall i, (i %/ 2 ^ l)%N = j -> ofidx d i = ofidx e i) ->
  E l j a d = E l j a e.
Proof.
case: l => [|l] eqde /=; first by rewrite eqde // expn0 divn1.
by congr (_ * _); apply: coefnode_eq => i ij; apply: eqde; [apply: blockl | apply: blockr].
Qed.

Lemma sum_below n k (h : nat -> F) : (k <= n)%N ->
  \sum_(a < n) (a < k)%N%:R * h a = \sum_(a < k) h a.
Proof.
move=> le_kn; rewrite (big_ord_widen n h le_kn) [RHS]big_mkcond; apply: eq_bigr => a _.
by case: ltnP; rewrite ?mul1r ?mul0r.
Qed.

Lemma cnE l j g (d : idx) : (l <= l0)%N -> (j.+1 * 2 ^ l <= N)%N ->
  cn d l j g = \sum_(i < dim l) c l j g i * E l j i d.
Proof.
case: l => [|l] lel; last first.
  rewrite coefnodeS -(sum_below (fun a => c l.+1 j g a * E l.+1 j a d) (dim_leS b M r l)) => _.
  by apply: eq_bigr => a _; rewrite /witness lel -mulrA.
rewrite muln1 => lt_jN; rewrite /coefnode /witness /= -/(dim 0%N).
case: ltnP => [lt_x|ge_x]; last first.
  rewrite mul0r big1 // => i _; rewrite gtn_eqF ?mulr0 //.
  exact: leq_trans (ltn_ord i) ge_x.
rewrite mul1r (bigD1 (Ordinal lt_x)) //= eqxx mulr1 big1 ?addr0 // => i.
by rewrite -val_eqE eq_sym => /negbTE /= ->; rewrite mulr0.
Qed.

Lemma cnE_top j g (d : idx) : (j.+1 * 2 ^ l0 <= N)%N -> (g < dim l0)%N -> cn d l0 j g = E l0 j g d.
Proof.
move=> lej ltg; rewrite cnE // (bigD1 (Ordinal ltg)) //= c_top eqxx mul1r big1 ?addr0 // => i.
by rewrite c_top -val_eqE /= => /negbTE->; rewrite mul0r.
Qed.

(* d1 in block j of level l, d2 elsewhere *)
Definition mix l j (d1 d2 : idx) : idx := [ffun i : 'I_N => if (i %/ 2 ^ l == j)%N then d1 i else d2 i].

Lemma ofidx_mix l j d1 d2 i :
  ofidx (mix l j d1 d2) i = if (i %/ 2 ^ l == j)%N then ofidx d1 i else ofidx d2 i.
Proof.
rewrite /ofidx; case: insubP => [i' _ /= <-|_] /=; last by case: ifP.
by rewrite ffunE; case: ifP.
Qed.

Lemma merge_mix s l j d1 d2 e1 e2 :
  merge s (mix l j d1 d2) (mix l j e1 e2) = mix l j (merge s d1 e1) (merge s d2 e2).
Proof. by apply/ffunP=> i; rewrite !ffunE; case: ifP => _; case: ifP. Qed.

Lemma E_mix l j d1 d2 a : E l j a (mix l j d1 d2) = E l j a d1.
Proof. by apply: E_eq => i ij; rewrite ofidx_mix ij eqxx. Qed.

Lemma E_mix_other l j j' d1 d2 a : j' != j -> E l j' a (mix l j d1 d2) = E l j' a d2.
Proof. by move=> neq; apply: E_eq => i ij; rewrite ofidx_mix ij (negbTE neq). Qed.

Lemma cn_mix l j d1 d2 a : cn (mix l j d1 d2) l j a = cn d1 l j a.
Proof. by apply: coefnode_eq => i ij; rewrite ofidx_mix ij eqxx. Qed.

Lemma cn_mix_other l j j' d1 d2 a : j' != j -> cn (mix l j d1 d2) l j' a = cn d2 l j' a.
Proof. by move=> neq; apply: coefnode_eq => i ij; rewrite ofidx_mix ij (negbTE neq). Qed.

Lemma neq_double j : j.*2.+1 != j.*2.
Proof. by rewrite neq_ltn ltnSn orbT. Qed.

Lemma E_free l j : (l <= l0)%N -> (j.+1 * 2 ^ l <= N)%N ->
  frank (fun (a : 'I_(dim l)) (d : idx) => E l j a d) = dim l.
Proof.
elim: l => [|l IHl] in j *.
  rewrite muln1 => _ lt_jN; have le_M : (dim 0 <= M)%N by rewrite /= geq_minr.
  apply: (frank_trig (h := fun a => [ffun=> widen_ord le_M a])) => [a a' lt_a|a];
  rewrite /E (ofidx_lt _ lt_jN) ffunE /= ?eqxx //.
  by rewrite gtn_eqF.
move=> ltl /half_range[le_l le_r]; pose v (p : 'I_(dim l) * 'I_(dim l)) d := E l j.*2 p.1 d * E l j.*2.+1 p.2 d.
have free_v : frank v = #|{: 'I_(dim l) * 'I_(dim l)}|.
  rewrite (frank_prod (p1 := fst) (q1 := id) (p2 := snd) (q2 := id) (a := fun x y => (x, y)) (b := mix l j.*2)
    (f1 := fun (a : 'I_(dim l)) d => E l j.*2 a d) (f2 := fun (a : 'I_(dim l)) d => E l j.*2.+1 a d)) //.
    by rewrite !IHl ?(ltnW ltl) // card_prod card_ord.
  by move=> a1 a2 d1 d2; rewrite /v E_mix E_mix_other ?neq_double.
rewrite (frank_mul_free (u := fun (g : 'I_(dim l.+1)) (p : 'I_(dim l) * 'I_(dim l)) => c l j.*2 g p.1 * c l j.*2.+1 g p.2) _ free_v); last first.
  move=> g d; rewrite /E !cnE ?(ltnW ltl) // big_distrlr pair_big /=.
  by apply: eq_bigr => p _; rewrite mulrACA.
have [h [h0 h1]] := c_low j ltl; exact: (frank_trig (h := h)).
Qed.

Lemma node_rank0 j g : (j.+1 * 2 ^ l0.+1 <= N)%N -> mrank side (fun d : idx => cn d l0.+1 j g) = dim l0.
Proof.
move=> /half_range[le_l le_r]; have QE (d e : idx) : cn (merge side d e) l0.+1 j g =
    \sum_(a < dim l0) E l0 j.*2 a d * E l0 j.*2.+1 a e.
  rewrite coefnodeS; under eq_bigr => a _ do rewrite /witness ltnn eqxx.
  rewrite (sum_below (fun a => cn _ l0 j.*2 a * cn _ l0 j.*2.+1 a)) ?dim_le //.
  apply: eq_bigr => a _; rewrite !cnE_top //; congr (_ * _); apply: E_eq => i ij;
  by rewrite ofidx_merge /alternate ij /= odd_double.
rewrite /mrank (frank_mul_free (u := fun d (a : 'I_(dim l0)) => E l0 j.*2 a d) QE).
  by rewrite -frank_tr E_free.
by rewrite E_free // card_ord.
Qed.

Lemma witness_above h j g a : witness (h + l0).+2 j g a = (a == 0%N)%:R.
Proof. by rewrite /witness ltnNge ltnW ?ltnS ?leq_addl //= eqSS gtn_eqF // ltnS leq_addl. Qed.

Lemma cn_above h j g (d : idx) : (0 < r (h + l0).+1)%N ->
  cn d (h + l0).+2 j g = cn d (h + l0).+1 j.*2 0%N * cn d (h + l0).+1 j.*2.+1 0%N.
Proof.
move=> r_gt0; rewrite coefnodeS (bigD1 (Ordinal r_gt0)) // witness_above -[_ == 0%N]/true mul1r.
rewrite big1 => [|a neq_a]; first exact: addr0.
by rewrite witness_above (_ : (a == 0%N :> nat) = false) ?mul0r //; apply: negbTE.
Qed.

Lemma node_rank h j g : (forall l, l0 < l <= h + l0 -> 0 < r l)%N -> (j.+1 * 2 ^ (h + l0).+1 <= N)%N ->
  mrank side (fun d : idx => cn d (h + l0).+1 j g) = (dim l0 ^ 2 ^ h)%N.
Proof.
elim: h => [|h IHh] in j g * => r_gt0 le_N; first by rewrite add0n node_rank0 // expn0 expn1.
have {le_N} [le_l le_r] := half_range le_N.
have r_gt0' l : (l0 < l <= h + l0 -> 0 < r l)%N.
  by case/andP=> l0l lel; apply: r_gt0; rewrite l0l; exact: leqW lel.
have rl : (0 < r (h + l0).+1)%N by apply: r_gt0; rewrite ltnS leq_addl /=.
rewrite (eq_mrank _ (fun d => cn_above j g d rl)) expnS mul2n -[(2 ^ h).*2]addnn expnD.
rewrite -{1}(IHh j.*2 0%N) // -(IHh j.*2.+1 0%N) //; set l := (h + l0).+1.
apply: (frank_prod (p1 := id) (q1 := id) (p2 := id) (q2 := id) (a := mix l j.*2) (b := mix l j.*2)) => // d1 d2 e1 e2.
by rewrite merge_mix cn_mix cn_mix_other ?neq_double.
Qed.

(* The product of the tensors of n.+1 nodes. *)
Lemma nodes_rank h n : (forall l, l0 < l <= h + l0 -> 0 < r l)%N -> (n.+1 * 2 ^ (h + l0).+1 <= N)%N ->
  mrank side (fun d : idx => \prod_(j < n.+1) cn d (h + l0).+1 j 0%N) = (dim l0 ^ (n.+1 * 2 ^ h))%N.
Proof.
move=> r_gt0; elim: n => [|n IHn] le_N.
  by rewrite mul1n -(@node_rank h 0 0) //; apply: eq_mrank => d; rewrite big_ord1.
have le_n : (n.+1 * 2 ^ (h + l0).+1 <= N)%N by apply: leq_trans le_N; rewrite leq_mul2r leqnSn orbT.
rewrite mulSn [(2 ^ h + _)%N]addnC expnD -(IHn le_n) -(@node_rank h n.+1 0) //; set l := (h + l0).+1 in le_N *.
apply: (frank_prod (p1 := id) (q1 := id) (p2 := id) (q2 := id)
  (a := fun d2 d1 => mix l n.+1 d1 d2) (b := fun d2 d1 => mix l n.+1 d1 d2)).
  by move=> d e; rewrite big_ord_recr.
move=> d1 d2 e1 e2; rewrite merge_mix big_ord_recr cn_mix; congr (_ * _); apply: eq_bigr => j _.
by rewrite cn_mix_other // neq_ltn [X in X || _](ltn_ord j).
Qed.

End Lower.

(* ------------------------------------------------------------------------ *)
Section Networks.
Variables (F : fieldType) (b : bool) (M : nat) (r : nat -> nat).
Notation dim := (dim b M r).

Lemma coef_deep (R : comRingType) w L y (d : idx M (2 * 2 ^ L)) :
  coef r w (n := 2) (L := L) y d = coefnode (R := R) r w d L.+1 0 y.
Proof. by apply: eq_bigr => a _; rewrite big_ord_recr big_ord1. Qed.

(* Two nodes, that is L + 1 levels of pooling over pairs. *)
Theorem deep_rank_le (w : nat -> nat -> nat -> nat -> F) l0 L y : (l0 <= L)%N -> (y < r L.+1)%N ->
    (b -> forall l j j' g a, w l j g a = w l j' g a) ->
  (mrank (alternate (2 ^ l0)) (coef r w (M := M) (n := 2) (L := L) y) <= dim l0 ^ 2 ^ (L - l0))%N.
Proof.
move=> le_l0 lt_y w_shared; rewrite (eq_mrank _ (coef_deep w y)).
have le_N : (1 * 2 ^ (L - l0 + l0).+1 <= 2 * 2 ^ L)%N by rewrite subnK // mul1n expnS.
have := @rows_le F b M r w w_shared _ l0 _ _ le_N; rewrite subnK //; apply: leq_trans.
exact: (@coefnode_rank_le F M r w _ l0 L.+1 0 (Ordinal lt_y)).
Qed.

(* n nodes at level L > l0. *)
Theorem coef_rank_le (w : nat -> nat -> nat -> nat -> F) l0 n L y : (l0 < L)%N ->
    (b -> forall l j j' g a, w l j g a = w l j' g a) ->
  (mrank (alternate (2 ^ l0)) (coef r w (M := M) (n := n) (L := L) y) <=
     dim l0 ^ (n * 2 ^ (L - l0.+1)))%N.
Proof.
move=> lt_l0 w_shared; set N := (n * 2 ^ L)%N; set side := alternate _.
pose f k (d : idx M N) (e : 'I_(r L) * idx M N) := \prod_(j < k) coefnode r w (merge side d e.2) L j e.1.
apply: (@leq_trans (frank (f n))).
  apply: leq_trans (frank_comb_le (f n) (fun a e => (a, e)) (fun a _ => w L.+1 0%N y a)).
  exact/eq_leq/eq_frank.
have : (n <= n)%N := leqnn n; elim: {1 3 4}n => [|k IHk] lt_k.
  rewrite mul0n expn0 -[X in (_ <= X)%N]card_unit.
  apply: (frank_le_card (u := fun _ (_ : unit) => 1) (v := fun _ _ => 1)) => d e.
  by rewrite /f big_ord0 (big_pred1 tt) ?mul1r // => -[].
rewrite mulSn [(2 ^ (L - l0.+1) + _)%N]addnC expnD; apply: (@leq_trans (frank (f k) * @rows F M r w N l0 L k)%N); last first.
  apply: leq_mul; first by rewrite IHk // ltnW.
  have eL : (L - l0.+1 + l0).+1 = L by rewrite -addnS subnK.
  by rewrite -{1}eL; apply: (@rows_le F b M r w w_shared); rewrite eL leq_mul2r lt_k orbT.
apply: leq_trans (frank_mul_le _ _); apply/eq_leq/eq_frank => d e.
by rewrite /f big_ord_recr.
Qed.

Section Witness.
Variables (l0 : nat) (c : nat -> nat -> nat -> nat -> F).
Hypothesis c_low : forall l j, (l < l0)%N ->
  exists h : 'I_(dim l.+1) -> 'I_(dim l) * 'I_(dim l),
    (forall g1 g2 : 'I_(dim l.+1), (g1 < g2)%N ->
      c l j.*2 g1 (h g2).1 * c l j.*2.+1 g1 (h g2).2 = 0) /\
    (forall g : 'I_(dim l.+1), c l j.*2 g (h g).1 * c l j.*2.+1 g (h g).2 = 1).
Hypothesis c_top : forall j g a, c l0 j g a = (a == g)%:R.
Notation witness := (witness b M r l0 c).

Lemma deep_rank_wit L y : (l0 <= L)%N -> (forall l, l0 < l <= L -> 0 < r l)%N ->
  mrank (alternate (2 ^ l0)) (coef r witness (M := M) (n := 2) (L := L) y) = (dim l0 ^ 2 ^ (L - l0))%N.
Proof.
move=> le_l0 r_gt0; rewrite (eq_mrank _ (coef_deep witness y)).
have := @node_rank F b M r l0 c c_low c_top (2 * 2 ^ L) (L - l0) 0 y.
by rewrite subnK // mul1n expnS; apply.
Qed.

Lemma coef_rank_wit n L y : (0 < n)%N -> (l0 < L)%N -> (forall l, l0 < l <= L -> 0 < r l)%N ->
  mrank (alternate (2 ^ l0)) (coef r witness (M := M) (n := n) (L := L) y) =
    (dim l0 ^ (n * 2 ^ (L - l0.+1)))%N.
Proof.
case: n => // n _ lt_l0 r_gt0; have eL : (L - l0.+1 + l0).+1 = L by rewrite -addnS subnK.
have := @nodes_rank F b M r l0 c c_low c_top (n.+1 * 2 ^ L) (L - l0.+1) n.
rewrite eL => <- //; last first.
  by move=> l; case/andP=> l0l lel; apply: r_gt0; rewrite l0l -eL leqW.
apply: eq_mrank => d; have rL : (0 < r L)%N by apply: r_gt0; rewrite lt_l0 leqnn.
have wE a : witness L.+1 0%N y a = (a == 0%N)%:R by rewrite -eL witness_above.
rewrite /coef /net (bigD1 (Ordinal rL)) // wE -[_ == 0%N]/true mul1r big1 => [|a neq_a].
  exact: addr0.
by rewrite wE (_ : (a == 0%N :> nat) = false) ?mul0r //; apply: negbTE.
Qed.

End Witness.
End Networks.
