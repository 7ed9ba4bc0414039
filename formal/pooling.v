From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network.

(******************************************************************************)
(* Pooling geometry: networks whose pooling windows form any tree over the    *)
(* modes, and the rank of their tensors for any partition of the modes.       *)
(*                                                                            *)
(*     ptree == Input v i, the input i with weights v; Product t1 t2, product *)
(*              pooling, channel by channel; Mix v R t, a 1 x 1 convolution   *)
(*              with weights v of the R channels of t. Windows of any size    *)
(*              are iterated products. Nodes that name the same v share their *)
(*              weights                                                       *)
(*  pval w x t g == the value of channel g of t; w v g a are the weights v    *)
(*  ptensor w t y == the tensor of output y                                   *)
(*   modes t == the inputs of t, flat t == t has no Mix in it                 *)
(*  rowcut, colcut, cut == the cheapest cut between row and column modes, the *)
(*              channels of a node being cut once, however many legs: with    *)
(*              the matrices at the top of t on the side of the rows, of the  *)
(*              columns, or on any                                            *)
(*     low t == the product of min(R, M) over the lowest nodes Mix v R t that *)
(*              have inputs on both sides                                     *)
(*                                                                            *)
(* Main results: mrank_cut (all weights), cut_shallow (a bound for the        *)
(* shallow network), pooling_rank (almost all weights), low_windows (a power  *)
(* min(r_0, M)^S where S windows of one width r_0 are split).                 *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Inductive ptree :=
  | Input of nat & nat
  | Product of ptree & ptree
  | Mix of nat & nat & ptree.

Section Value.
Variables (R : comRingType) (w : nat -> nat -> nat -> R) (x : nat -> nat).

Fixpoint pval (t : ptree) (g : nat) : R :=
  match t with
  | Input v i => w v g (x i)
  | Product t1 t2 => pval t1 g * pval t2 g
  | Mix v r t => \sum_(a < r) w v g a * pval t a
  end.

End Value.

Definition ptensor (R : comRingType) w M N t y : tensor M R N := fun d => pval w (ofidx d) t y.

Fixpoint modes t : seq nat :=
  match t with
  | Input _ i => [:: i] | Product t1 t2 => modes t1 ++ modes t2 | Mix _ _ t => modes t end.

Lemma modes_gt0 t : (0 < size (modes t))%N.
Proof. by elim: t => //= t1 IH1 t2 _; rewrite size_cat addn_gt0 IH1. Qed.

Fixpoint flat t :=
  match t with Input _ _ => true | Product t1 t2 => flat t1 && flat t2 | Mix _ _ _ => false end.

Lemma pval_eq (R : comRingType) (w : nat -> nat -> nat -> R) x1 x2 t g :
  {in modes t, x1 =1 x2} -> pval w x1 t g = pval w x2 t g.
Proof.
elim: t g => [v i|t1 IH1 t2 IH2|v r t IHt] g /= eqx; first by rewrite eqx ?inE.
  by rewrite (IH1 g) ?(IH2 g) // => i i_t; apply: eqx; rewrite mem_cat i_t ?orbT.
by apply: eq_bigr => a _; rewrite IHt.
Qed.

(* ------------------------------------------------------------------------ *)
Section Cuts.
Variables (M : nat) (s : pred nat).

(* b: whether the matrices at the top of t are on the side of the rows *)
Fixpoint sidecut (b : bool) t : nat :=
  match t with
  | Input _ i => if s i == b then 1 else M
  | Product t1 t2 => sidecut b t1 * sidecut b t2
  | Mix _ r t => minn (sidecut b t) (r * anycut t)
  end%N
with anycut t : nat :=
  match t with
  | Input _ i => 1
  | Product t1 t2 => anycut t1 * anycut t2
  | Mix _ r t => minn (minn (sidecut true t) (sidecut false t)) (r * anycut t)
  end%N.
End Cuts.

Lemma sidecut_input M s b v i : sidecut M s b (Input v i) = if s i == b then 1%N else M.
Proof. by []. Qed.
Lemma sidecut_product M s b t1 t2 : sidecut M s b (Product t1 t2) = (sidecut M s b t1 * sidecut M s b t2)%N.
Proof. by []. Qed.
Lemma sidecut_mix M s b v r t : sidecut M s b (Mix v r t) = minn (sidecut M s b t) (r * anycut M s t).
Proof. by []. Qed.
Lemma anycut_product M s t1 t2 : anycut M s (Product t1 t2) = (anycut M s t1 * anycut M s t2)%N.
Proof. by []. Qed.
Lemma anycut_mix M s v r t :
  anycut M s (Mix v r t) = minn (minn (sidecut M s true t) (sidecut M s false t)) (r * anycut M s t).
Proof. by []. Qed.
Definition cutE := (sidecut_input, sidecut_product, sidecut_mix, anycut_product, anycut_mix).

Lemma sidecut_predC M s b t : sidecut M (predC s) b t = sidecut M s (~~ b) t /\
  anycut M (predC s) t = anycut M s t.
Proof.
elim: t b => [v i|t1 IH1 t2 IH2|v r t IHt] b; rewrite !cutE /=.
- by split=> //; case: b; case: (s i).
- by have [-> ->] := IH1 b; have [-> ->] := IH2 b.
have [-> ->] := IHt b; have [-> _] := IHt true; have [-> _] := IHt false.
by rewrite [minn (sidecut M s (~~ true) t) _]minnC.
Qed.

Lemma frank_sum_le (F : fieldType) (I J : finType) K (f : 'I_K -> I -> J -> F) D :
  (forall k, frank (f k) <= D)%N -> (frank (fun i j => \sum_k f k i j)%R <= K * D)%N.
Proof.
move=> le_D; have le_sum : (frank (fun i j => \sum_k f k i j)%R <= \sum_k frank (f k))%N.
  rewrite /frank (_ : fmx _ = \sum_k fmx (f k))%R; last first.
    by apply/matrixP=> i j; rewrite summxE !mxE; apply: eq_bigr => k _; rewrite mxE.
  elim/big_rec2: _ => [|k n A _ le_An]; first by rewrite mxrank0.
  by apply: leq_trans (mxrank_add _ _) _; rewrite leq_add2l.
apply: leq_trans le_sum _; rewrite -[K in (K * D)%N]card_ord -sum_nat_const.
by apply: leq_sum => k _.
Qed.

Section Upper.
Variables (F : fieldType) (w : nat -> nat -> nat -> F) (M N : nat).
Notation idx := (idx M N).
Notation val s d e t g := (pval w (ofidx (merge s d e)) t g).

Lemma merge_predC s (d e : idx) : merge (predC s) d e = merge s e d.
Proof. by apply/ffunP=> i; rewrite !ffunE /=; case: (s i). Qed.

Definition rowrank s t G := frank (fun (p : 'I_G * idx) (e : idx) => val s p.2 e t p.1).

Lemma frank_const_le (I J : finType) (u : I -> F) : (frank (fun (i : I) (_ : J) => u i) <= 1)%N.
Proof.
rewrite -[X in (_ <= X)%N]card_unit.
apply: (frank_le_card (u := fun i (_ : unit) => u i) (v := fun _ _ => 1)) => i j.
by rewrite (big_pred1 tt) ?mulr1 // => -[].
Qed.

Lemma row_le_input s v i G : (i < N)%N -> (rowrank s (Input v i) G <= sidecut M s true (Input v i))%N.
Proof.
move=> lt_i; rewrite /rowrank cutE; case: (boolP (s i)) => si /=.
  rewrite (@eq_frank _ _ _ _ (fun (p : 'I_G * idx) (_ : idx) => w v p.1 (ofidx p.2 i))).
    exact: frank_const_le.
  by move=> p e; rewrite ofidx_merge si.
rewrite -[X in (_ <= X)%N]card_ord.
apply: (frank_le_card (u := fun (p : 'I_G * idx) (k : 'I_M) => w v p.1 k)
  (v := fun k (e : idx) => (k == e (Ordinal lt_i))%:R)) => p e.
rewrite ofidx_merge (negbTE si) (ofidx_lt _ lt_i) (bigD1 (e (Ordinal lt_i))) //= eqxx mulr1 big1 ?addr0 //.
by move=> k /negbTE->; rewrite mulr0.
Qed.

Lemma any_le_input s v i g : (mrank s (ptensor w (Input v i) g : tensor M F N) <= 1)%N.
Proof.
rewrite /mrank /ptensor /=; case: (boolP (s i)) => si.
  rewrite (@eq_frank _ _ _ _ (fun (d _ : idx) => w v g (ofidx d i))); first exact: frank_const_le.
  by move=> d e; rewrite ofidx_merge si.
rewrite -frank_tr (@eq_frank _ _ _ _ (fun (d _ : idx) => w v g (ofidx d i))); first exact: frank_const_le.
by move=> d e; rewrite ofidx_merge (negbTE si).
Qed.

Lemma row_mix_le s v r t G : (rowrank s (Mix v r t) G <= rowrank s t r)%N.
Proof.
rewrite /rowrank -frank_tr -[X in (_ <= X)%N]frank_tr.
apply: leq_trans (frank_comb_le (fun (e : idx) (p : 'I_r * idx) => val s p.2 e t p.1)
  (fun a (p : 'I_G * idx) => (a, p.2)) (fun a p => w v p.1 a)).
exact/eq_leq/eq_frank.
Qed.

Lemma any_row_le s t g : (mrank s (ptensor w t g : tensor M F N) <= rowrank s t g.+1)%N.
Proof.
apply: leq_trans (frank_reindex (fun d : idx => (@ord_max g, d)) (fun e : idx => e)
  (fun (p : 'I_g.+1 * idx) (e : idx) => val s p.2 e t p.1)).
exact/eq_leq/eq_frank.
Qed.

Lemma any_col_le s t g : (mrank s (ptensor w t g : tensor M F N) <= rowrank (predC s) t g.+1)%N.
Proof. by rewrite -mrank_predC; apply: any_row_le. Qed.

Lemma cuts_le t s : all (gtn N) (modes t) ->
  (forall G, rowrank s t G <= sidecut M s true t)%N /\
  (forall g, mrank s (ptensor w t g : tensor M F N) <= anycut M s t)%N.
Proof.
elim: t s => [v i|t1 IH1 t2 IH2|v r t IHt] s; rewrite ?cutE /=.
- by rewrite andbT => lt_i; split=> [G|g]; [apply: row_le_input | apply: any_le_input].
- rewrite all_cat => /andP[/(IH1 s)[row1 any1] /(IH2 s)[row2 any2]]; split=> [G|g].
    apply: leq_trans (leq_mul (row1 G) (row2 G)); apply: leq_trans (frank_mul_le _ _).
    exact/eq_leq/eq_frank.
  apply: leq_trans (leq_mul (any1 g) (any2 g)); apply: leq_trans (frank_mul_le _ _).
  exact/eq_leq/eq_frank.
move=> lt_N; have [row any] := IHt s lt_N; have [col _] := IHt (predC s) lt_N.
have le_rows G : (rowrank s (Mix v r t) G <= r * anycut M s t)%N.
  apply: leq_trans (frank_sum_le (f := fun a (p : 'I_G * idx) (e : idx) => w v p.1 a * val s p.2 e t a) _).
    exact/eq_leq/eq_frank.
  move=> a; apply: leq_trans (frank_mul_le _ _) _; rewrite -[X in (_ <= X)%N]mul1n.
  apply: leq_mul; first exact: frank_const_le.
  apply: leq_trans (any a).
  apply: leq_trans (frank_reindex (fun p : 'I_G * idx => p.2) (fun e : idx => e)
    (fun d e : idx => val s d e t a)).
  exact/eq_leq/eq_frank.
split=> [G|g]; first by rewrite leq_min le_rows (leq_trans (row_mix_le _ _ _ _ _)).
rewrite !leq_min (leq_trans (any_row_le _ _ _)) ?(leq_trans (row_mix_le _ _ _ _ _)) //=.
rewrite (leq_trans (any_col_le _ _ _)) ?(leq_trans (row_mix_le _ _ _ _ _)) //=; last first.
  by apply: leq_trans (col _) _; have [-> _] := sidecut_predC M s true t.
exact: leq_trans (any_row_le _ _ _) (le_rows _).
Qed.

(* For all weights, shared in any way, and every partition. *)
Theorem mrank_cut t s y : all (gtn N) (modes t) ->
  (mrank s (ptensor w t y : tensor M F N) <= anycut M s t)%N.
Proof. by case/(cuts_le s). Qed.

End Upper.

(* The shallow network: all its inputs in one window of Z channels. *)
Fixpoint window v i l := if l is i' :: l' then Product (Input v i) (window v i' l') else Input v i.

Lemma modes_window v i l : modes (window v i l) = i :: l.
Proof. by elim: l i => //= i' l IHl i; rewrite IHl. Qed.

Corollary cut_shallow (F : fieldType) (w : nat -> nat -> nat -> F) M N s v v' Z i l y :
    all (gtn N) (i :: l) ->
  (mrank s (ptensor w (Mix v Z (window v' i l)) y : tensor M F N) <= Z)%N.
Proof.
move=> lt_N; have lt_N' : all (gtn N) (modes (Mix v Z (window v' i l))) by rewrite /= modes_window.
apply: leq_trans (mrank_cut w M s y lt_N') _.
rewrite cutE geq_min; apply/orP; right; rewrite -[X in (_ <= X)%N]muln1 leq_mul2l; apply/orP; right.
by elim: l i {lt_N lt_N'} => //= i' l IHl i; rewrite cutE mul1n IHl.
Qed.

(* ------------------------------------------------------------------------ *)
Section Lower.
Variables (F : fieldType) (M N : nat) (s : pred nat) (role : nat -> nat).
Hypothesis M_gt0 : (0 < M)%N.
Notation idx := (idx M N).

(* role v: 0 for inputs, 1 for the lowest nodes, 2 for the nodes above them *)
Definition pwit (v g a : nat) : F :=
  match role v with 0%N => (g == a)%:R | 1%N => 1 | _ => (a == 0%N)%:R end.

Fixpoint fits t : bool :=
  match t with
  | Input v i => role v == 0%N
  | Product t1 t2 => fits t1 && fits t2
  | Mix v r t => [&& (0 < r)%N, role v == (if flat t then 1 else 2)%N & fits t]
  end.

Definition straddles t := has s (modes t) && has (predC s) (modes t).

Fixpoint low t : nat :=
  match t with
  | Input _ _ => 1
  | Product t1 t2 => low t1 * low t2
  | Mix _ r t => if flat t then (if straddles t then minn r M else 1) else low t
  end%N.

Lemma pval_flat (x : nat -> nat) t g : flat t -> fits t ->
  pval pwit x t g = (all (fun i => x i == g) (modes t))%:R.
Proof.
elim: t => [v i|t1 IH1 t2 IH2|//] /=.
  by move=> _ /eqP role_v; rewrite /pwit role_v andbT eq_sym.
move=> /andP[f1 f2] /andP[v1 v2]; rewrite IH1 // IH2 // all_cat.
by case: all; rewrite ?mul1r ?mul0r.
Qed.

Definition mixm (m : seq nat) (d1 d2 : idx) : idx := [ffun i : 'I_N => if val i \in m then d1 i else d2 i].

Lemma ofidx_mixm m d1 d2 i : ofidx (mixm m d1 d2) i = if i \in m then ofidx d1 i else ofidx d2 i.
Proof.
rewrite /ofidx; case: insubP => [i' _ /= <-|_] /=; last by case: ifP.
by rewrite ffunE; case: ifP.
Qed.

Lemma mrank_product w t1 t2 g : uniq (modes t1 ++ modes t2) ->
  mrank s (ptensor (R := F) w (Product t1 t2) g : tensor M F N) =
  (mrank s (ptensor w t1 g : tensor M F N) * mrank s (ptensor w t2 g : tensor M F N))%N.
Proof.
rewrite cat_uniq => /and3P[_ /hasPn disj _].
apply: (frank_prod (p1 := id) (q1 := id) (p2 := id) (q2 := id)
  (a := mixm (modes t1)) (b := mixm (modes t1))) => // d1 d2 e1 e2.
have mergeE : merge s (mixm (modes t1) d1 d2) (mixm (modes t1) e1 e2) =
    mixm (modes t1) (merge s d1 e1) (merge s d2 e2).
  by apply/ffunP=> i; rewrite !ffunE; case: ifP => _; case: ifP.
rewrite mergeE /ptensor /=; congr (_ * _); apply: pval_eq => i i_t; rewrite ofidx_mixm.
  by rewrite i_t.
have not_t : i \notin modes t1 by exact: disj.
by rewrite (negbTE not_t).
Qed.

(* the index whose entries are all a *)
Definition constant (a : 'I_M) : idx := [ffun=> a].

Lemma ofidx_merge_const a b i : (i < N)%N ->
  ofidx (merge s (constant a) (constant b)) i = if s i then val a else val b.
Proof. by move=> lt_i; rewrite (ofidx_lt _ lt_i) !ffunE /=; case: ifP. Qed.

Lemma low_window v r t g : flat t -> fits (Mix v r t) -> all (gtn N) (modes t) ->
  (low (Mix v r t) <= mrank s (ptensor pwit (Mix v r t) g : tensor M F N))%N.
Proof.
move=> flat_t /and3P[r_gt0]; rewrite flat_t => /eqP role_v fits_t lt_N /=; rewrite flat_t.
have valE (a b : 'I_M) : ptensor pwit (Mix v r t) g (merge s (constant a) (constant b)) =
    \sum_(c < r) (all (fun i => (if s i then val a else val b) == c) (modes t))%:R.
  have wE c : pwit v g c = 1 by rewrite /pwit role_v.
  apply: eq_bigr => c _; rewrite wE mul1r -/(pval pwit _ t c) pval_flat //; congr (_%:R); congr nat_of_bool.
  by apply: eq_in_all => i i_t; rewrite ofidx_merge_const //; apply: (allP lt_N).
case: (boolP (straddles t)) => [/andP[/hasP[i1 i1_t s1] /hasP[i2 i2_t /= s2]]|_].
  have lt_M (a : 'I_(minn r M)) : (a < M)%N by apply: leq_trans (ltn_ord a) (geq_minr _ _).
  have lt_r (a : 'I_(minn r M)) : (a < r)%N by apply: leq_trans (ltn_ord a) (geq_minl _ _).
  apply: (frank_minor (g := fun a => constant (Ordinal (lt_M a))) (h := fun a => constant (Ordinal (lt_M a)))).
  rewrite (_ : \matrix_(a, b) _ = 1%:M) ?det1 ?oner_eq0 //; apply/matrixP=> a b; rewrite !mxE valE /=.
  rewrite (bigD1 (Ordinal (lt_r a))) //= big1 => [|c neq_c].
    rewrite addr0; congr (_%:R); congr nat_of_bool; apply/allP/eqP => [eq_all|-> i _]; last by rewrite if_same.
    by apply/val_inj/esym/eqP; have := eq_all _ i2_t; rewrite (negbTE s2).
  case: allP => // /(_ _ i1_t); rewrite s1 => /eqP eq_a.
  by case/eqP: neq_c; apply/val_inj; rewrite /= -eq_a.
apply: (frank_minor (g := fun _ : 'I_1 => constant (Ordinal M_gt0)) (h := fun _ => constant (Ordinal M_gt0))).
rewrite (_ : \matrix_(a, b) _ = 1%:M) ?det1 ?oner_eq0 //; apply/matrixP=> a b; rewrite !mxE valE !ord1 eqxx /=.
rewrite (bigD1 (Ordinal r_gt0)) //= big1 => [|c neq_c].
  by rewrite addr0; case: allP => // -[] i _; case: ifP.
case: allP => // /(_ _ (mem_nth 0%N (modes_gt0 t))); rewrite if_same => /eqP eq_0.
by case/eqP: neq_c; apply/val_inj; rewrite /= -eq_0.
Qed.

Lemma low_le t : fits t -> all (gtn N) (modes t) -> uniq (modes t) ->
  (low t <= mrank s (ptensor pwit t 0 : tensor M F N))%N.
Proof.
elim: t => [v i|t1 IH1 t2 IH2|v r t IHt].
- rewrite /= andbT => /eqP role_v lt_i _.
  apply: (frank_minor (g := fun _ : 'I_1 => constant (Ordinal M_gt0)) (h := fun _ => constant (Ordinal M_gt0))).
  rewrite (_ : \matrix_(a, b) _ = 1%:M) ?det1 ?oner_eq0 //; apply/matrixP=> a b; rewrite !mxE !ord1 eqxx.
  by rewrite /ptensor /= ofidx_merge_const // if_same /pwit role_v.
- move=> /= /andP[f1 f2]; rewrite all_cat => /andP[n1 n2] u12; rewrite mrank_product //.
  by move: u12; rewrite cat_uniq => /and3P[u1 _ u2]; rewrite leq_mul ?IH1 ?IH2.
case: (boolP (flat t)) => [flat_t fits_t lt_N _|/negbTE flat_t]; first exact: low_window.
rewrite /= flat_t => /and3P[r_gt0 /eqP role_v fits_t] lt_N uniq_t.
apply: leq_trans (IHt fits_t lt_N uniq_t) _; apply/eq_leq/eq_mrank => d.
have wE c : pwit v 0 c = (c == 0%N)%:R by rewrite /pwit role_v.
rewrite /ptensor /= (bigD1 (Ordinal r_gt0)) //= wE mul1r big1 ?addr0 // => c.
by rewrite -val_eqE /= wE => /negbTE->; rewrite mul0r.
Qed.

End Lower.

(* ------------------------------------------------------------------------ *)
(* Parameters w (v, g, a) for v < V, g < G and a < A, where V, G and A bound  *)
(* the names, channels and lengths that t has.                                *)
Section Generic.
Variables (F : fieldType) (M N V G A : nat) (s : pred nat) (role : nat -> nat).
Hypothesis M_gt0 : (0 < M)%N.
Hypothesis le_MA : (M <= A)%N.

Definition readw (w : 'I_V * 'I_G * 'I_A -> F) (v g a : nat) : F :=
  match (insub v : option 'I_V), (insub g : option 'I_G), (insub a : option 'I_A) with
  | Some v', Some g', Some a' => w (v', g', a') | _, _, _ => 0 end.

Fixpoint bounded t : bool :=
  match t with
  | Input v i => (v < V)%N
  | Product t1 t2 => bounded t1 && bounded t2
  | Mix v r t => [&& (v < V)%N, (r <= G)%N, (r <= A)%N & bounded t]
  end.

Lemma readwE (wit : nat -> nat -> nat -> F) v g a : (v < V)%N -> (g < G)%N -> (a < A)%N ->
  readw (fun t => wit t.1.1 t.1.2 t.2) v g a = wit v g a.
Proof. by move=> lt_v lt_g lt_a; rewrite /readw !insubT. Qed.

Lemma polynomial_readw v g a : polynomial (fun w => readw w v g a).
Proof.
rewrite /readw; case: (insub v : option 'I_V) => [v'|]; last exact: polynomial_const.
case: (insub g : option 'I_G) => [g'|]; last exact: polynomial_const.
case: (insub a : option 'I_A) => [a'|]; last exact: polynomial_const.
exact: polynomial_var.
Qed.

Lemma pval_read (wit : nat -> nat -> nat -> F) (x : nat -> nat) t g :
    bounded t -> (g < G)%N -> (forall i, i \in modes t -> x i < A)%N ->
  pval (readw (fun t => wit t.1.1 t.1.2 t.2)) x t g = pval wit x t g.
Proof.
elim: t g => [v i|t1 IH1 t2 IH2|v r t IHt] g /=.
- by move=> lt_v lt_g lt_x; rewrite readwE ?lt_x ?inE.
- move=> /andP[b1 b2] lt_g lt_x; rewrite IH1 ?IH2 // => i i_t; apply: lt_x; rewrite mem_cat i_t ?orbT //.
move=> /and4P[lt_v le_G le_A b_t] lt_g lt_x; apply: eq_bigr => a _.
by rewrite readwE ?IHt // (leq_trans (ltn_ord a)).
Qed.

Theorem pooling_rank v r t y :
    fits role (Mix v r t) -> bounded (Mix v r t) -> (y < G)%N ->
    all (gtn N) (modes t) -> uniq (modes t) ->
  generic (fun w : 'I_V * 'I_G * 'I_A -> F =>
    (low M s (Mix v r t) <= mrank s (ptensor (readw w) (Mix v r t) y : tensor M F N))%N).
Proof.
move=> fits_t bounded_t lt_y lt_N uniq_t; set T := Mix v r t.
pose w0 (p : 'I_V * 'I_G * 'I_A) := pwit F role p.1.1 p.1.2 p.2.
apply: (@generic_frank_ge _ _ _ _ (fun w d e => ptensor (readw w) T y (merge s d e)) w0).
  move=> d e; rewrite /ptensor; elim: T y {lt_y} => [v' i|t1 IH1 t2 IH2|v' r' t' IHt] y /=.
  - exact: polynomial_readw.
  - exact: polynomialM.
  apply: polynomial_sum => a; apply: polynomialM => //.
  exact: polynomial_readw.
have role_v : role v != 0%N by case/and3P: fits_t => _ /eqP-> _; case: ifP.
apply: leq_trans (low_le F s M_gt0 fits_t lt_N uniq_t) _; apply/eq_leq/eq_mrank => d.
rewrite /ptensor pval_read // => [|i i_t].
  by apply: eq_bigr => a _; congr (_ * _); rewrite /pwit; case: (role v) role_v => // -[].
have lt_i : (i < N)%N := allP lt_N _ i_t.
by rewrite (ofidx_lt _ lt_i) (leq_trans (ltn_ord _)).
Qed.

End Generic.

(* Where the lowest nodes are windows of one width r0: min(r0, M)^S, S the    *)
(* number of those that are split.                                            *)
Fixpoint splits (s : pred nat) t : nat :=
  match t with
  | Input _ _ => 0
  | Product t1 t2 => splits s t1 + splits s t2
  | Mix _ _ t => if flat t then nat_of_bool (straddles s t) else splits s t
  end%N.

Fixpoint widths r0 t : bool :=
  match t with
  | Input _ _ => true
  | Product t1 t2 => widths r0 t1 && widths r0 t2
  | Mix _ r t => if flat t then r == r0 else widths r0 t
  end.

Theorem low_windows M s r0 t : widths r0 t -> low M s t = (minn r0 M ^ splits s t)%N.
Proof.
elim: t => [v i|t1 IH1 t2 IH2|v r t IHt] //=.
  by move=> /andP[w1 w2]; rewrite IH1 // IH2 // expnD.
by case: ifP => // _ /eqP->; case: straddles; rewrite ?expn1.
Qed.

(* Four inputs, pooled in two windows of two and a last one.                  *)
Section FourInputs.
Variables (F : fieldType) (w : nat -> nat -> nat -> F) (M r0 r1 : nat) (vw vV vW vA vB vC vD y : nat).

Definition four : ptree := Mix vw r1 (Product
  (Mix vV r0 (Product (Input vA 0) (Input vB 1))) (Mix vW r0 (Product (Input vC 2) (Input vD 3)))).

(* Across the two windows the channels of the last one are a cut.             *)
Theorem four_apart : (mrank (fun i => i < 2)%N (ptensor w four y : tensor M F 4) <= r1)%N.
Proof.
have lt_N : all (gtn 4%N) (modes four) by [].
apply: leq_trans (mrank_cut w M (fun i => i < 2)%N y lt_N) _.
rewrite anycut_mix geq_min; apply/orP; right; rewrite -[X in (_ <= X)%N]muln1 leq_mul2l; apply/orP; right.
by rewrite anycut_product -[1%N]/(1 * 1)%N leq_mul // anycut_mix !geq_min !cutE /= ?leqnn ?orbT.
Qed.

(* Across windows that are both split, their channels, whatever is above.     *)
Theorem four_split : (mrank (fun i => ~~ odd i) (ptensor w four y : tensor M F 4) <= r0 * r0)%N.
Proof.
have lt_N : all (gtn 4%N) (modes four) by [].
apply: leq_trans (mrank_cut w M (fun i => ~~ odd i) y lt_N) _.
rewrite anycut_mix !geq_min sidecut_product !sidecut_mix; apply/orP; left; apply/orP; left.
by rewrite leq_mul // geq_min; apply/orP; right; rewrite !cutE /= ?muln1.
Qed.

End FourInputs.
