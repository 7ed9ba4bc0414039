From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth capacity approximation.
From Proofkit Require Import rectifier rectifier_depth rectifier_region.

(******************************************************************************)
(* Deep rectifier networks with average pooling over pairs: their tensors are *)
(* sums of a function of the first half of the modes and one of the second,   *)
(* so that across partitions that split both halves ranks add, and no depth   *)
(* or width makes the networks universal.                                     *)
(*                                                                            *)
(*   anode r w x l j g == channel g of node j at level l, at the index x;     *)
(*              weights as in network.v, max(a, 0) + max(b, 0) for a * b      *)
(*   adeep M r L y w == the tensor of output y, N = 2^(L+1) inputs            *)
(*   modes_in s b == the number of modes where s and b hold                   *)
(*   wagree L l j g a == weights of a network with M + 1 channels at every    *)
(*              level, whose rank is as large as it can be                    *)
(*                                                                            *)
(* Main results: additive_adeep (additive across the two halves), mrank_sum   *)
(* and mrank_sum_rows (the rank of a sum of functions of two blocks, at most  *)
(* M^min(|I_1|, |J_1|) + M^min(|I_2|, |J_2|) and M^|I_1| + M^|I_2| - 1),      *)
(* mrank_adeep (the deep network, for every partition), mrank_adeep_odd       *)
(* (2 M^(N/4) - 1 for odd and even modes), adeep_attained (by some network),  *)
(* adeep_not_dense and avgshallow_not_dense.                                  *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Network.
Variables (F : realFieldType) (r : nat -> nat) (w : nat -> nat -> nat -> nat -> F) (x : nat -> nat).

Fixpoint anode (l j g : nat) : F :=
  if l is l'.+1 then
    \sum_(a < r l') w l j g a * (relu (anode l' j.*2 a) + relu (anode l' j.*2.+1 a))
  else w 0%N j g (x j).

End Network.

(* Node j at level l reads the modes i with i / 2^l = j. *)
Lemma eq_anode (F : realFieldType) r (w : nat -> nat -> nat -> nat -> F) (x1 x2 : nat -> nat) l j g :
  (forall i, (i %/ 2 ^ l)%N = j -> x1 i = x2 i) -> anode r w x1 l j g = anode r w x2 l j g.
Proof.
elim: l j g => [|l IHl] j g /= eqx; first by rewrite eqx // expn0 divn1.
by apply: eq_bigr => a _; rewrite !(IHl _ a) // => i ij; apply: eqx; [apply: blockr | apply: blockl].
Qed.

(* ------------------------------------------------------------------------ *)
(* A function of the modes in b added to one of the others.                   *)
Section Sum.
Variables (F : realFieldType) (m N : nat).
Notation M := m.+1.
Notation idx := (idx M N).
Implicit Types s b : pred nat.

Definition modes_in s b := #|[pred i : 'I_N | s i && b i]|.

(* the indices of the modes in s and b, and what becomes of an index *)
Notation part s b := ({ffun {i : 'I_N | s i && b i} -> 'I_M}).
Definition restrict s b (d : idx) : part s b := [ffun i => d (val i)].
Definition extend s b (q : part s b) : idx :=
  [ffun i : 'I_N => if insub i is Some i' then q i' else ord0].

Lemma extendK s b (d : idx) i : s (val i) && b (val i) -> extend (restrict s b d) i = d i.
Proof. by move=> sbi; rewrite ffunE (insubT (fun i : 'I_N => s i && b i) sbi) ffunE. Qed.

Lemma card_part s b : #|{: part s b}| = (M ^ modes_in s b)%N.
Proof. by rewrite card_ffun card_ord card_sig. Qed.

Lemma reads_extend s b (X : tensor M F N) d e : reads b X ->
  X (merge s d e) = X (merge s (extend (restrict s b d)) e).
Proof.
by apply=> i bi; rewrite [LHS]ffunE [RHS]ffunE; case: ifP => // si; rewrite extendK // si.
Qed.

(* Both blocks have the constants, which count once. *)
Theorem mrank_sum_rows s b (A : tensor M F N) : additive b A ->
  (mrank s A <= (M ^ modes_in s b + M ^ modes_in s (predC b)).-1)%N.
Proof.
case=> X [Y [Xb Yb AE]]; pose o : part s b := restrict s b [ffun=> ord0].
pose K := [finType of {q : part s b | q != o} + part s (predC b)].
have card_K : #|K| = (M ^ modes_in s b + M ^ modes_in s (predC b)).-1.
  by rewrite card_sum card_sig cardC1 !card_part -[in RHS](prednK (_ : 0 < M ^ modes_in s b)%N) ?expn_gt0.
rewrite -card_K; apply: (frank_le_card
  (u := fun d (k : K) => match k with
    | inl q => (restrict s b d == val q)%:R | inr q => (restrict s (predC b) d == q)%:R end)
  (v := fun (k : K) e => match k with
    | inl q => X (merge s (extend (val q)) e) - X (merge s (extend o) e)
    | inr q => Y (merge s (extend q) e) + X (merge s (extend o) e) end)) => d e.
rewrite big_sumType /= [X in _ + X](bigD1 (restrict s (predC b) d)) //= eqxx mul1r.
rewrite [X in _ + (_ + X)]big1 ?addr0 => [|q /negbTE neq]; last by rewrite eq_sym neq mul0r.
rewrite AE (reads_extend s d e Xb) (reads_extend s d e Yb) addrCA [RHS]addrC; congr (_ + _).
have [eq_o|neq_o] := eqVneq (restrict s b d) o.
  by rewrite eq_o big1 ?add0r // => q _; rewrite eq_sym (negbTE (valP q)) mul0r.
rewrite (bigD1 (exist _ (restrict s b d) neq_o)) //= eqxx mul1r big1 ?addr0 => [|q neq].
  by rewrite subrK.
by rewrite -val_eqE eq_sym in neq; rewrite (negbTE neq) mul0r.
Qed.

Lemma mrank_reads_rows s b (X : tensor M F N) : reads b X -> (mrank s X <= M ^ modes_in s b)%N.
Proof.
move=> Xb; rewrite -card_part; apply: (frank_le_card
  (u := fun d (q : part s b) => (restrict s b d == q)%:R)
  (v := fun (q : part s b) e => X (merge s (extend q) e))) => d e.
rewrite (bigD1 (restrict s b d)) //= eqxx mul1r big1 ?addr0 => [|q /negbTE neq]; first exact: reads_extend.
by rewrite eq_sym neq mul0r.
Qed.

Lemma mrank_reads s b (X : tensor M F N) : reads b X ->
  (mrank s X <= M ^ minn (modes_in s b) (modes_in (predC s) b))%N.
Proof.
by move=> Xb; rewrite /minn; case: ifP => _; last rewrite -mrank_predC; apply: mrank_reads_rows.
Qed.

(* The ranks of two blocks add. *)
Theorem mrank_sum s b (A : tensor M F N) : additive b A ->
  (mrank s A <= M ^ minn (modes_in s b) (modes_in (predC s) b) +
                M ^ minn (modes_in s (predC b)) (modes_in (predC s) (predC b)))%N.
Proof.
case=> X [Y [Xb Yb AE]]; rewrite (eq_mrank _ AE); apply: leq_trans (frank_add_le _ _) _.
by apply: leq_add; apply: mrank_reads.
Qed.

End Sum.

(* ------------------------------------------------------------------------ *)
Section Deep.
Variables (F : realFieldType) (y : nat).

Definition adeep M r L (w : nat -> nat -> nat -> nat -> F) : tensor M F (2 * 2 ^ L) :=
  fun d => anode r w (ofidx d) L.+1 0 y.

Definition first_half L : pred nat := fun i => (i < 2 ^ L)%N.

Theorem additive_adeep M r L w : additive (first_half L) (@adeep M r L w).
Proof.
exists (fun d => \sum_(a < r L) w L.+1 0%N y a * relu (anode r w (ofidx d) L 0 a)),
  (fun d => \sum_(a < r L) w L.+1 0%N y a * relu (anode r w (ofidx d) L 1 a)).
have eq_index (d e : idx M (2 * 2 ^ L)) i :
    (forall lt_i : (i < 2 * 2 ^ L)%N, d (Ordinal lt_i) = e (Ordinal lt_i)) -> ofidx d i = ofidx e i.
  move=> eq_i; rewrite /ofidx; case: insubP => //= i' lt_i ei; congr val.
  by have -> : i' = Ordinal lt_i by apply/val_inj.
split=> [d e eq_de|d e eq_de|d].
- apply: eq_bigr => a _; congr (_ * relu _); apply: eq_anode => i i0; apply: eq_index => lt_i; apply: eq_de.
  by rewrite /first_half /= -[X in (_ < X)%N]mul1n -ltn_divLR ?expn_gt0 // i0.
- apply: eq_bigr => a _; congr (_ * relu _); apply: eq_anode => i i1; apply: eq_index => lt_i; apply: eq_de.
  by rewrite /first_half /= -leqNgt -[X in (X <= _)%N]mul1n -leq_divRL ?expn_gt0 // i1.
by rewrite /adeep /= -big_split; apply: eq_bigr => a _; rewrite mulrDr.
Qed.

(* Across any partition, whatever the widths. *)
Theorem mrank_adeep m r L w s (n := modes_in (2 * 2 ^ L)) :
  (mrank s (@adeep m.+1 r L w) <=
    m.+1 ^ minn (n s (first_half L)) (n (predC s) (first_half L)) +
    m.+1 ^ minn (n s (predC (first_half L))) (n (predC s) (predC (first_half L))))%N.
Proof. exact/mrank_sum/additive_adeep. Qed.

Lemma odd_in_halves L : modes_in (2 * 2 ^ L.+1) oddmodes (first_half L.+1) = (2 ^ L)%N /\
  modes_in (2 * 2 ^ L.+1) oddmodes (predC (first_half L.+1)) = (2 ^ L)%N.
Proof.
have half n : uphalf (2 ^ n.+1) = (2 ^ n)%N by rewrite expnS mul2n uphalf_half odd_double doubleK.
have count b : modes_in (2 * 2 ^ L.+1) oddmodes b = cnt (predI oddmodes b) (2 ^ L.+1 + 2 ^ L.+1).
  by rewrite -(card_modes (predI oddmodes b)) addnn -mul2n.
rewrite !count !cntD; split.
  rewrite -(half L) -cnt_oddmodes -[RHS]addn0; congr (_ + _)%N.
    by apply/eq_in_count => i; rewrite mem_iota add0n /= andbC /first_half => ->.
  by apply/eqP; rewrite -leqn0 leqNgt -has_count -all_predC; apply/allP => i _ /=;
    rewrite /shift /= /first_half ltnNge leq_addr andbF.
rewrite -(half L) -cnt_oddmodes -[RHS]add0n; congr (_ + _)%N.
  apply/eqP; rewrite -leqn0 leqNgt -has_count -all_predC; apply/allP => i; rewrite mem_iota add0n => /andP[_ lt_i].
  by rewrite /= /first_half lt_i andbF.
apply: eq_cnt => i; rewrite /shift /= /first_half -leqNgt leq_addr andbT.
by rewrite -[LHS]/(shift (2 ^ L.+1) oddmodes i) shift_even // expnS mul2n odd_double.
Qed.

(* Odd and even modes, N = 4 * 2^L >= 4 inputs: 2 M^(N/4) - 1, where product  *)
(* pooling reaches M^(N/2).                                                   *)
Theorem mrank_adeep_odd m r L w : (mrank oddmodes (@adeep m.+1 r L.+1 w) <= (2 * m.+1 ^ 2 ^ L).-1)%N.
Proof.
by have [n1 n2] := odd_in_halves L; have := mrank_sum_rows oddmodes (additive_adeep m.+1 r L.+1 w); rewrite n1 n2 addnn -mul2n.
Qed.

End Deep.

(* ------------------------------------------------------------------------ *)
(* Additive tensors are not everything, and not dense.                        *)
Theorem not_dense (F : realFieldType) m N (b : pred nat) (i1 i2 : 'I_N) : b i1 -> ~~ b i2 ->
  exists A : tensor m.+2 F N, forall B, additive b B -> exists d, 4%:R^-1 <= `|B d - A d|.
Proof.
move=> b1 b2; pose z : idx m.+2 N := [ffun=> ord0]; pose o : idx m.+2 N := [ffun=> ord_max].
exists (fun d => (d == z)%:R) => B /additive_merge[X [Y BE]]; pose D d := B d - (d == z)%:R.
have ne d e i : merge b d e i != z i -> (merge b d e == z) = false by apply: contraNF => /eqP->.
have sumD : D (merge b z o) + D (merge b o z) - D (merge b z z) - D (merge b o o) = 1.
  rewrite /D !BE (ne z o i2) ?(ne o z i1) ?(ne o o i1) ?ffunE ?b1 ?(negbTE b2) ?ffunE // !subr0.
  rewrite (_ : merge b z z = z) ?eqxx; last by apply/ffunP => i; rewrite !ffunE if_same.
  have -> : X z + Y o + (X o + Y z) = (X z + Y z) + (X o + Y o) by rewrite [X o + Y z]addrC addrACA [Y o + X o]addrC.
  by rewrite opprB addrAC addrK addrC subrK.
have [ge1|lt1] := leP 4%:R^-1 `|D (merge b z o)|; first by exists (merge b z o).
have [ge2|lt2] := leP 4%:R^-1 `|D (merge b o z)|; first by exists (merge b o z).
have [ge3|lt3] := leP 4%:R^-1 `|D (merge b z z)|; first by exists (merge b z z).
have [ge4|lt4] := leP 4%:R^-1 `|D (merge b o o)|; first by exists (merge b o o).
have : `|D (merge b z o) + D (merge b o z) - D (merge b z z) - D (merge b o o)| < 4%:R^-1 *+ 4.
  rewrite 3!mulrSr mulr1n.
  by do 3![apply: le_lt_trans (ler_norm_add _ _) (ltr_add _ _); rewrite ?normrN //].
by rewrite sumD normr1 -[_ *+ 4]mulr_natr mulVf ?ltxx // pnatr_eq0.
Qed.

(* In particular deep networks of any widths come no nearer. *)
Corollary adeep_not_dense (F : realFieldType) m L : exists A : tensor m.+2 F (2 * 2 ^ L),
  forall y r w, exists d, 4%:R^-1 <= `|adeep y r w d - A d|.
Proof.
have lt0 : (0 < 2 * 2 ^ L)%N by rewrite muln_gt0 expn_gt0.
have lt1 : (2 ^ L < 2 * 2 ^ L)%N by rewrite mul2n -addnn -[X in (X < _)%N]add0n ltn_add2r expn_gt0.
have [|//|A farA] := @not_dense F m _ (first_half L) (Ordinal lt0) (Ordinal lt1).
- exact: expn_gt0.
- by rewrite /first_half /= ltnn.
by exists A => y r w; apply/farA/additive_adeep.
Qed.

Corollary avgshallow_not_dense (F : realFieldType) m N : (1 < N)%N -> exists A : tensor m.+2 F N,
  forall Z (c : 'I_Z -> F) v, exists d, 4%:R^-1 <= `|avgshallow c v d - A d|.
Proof.
move=> N_gt1; have [//|//|A farA] := @not_dense F m N (fun i => i == 0%N) (Ordinal (ltnW N_gt1)) (Ordinal N_gt1).
by exists A => Z c v; apply/farA/additive_avgshallow.
Qed.

(* ------------------------------------------------------------------------ *)
(* The bound for odd and even modes is attained.                              *)
Lemma frank_free (F : fieldType) (I J : finType) (f : I -> J -> F) :
  (forall x : I -> F, (forall j, \sum_i x i * f i j = 0) -> forall i, x i = 0) -> frank f = #|I|.
Proof.
move=> indep; apply/eqP/inj_row_free => v v0; apply/rowP=> k; rewrite mxE -[k]enum_valK.
apply: (indep (fun i => v ord0 (enum_rank i))) => j.
have /rowP/(_ (enum_rank j)) := v0; rewrite !mxE => {2}<-.
rewrite (reindex_onto enum_val enum_rank) => [|i _]; last exact: enum_rankK.
by apply: eq_big => i; rewrite ?enum_valK ?eqxx // => _; rewrite mxE enum_rankK.
Qed.

(* in how many entries two pairs agree *)
Definition agreements (F : ringType) (P : finType) (p q : P * P) : F := (p.1 == q.1)%:R + (p.2 == q.2)%:R.

Lemma frank_agree (F : numFieldType) (P : finType) (o : P) :
  ((2 * #|P|).-1 <= frank (@agreements F P))%N.
Proof.
pose Q := [finType of {a : P | a != o} + P].
pose h (k : Q) := match k with inl a => (val a, o) | inr b => (o, b) end.
apply: leq_trans (frank_reindex h id _); rewrite frank_free.
  by rewrite card_sum card_sig cardC1 mul2n -addnn; case: #|P| => // n; rewrite addSn.
move=> x; pose xa a := if insub a is Some a' then x (inl (a' : {a | a != o})) else 0; pose X := \sum_(a : {a | a != o}) x (inl a).
pose y b := x (inr b); pose Y := \sum_b y b => x0.
have rel a b : xa a + X *+ (b == o) + (Y *+ (a == o) + y b) = 0.
  rewrite -[RHS](x0 (a, b)) big_sumType /agreements /=; congr (_ + _).
    under [RHS]eq_bigr do rewrite mulrDr.
    rewrite big_split /= -mulr_suml mulr_natr [o == b]eq_sym; congr (_ + _ *+ _).
      rewrite /xa; case: insubP => [a' _ <-|]; last first.
        rewrite negbK => /eqP->; rewrite big1 // => a' _; rewrite (negbTE (valP a')) mulr0 //.
      rewrite (bigD1 a') //= eqxx mulr1 big1 ?addr0 // => a2 neq; rewrite val_eqE (negbTE neq) mulr0 //.
  under [RHS]eq_bigr do rewrite mulrDr.
  rewrite big_split /= -mulr_suml mulr_natr [o == a]eq_sym; congr (_ + _).
  by rewrite (bigD1 b) //= eqxx mulr1 big1 ?addr0 // => b' /negbTE->; rewrite mulr0.
have xaE (a : {a | a != o}) : xa (val a) = x (inl a) by rewrite /xa valK.
have xa0 : xa o = 0 by rewrite /xa insubF ?eqxx.
(* rows o and a, the same column *)
have eqY a : a != o -> xa a = Y.
  move=> neq; have := rel a o; rewrite (negbTE neq) mulr0n add0r; have := rel o o; rewrite xa0 add0r eqxx => {1}<-.
  by rewrite addrA [X in _ = X + _]addrC => /addIr/addIr.
have X_Y : X = Y *+ #|P|.-1.
  by rewrite -(cardC1 o) -card_sig -sumr_const; apply: eq_bigr => a _; rewrite -xaE eqY ?(valP a).
have Y0 : Y = 0.
  have : \sum_b (xa o + X *+ (b == o) + (Y *+ (o == o) + y b)) = 0 by apply: big1 => b _.
  rewrite eqxx xa0; under eq_bigr do rewrite add0r; rewrite !big_split /= -/Y sumr_const (bigD1 o) //= eqxx.
  rewrite big1 ?addr0 => [|b /negbTE-> //]; rewrite X_Y /= !mulr1n -mulrSr -mulrnDr => /eqP.
  by rewrite mulrn_eq0 addnS => /eqP.
have X0 : X = 0 by rewrite X_Y Y0 mul0rn.
case=> [a|b]; first by rewrite -xaE eqY ?(valP a).
by have := rel o b; rewrite xa0 X0 Y0 !mul0rn !add0r.
Qed.

(* A network whose nodes count: with a channel that is 1, each takes the      *)
(* conjunction max(p + q - 1, 0) of what its children say, and the output is  *)
(* in how many halves all odd and even indices agree.                         *)
Section Attained.
Variables (F : realFieldType) (m L y : nat).
Notation M := m.+1.
Notation N := (2 * 2 ^ L.+1)%N.
Notation h := (2%:R^-1).

Definition wagree (l j g a : nat) : F :=
  if l == L.+2 then (a < M)%N%:R else
  match l with
  | 0 => if g == M then 1 else (a == g)%:R
  | l'.+1 => if g == M then h * (a == M)%:R
             else if l' is 0 then (a == g)%:R - h * (a == M)%:R
             else (g == 0%N)%:R * ((a < M)%N%:R - h * (a == M)%:R)
  end.

Lemma wagree_one l j a : (l <= L)%N -> wagree l.+1 j M a = h * (a == M)%:R.
Proof. by move=> le_l; rewrite /wagree eqSS [l == _]ltn_eqF // eqxx. Qed.

Lemma wagree_pick j g a : (g < M)%N -> wagree 1 j g a = (a == g)%:R - h * (a == M)%:R.
Proof. by move=> lt_g; rewrite /wagree /= [g == _]ltn_eqF. Qed.

Lemma wagree_and l j g a : (l < L)%N -> (g < M)%N ->
  wagree l.+2 j g a = (g == 0%N)%:R * ((a < M)%N%:R - h * (a == M)%:R).
Proof. by move=> lt_l lt_g; rewrite /wagree !eqSS (ltn_eqF lt_l) (ltn_eqF lt_g). Qed.

Lemma wagree_out a : wagree L.+2 0 y a = (a < M)%N%:R. Proof. by rewrite /wagree eqxx. Qed.

Lemma relu01 (b : bool) : relu b%:R = b%:R :> F.
Proof. by rewrite /relu max_l ?ler0n. Qed.

Lemma half_twice : h * (1 + 1) = 1 :> F.
Proof. by rewrite -mulr2n mulVf ?pnatr_eq0. Qed.

Section Index.
Variable x : nat -> nat.
Hypothesis lt_x : forall i, (x i < M)%N.
Notation value := (anode (fun=> M.+1) wagree x).

Lemma and_counts (a b : bool) : relu (a%:R + b%:R - 1) = (a && b)%:R :> F.
Proof.
rewrite /relu; case: a; case: b; rewrite /= ?addr0 ?add0r ?addrK ?subrr ?maxxx //.
  by rewrite max_l // ler01.
by rewrite max_r // oppr_le0 ler01.
Qed.

Lemma sum_pick (f : nat -> F) g : (g < M)%N -> \sum_(a < M) (a == g :> nat)%:R * f a = f g.
Proof.
move=> lt_g; rewrite (bigD1 (Ordinal lt_g)) //= eqxx mul1r big1 ?addr0 // => a.
by rewrite -val_eqE => /negbTE /= ->; rewrite mul0r.
Qed.

Lemma valueS l j g : value l.+1 j g =
  \sum_(a < M) wagree l.+1 j g a * (relu (value l j.*2 a) + relu (value l j.*2.+1 a)) +
  wagree l.+1 j g M * (relu (value l j.*2 M) + relu (value l j.*2.+1 M)).
Proof. by rewrite [LHS]/= big_ord_recr. Qed.

Lemma value_const l j : (l <= L.+1)%N -> value l j M = 1.
Proof.
elim: l j => [|l IHl] j le_l; first by rewrite /= /wagree /= eqxx.
rewrite valueS big1 => [|a _]; last by rewrite wagree_one // ltn_eqF // mulr0 mul0r.
by rewrite add0r !IHl ?(ltnW le_l) // (relu01 true) wagree_one // eqxx mulr1 half_twice.
Qed.

Lemma value_leaf j (g : 'I_M) : value 0 j g = (x j == g)%:R.
Proof. by rewrite /= /wagree /= ltn_eqF. Qed.

Lemma value_agree l j : (l <= L)%N -> \sum_(a < M) relu (value l.+1 j a) = (agreeing x l j)%:R.
Proof.
elim: l j => [|l IHl] j le_l.
  have valueE (g : 'I_M) : relu (value 1 j g) = ((x j.*2 == g) && (x j.*2.+1 == g))%:R.
    rewrite -and_counts; congr relu; rewrite valueS !value_const // (relu01 true).
    rewrite wagree_pick // gtn_eqF // eqxx mulr1 sub0r mulNr half_twice; congr (_ - _).
    have -> : (x j.*2 == g)%:R + (x j.*2.+1 == g)%:R = relu (value 0 j.*2 g) + relu (value 0 j.*2.+1 g).
      by rewrite !value_leaf !relu01.
    rewrite -(sum_pick (fun a => relu (value 0 j.*2 a) + relu (value 0 j.*2.+1 a)) (ltn_ord g)).
    by apply: eq_bigr => a _; rewrite wagree_pick // (ltn_eqF (ltn_ord a)) mulr0 subr0.
  under eq_bigr do rewrite valueE; rewrite /= (bigD1 (Ordinal (lt_x j.*2))) //= eqxx eq_sym big1 ?addr0 // => a.
  by rewrite -val_eqE eq_sym => /negbTE /= ->.
have valueE (g : 'I_M) : relu (value l.+2 j g) = ((g == 0%N :> nat) && agreeing x l.+1 j)%:R.
  have -> : value l.+2 j g = (g == 0%N :> nat)%:R * ((agreeing x l j.*2)%:R + (agreeing x l j.*2.+1)%:R - 1).
    rewrite -!IHl ?(ltnW le_l) // valueS !value_const ?ltnS ?(ltnW le_l) // (relu01 true) wagree_and //.
    rewrite ltnn eqxx sub0r mulr1 mulrN mulNr -mulrA half_twice mulr1 mulrBr mulr1; congr (_ - _).
    rewrite -big_split mulr_sumr; apply: eq_bigr => a _.
    by rewrite wagree_and // ltn_ord (ltn_eqF (ltn_ord a)) mulr0 subr0 mulr1.
  by case: eqP => _ /=; rewrite ?mul1r ?and_counts // mul0r (relu01 false).
under eq_bigr do rewrite valueE; rewrite big_ord_recl big1 ?addr0 // => a _; by rewrite lift0.
Qed.

End Index.

Lemma adeep_wagree (d : idx M N) : adeep y (fun=> M.+1) wagree d =
  (agreeing (ofidx d) L 0)%:R + (agreeing (ofidx d) L 1)%:R.
Proof.
rewrite -!(value_agree (index_lt d)) ?leqnn //.
rewrite /adeep valueS wagree_out ltnn mul0r addr0 -big_split; apply: eq_bigr => a _.
by rewrite wagree_out ltn_ord mul1r.
Qed.

(* 2 M^(N/4) - 1, N = 4 * 2^L. *)
Theorem adeep_attained : mrank oddmodes (adeep y (fun=> M.+1) wagree : tensor M F N) = (2 * M ^ 2 ^ L).-1.
Proof.
apply/eqP; rewrite eqn_leq mrank_adeep_odd /=.
pose P := [finType of {ffun 'I_(2 ^ L) -> 'I_M}].
pose block (p : P) i : 'I_M := if insub i is Some u then p u else ord0.
have blockE p (u : 'I_(2 ^ L)) : block p u = p u by rewrite /block valK.
pose sel (p : P * P) u := if (u < 2 ^ L)%N then block p.1 u else block p.2 (u - 2 ^ L)%N.
pose g p : idx M N := [ffun i : 'I_N => sel p i./2].
have card_P : #|P| = (M ^ 2 ^ L)%N by rewrite card_ffun !card_ord.
apply: leq_trans (frank_reindex g g _); rewrite -card_P.
apply: leq_trans (frank_agree F ([ffun=> ord0] : P)) _; apply/eq_leq/eq_frank => p q.
have xE u : (u < 2 ^ L.+1)%N -> ofidx (merge oddmodes (g p) (g q)) u.*2 = sel p u :> nat /\
    ofidx (merge oddmodes (g p) (g q)) u.*2.+1 = sel q u :> nat.
  move=> lt_u; have lt_N : (u.*2.+1 < N)%N by rewrite mul2n ltn_Sdouble.
  rewrite (ofidx_lt _ lt_N) (ofidx_lt _ (ltnW lt_N)) !ffunE /oddmodes /= odd_double /=.
  by rewrite doubleK uphalf_double.
rewrite adeep_wagree /agreements; congr (_%:R + _%:R); congr nat_of_bool; apply/eqP/agreeingP => [eq_pq u u_j|agr].
- have lt_u : (u < 2 ^ L.+1)%N by rewrite -[L.+1]add1n expnD -ltn_divLR ?expn_gt0 // u_j.
  have lt_L : (u < 2 ^ L)%N by rewrite -[X in (_ < X)%N]mul1n -ltn_divLR ?expn_gt0 // u_j.
  by have [-> ->] := xE u lt_u; rewrite /sel lt_L eq_pq.
- apply/ffunP=> u; have lt_u : (u < 2 ^ L.+1)%N by rewrite expnS (leq_trans (ltn_ord u)) // leq_pmull.
  have [e1 e2] := xE u lt_u; have := agr u (divn_small (ltn_ord u)); rewrite e1 e2 /sel ltn_ord !blockE.
  exact: val_inj.
- have lt_u : (u < 2 ^ L.+1)%N by rewrite -[L.+1]add1n expnD -ltn_divLR ?expn_gt0 // u_j.
  have ge_L : (2 ^ L <= u)%N by rewrite -[X in (X <= _)%N]mul1n -leq_divRL ?expn_gt0 // u_j.
  by have [-> ->] := xE u lt_u; rewrite /sel ltnNge ge_L eq_pq.
apply/ffunP=> u; have lt_u : (2 ^ L + u < 2 ^ L.+1)%N by rewrite expnS mul2n -addnn ltn_add2l.
have [e1 e2] := xE _ lt_u; have := agr (2 ^ L + u)%N; rewrite e1 e2 /sel ltnNge leq_addr /= addKn !blockE.
move=> agr_u; apply/val_inj/agr_u.
by rewrite -[X in (X + _)%N]mul1n divnMDl ?expn_gt0 // divn_small ?addn0.
Qed.

End Attained.
