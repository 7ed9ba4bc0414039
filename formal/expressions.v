From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker diagram.

(******************************************************************************)
(* Sums of diagrams, as the judge reads expressions: the rules that compare   *)
(* them, rewrite parts of them and bound their ranks.                         *)
(*                                                                            *)
(*  isomorphic D D' == a bijection of classes takes D to D'                   *)
(*  glued K seam P D == D is the diagram P in the context K: the output legs  *)
(*                  of P are joined to the classes seam of K, legs of one     *)
(*                  class are merged, and the merged class ranges over the    *)
(*                  least of the sizes                                        *)
(*      drank T D == the rank of the matrix of D, where box b is T b          *)
(* tvalue T D legs i == the entry of the tensor whose mode n has the legs     *)
(*                  legs n, at the indices i n                                *)
(* regroup flat flat' == the box that joins two ways of writing a flat index  *)
(*                                                                            *)
(* Main results: sum_isomorphic (diagrams in groups of equal ones, whose      *)
(* coefficients add up to 0), value_glue, glue_exists, rule_rewrite (an       *)
(* equation between sums of diagrams holds in every context), rank_sum,       *)
(* frank_bij,                                                                 *)
(* rank_arrange (order and repetition of rows do not matter, nor classes that *)
(* only rows meet), rank_wires (no boxes), decompose (classes that separate   *)
(* all modes), regroup_share, regroup_sum.                                    *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

(* ------------------------------------------------------------------------ *)
Section Equalities.
Variables (R : comRingType) (B : eqType) (m : nat) (T : B -> seq 'I_m -> R).

Definition isomorphic (C C' : finType) (D : diagram C B) (D' : diagram C' B) := exists f : C -> C',
  [/\ bijective f, forall c, width D' (f c) = width D c,
      perm_eq (boxes D') [seq (b.1, map f b.2) | b <- boxes D],
      rowlegs D' = map f (rowlegs D) & collegs D' = map f (collegs D)].

(* Diagram k has the coefficient c k and lies in group g k.                   *)
Theorem sum_isomorphic (I J : finType) (C : I -> finType) (D : forall k, diagram (C k) B) (c : I -> int) (g : I -> J) i j :
    (forall k k', g k = g k' -> isomorphic (D k) (D k')) ->
    (forall l, (\sum_(k | g k == l) c k)%:~R = 0 :> R) ->
  \sum_k value T (D k) i j *~ c k = 0.
Proof.
move=> iso c0; rewrite (partition_big g predT) //= big1 // => l _.
have [k0 /eqP gk0|no] := pickP (fun k => g k == l); last by rewrite big_pred0.
rewrite (eq_bigr (fun k => value T (D k0) i j * (c k)%:~R)) => [|k /eqP gk].
  by rewrite -mulr_sumr -rmorph_sum /= c0 mulr0.
rewrite mulrzr; have [f [bij_f widthE boxesE rowE colE]] : isomorphic (D k0) (D k) by apply: iso; rewrite gk.
by rewrite (value_isomorphic T i j bij_f widthE boxesE rowE colE).
Qed.

(* The diagram P in the context K.                                            *)
Section Glue.
Variables (C E C' : finType) (K : diagram C B) (seam : seq C) (P : diagram E B) (D : diagram C' B).

Definition meets (x y : C + E) :=
  let pairs := zip (map inl seam) (map inr (rowlegs P)) in ((x, y) \in pairs) || ((y, x) \in pairs).

Definition width2 (x : C + E) := match x with inl c => width K c | inr e => width P e end.

Definition glued := size seam = size (rowlegs P) /\ exists f : C + E -> C',
  [/\ forall c', exists x, f x = c',
      forall x y, (f x == f y) = connect meets x y,
      forall c' k, (k < width D c')%N = [forall x, (f x == c') ==> (k < width2 x)%N],
      perm_eq (boxes D) ([seq (b.1, map (f \o inl) b.2) | b <- boxes K] ++ [seq (b.1, map (f \o inr) b.2) | b <- boxes P])
    & rowlegs D = map (f \o inl) (rowlegs K) /\ collegs D = map (f \o inl) (collegs K)].

Lemma connect_eq (X : eqType) (u : C + E -> X) : (forall x y, meets x y -> u x = u y) ->
  forall x y, connect meets x y -> u x = u y.
Proof.
move=> step x y /connectP[p]; elim: p x => [|z p IHp] x /= => [_ -> //|/andP[xz path_p] last_y].
by rewrite (step _ _ xz); apply: IHp.
Qed.

Lemma meetsP (X : eqType) (u : C + E -> X) : size seam = size (rowlegs P) ->
  (forall x y, meets x y -> u x = u y) <-> map (u \o inr) (rowlegs P) = map (u \o inl) seam.
Proof.
move=> eq_size; split=> [step|eq_map].
  have zipE (A A' : eqType) (s : seq A) (t : seq A') (v : A -> X) (v' : A' -> X) : size s = size t ->
      (forall x y, (x, y) \in zip s t -> v x = v' y) -> map v' t = map v s.
    elim: s t => [|x s IHs] [|y t] //= [/IHs eq_st] in_zip; rewrite (in_zip x y) ?mem_head //.
    by rewrite eq_st // => x' y' in_st; apply: in_zip; rewrite in_cons in_st orbT.
  rewrite [LHS]map_comp [RHS]map_comp; apply: zipE; first by rewrite !size_map.
  by move=> x y in_zip; apply: step; rewrite /meets in_zip.
have in_zip (x y : C + E) : (x, y) \in zip (map inl seam) (map inr (rowlegs P)) -> u x = u y.
  move: eq_map eq_size; elim: seam (rowlegs P) => [|c s IHs] [|e t] //= [uce eq_st] [/IHs eq_size].
  by rewrite in_cons => /orP[/eqP[-> ->] //|]; apply: eq_size.
by move=> x y /orP[] /in_zip ->.
Qed.

Theorem value_glue i j : glued -> collegs P = [::] ->
  value T D i j = \sum_(a : {ffun C -> 'I_m} | [&& valid K a, map a (rowlegs K) == i & map a (collegs K) == j])
    weight T K a * value T P (map a seam) [::].
Proof.
case=> eq_size [f [surj_f fE widthE boxesE [rowE colE]]] colP; have [g gK] := fin_all_exists surj_f.
under [RHS]eq_bigr do rewrite /value big_distrr /=.
rewrite pair_big_dep /=; pose u (a : {ffun C -> 'I_m}) (e : {ffun E -> 'I_m}) x := match x with inl c => a c | inr y => e y end.
pose h (d : {ffun C' -> 'I_m}) := ([ffun c => d (f (inl c))], [ffun y => d (f (inr y))]) : {ffun C -> 'I_m} * {ffun E -> 'I_m}.
pose h' (p : {ffun C -> 'I_m} * {ffun E -> 'I_m}) : {ffun C' -> 'I_m} := [ffun c' => u p.1 p.2 (g c')].
have uh d x : u (h d).1 (h d).2 x = d (f x) by case: x => x; rewrite /= ffunE.
have h'h d : h' (h d) = d by apply/ffunP=> c'; rewrite ffunE uh gK.
rewrite [RHS](reindex_onto h h') => [|[a e] /= /and3P[/and3P[_ _ _] _ /andP[/eqP eq_seam _]]]; last first.
  have agree x : u a e (g (f x)) = u a e x.
    apply: connect_eq; last by rewrite -fE gK.
    by apply/(meetsP _ eq_size); rewrite -[LHS]/(map e _) eq_seam.
  by congr (_, _); apply/ffunP=> x; rewrite !ffunE agree.
have maph d (l : seq C) : map (h d).1 l = map d (map (f \o inl) l) by rewrite -map_comp; apply: eq_map => c; rewrite ffunE.
have maph2 d (l : seq E) : map (h d).2 l = map d (map (f \o inr) l) by rewrite -map_comp; apply: eq_map => y; rewrite ffunE.
apply: eq_big => [d|d _]; last first.
  by rewrite /weight (perm_big _ boxesE) big_cat !big_map; congr (_ * _); apply: eq_bigr => b _; rewrite ?maph ?maph2.
have -> : valid D d = valid K (h d).1 && valid P (h d).2.
  apply/forallP/andP => [ok|[/forallP okK /forallP okP] c'].
    have ok2 x : (d (f x) < width2 x)%N by have := ok (f x); rewrite widthE => /forallP/(_ x); rewrite eqxx.
    by split; apply/forallP=> x; rewrite ffunE; [apply: (ok2 (inl x)) | apply: (ok2 (inr x))].
  rewrite widthE; apply/forallP=> x; apply/implyP=> /eqP <-.
  by case: x => x; [have := okK x | have := okP x]; rewrite ffunE.
have -> : map (h d).2 (rowlegs P) == map (h d).1 seam.
  by apply/eqP/(meetsP (u (h d).1 (h d).2) eq_size) => x y /connect1; rewrite -fE !uh => /eqP->.
by rewrite h'h eqxx rowE colE colP eqxx /= -!maph !andbT [RHS]andbAC andbA.
Qed.

End Glue.

Lemma ltn_bigmin (I : finType) (P : pred I) (h : I -> nat) n k :
  (k < \big[minn/n]_(i | P i) h i)%N = (k < n)%N && [forall i, P i ==> (k < h i)%N].
Proof.
rewrite -big_filter; have -> : [forall i, P i ==> (k < h i)%N] = all (fun i => k < h i)%N [seq i <- index_enum I | P i].
  apply/forallP/allP => [lt_k i|lt_k i]; first by rewrite mem_filter => /andP[Pi _]; have := lt_k i; rewrite Pi.
  by apply/implyP=> Pi; apply: lt_k; rewrite mem_filter Pi mem_index_enum.
elim: [seq _ <- _ | _] => [|i l IHl]; first by rewrite big_nil andbT.
by rewrite big_cons leq_min IHl /= andbCA.
Qed.

(* Every diagram can be glued into every context with a seam of its size.     *)
Theorem glue_exists (C E : finType) (K : diagram C B) (seam : seq C) (P : diagram E B) :
  size seam = size (rowlegs P) -> exists (C' : finType) (D : diagram C' B), glued K seam P D.
Proof.
move=> eq_size; pose e := meets seam P.
have sym_e : connect_sym e by apply: sym_connect_sym => x y; rewrite /e /meets orbC.
pose C' := [finType of {x | roots e x}]; pose f x : C' := exist _ (fingraph.root e x) (roots_root sym_e x).
have fK (c' : C') : f (val c') = c' by apply/val_inj/eqP/(valP c').
pose w' (c' : C') := \big[minn/width2 K P (val c')]_(x | f x == c') width2 K P x.
exists C', (Diagram w' ([seq (b.1, map (f \o inl) b.2) | b <- boxes K] ++ [seq (b.1, map (f \o inr) b.2) | b <- boxes P])
  (map (f \o inl) (rowlegs K)) (map (f \o inl) (collegs K))).
split=> //; exists f; split=> // [c'|x y|c' k]; first by exists (val c').
  by rewrite -val_eqE /= root_connect.
by rewrite ltn_bigmin; apply: andb_idl => /forallP/(_ (val c')); rewrite fK eqxx.
Qed.

(* An equation between sums of diagrams, \sum_k c_k P_k = 0, holds in every   *)
(* context; D_k is P_k there. So one of the D_k can be replaced by the others.*)
Theorem rule_rewrite (I C : finType) (K : diagram C B) (seam : seq C) (E C' : I -> finType)
    (P : forall k, diagram (E k) B) (D : forall k, diagram (C' k) B) (c : I -> int) i j :
    (forall k, glued K seam (P k) (D k)) -> (forall k, collegs (P k) = [::]) ->
    (forall s, \sum_k value T (P k) s [::] *~ c k = 0) ->
  \sum_k value T (D k) i j *~ c k = 0.
Proof.
move=> inK colP eq0; under eq_bigr => k _ do rewrite (value_glue i j (inK k)) // mulrz_suml.
rewrite exchange_big big1 //= => a _; under eq_bigr do rewrite -mulrzAr.
by rewrite -mulr_sumr eq0 mulr0.
Qed.

End Equalities.

(* ------------------------------------------------------------------------ *)
Section Ranks.
Variables (F : fieldType) (B : eqType) (m : nat) (T : B -> seq 'I_m.+1 -> F).

Lemma frank_scale (I J : finType) (r : I -> F) (s : J -> F) (f : I -> J -> F) :
  (frank (fun i j => (r i * s j * f i j)%R) <= frank f)%N.
Proof.
have [u [v fE]] := frank_factor f; rewrite -[X in (_ <= X)%N]card_ord.
apply: (frank_le_card (u := fun i k => r i * u i k) (v := fun k j => s j * v k j)) => i j.
by rewrite fE big_distrr; apply: eq_bigr => k _ /=; rewrite mulrACA.
Qed.

(* The rank of a sum is at most the sum of ranks, or of bounds of them.       *)
Theorem rank_sum (K I J : finType) (f : K -> I -> J -> F) (c : K -> int) (b : K -> nat) :
  (forall k, frank (f k) <= b k)%N -> (frank (fun i j => (\sum_k f k i j *~ c k)%R) <= \sum_k b k)%N.
Proof.
move=> le_b; suff -> : frank (fun i j => \sum_k f k i j *~ c k) = \rank (\sum_k (c k)%:~R *: fmx (f k))%R.
  apply: (@leq_trans (\sum_k \rank ((c k)%:~R *: fmx (f k))%R)%N); last first.
    by apply: leq_sum => k _; apply: leq_trans (mxrank_scale _ _) (le_b k).
  elim/big_rec2: _ => [|k n A _ le_A]; first by rewrite mxrank0.
  by apply: leq_trans (mxrank_add _ _) _; rewrite leq_add2l.
congr (\rank _); apply/matrixP=> i j; rewrite summxE !mxE; apply: eq_bigr => k _.
by rewrite !mxE mulrzl.
Qed.

(* Flat indices: their number is what matters, not how they are written.      *)
Theorem frank_bij (I J I' J' : finType) (g : I' -> I) (h : J' -> J) (f : I -> J -> F) :
  bijective g -> bijective h -> frank (fun i j => f (g i) (h j)) = frank f.
Proof.
move=> [g' g'K gK] [h' h'K hK]; apply/eqP; rewrite eqn_leq frank_reindex /=.
apply: leq_trans (frank_reindex g' h' (fun i j => f (g i) (h j))).
by apply/eq_leq/eq_frank => i j; rewrite gK hK.
Qed.

(* The matrix of a diagram with its rows and columns as index tuples.         *)
Definition drank (C : finType) (D : diagram C B) :=
  frank (fun (i : (size (rowlegs D)).-tuple 'I_m.+1) (j : (size (collegs D)).-tuple 'I_m.+1) => value T D i j).

(* The index at class c, the legs l having the indices i. *)
Definition at_class (C : eqType) (l : seq C) (i : seq 'I_m.+1) (c : C) := nth ord0 i (index c l).

Lemma at_map (C : eqType) (a : C -> 'I_m.+1) (l : seq C) c : c \in l -> at_class l (map a l) c = a c.
Proof. by move=> in_l; rewrite /at_class (nth_map c) ?index_mem // nth_index. Qed.

Lemma map_at (C : eqType) (a : C -> 'I_m.+1) (l : seq C) i : map a l = i -> map (at_class l i) l = i.
Proof. by move=> <-; apply/eq_in_map => c /at_map->. Qed.

Section Arrange.
Variables (C C' : finType) (D : diagram C B) (D' : diagram C' B) (f : C -> C').
Hypothesis f_inj : injective f.
Hypothesis widthE : forall c, width D' (f c) = width D c.
Hypothesis boxesE : perm_eq (boxes D') [seq (b.1, map f b.2) | b <- boxes D].
Hypothesis rowsE : forall c, (f c \in rowlegs D') = (c \in rowlegs D).
Hypothesis colsE : forall c, (f c \in collegs D') = (c \in collegs D).
Hypothesis bare : forall c, c \notin codom f -> (0 < width D' c)%N && ((c \in rowlegs D') (+) (c \in collegs D')).

Definition fits (l : seq C') (i : seq 'I_m.+1) := (map (at_class l i) l == i) &&
  [forall c, (c \notin codom f) && (c \in l) ==> (at_class l i c < width D' c)%N].

Definition moved (l : seq C') (i : seq 'I_m.+1) (l0 : seq C) := map (at_class l i \o f) l0.

Lemma fits_map l (a : C' -> 'I_m.+1) :
  (forall c, c \notin codom f -> c \in l -> (a c < width D' c)%N) -> fits l (map a l).
Proof.
move=> ok; rewrite /fits (map_at (erefl (map a l))) eqxx; apply/forallP=> c; apply/implyP=> /andP[no in_l].
by rewrite at_map ?ok.
Qed.

Lemma value_arrange i j : value T D' i j =
  (fits (rowlegs D') i && fits (collegs D') j)%:R *
  value T D (moved (rowlegs D') i (rowlegs D)) (moved (collegs D') j (collegs D)).
Proof.
case: andP => [[fit_i fit_j]|not_fit]; last first.
  rewrite mul0r /value big_pred0 // => a; apply/negP=> /and3P[ok /eqP ei /eqP ej]; apply: not_fit.
  by rewrite -ei -ej !fits_map // => c _ _; apply: (forallP ok).
have /andP[/eqP map_i /forallP bare_i] := fit_i; have /andP[/eqP map_j /forallP bare_j] := fit_j.
pose other c := if c \in rowlegs D' then at_class (rowlegs D') i c else at_class (collegs D') j c.
pose h (a : {ffun C -> 'I_m.+1}) : {ffun C' -> 'I_m.+1} := [ffun c' => if [pick c | f c == c'] is Some c then a c else other c'].
pose h' (a : {ffun C' -> 'I_m.+1}) : {ffun C -> 'I_m.+1} := [ffun c => a (f c)].
have hf a c : h a (f c) = a c by rewrite ffunE; case: pickP => [c' /eqP/f_inj->|/(_ c)] //; rewrite eqxx.
have h_other a c : c \notin codom f -> h a c = other c.
  by move=> no; rewrite ffunE; case: pickP => // c' /eqP ec; rewrite -ec codom_f in no.
have h'h a : h' (h a) = a by apply/ffunP=> c; rewrite ffunE hf.
rewrite mul1r /value (reindex_onto h h') => [|a /and3P[_ /eqP ei /eqP ej]]; last first.
  apply/ffunP=> c; have [/codomP[c0 ->]|no] := boolP (c \in codom f); first by rewrite hf ffunE.
  rewrite h_other // /other; case: ifP => [in_r|not_r]; first by rewrite -ei at_map.
  by have := bare no; rewrite not_r => /andP[_ /= in_c]; rewrite -ej at_map.
apply: eq_big => [a|a _]; last first.
  rewrite /weight (perm_big _ boxesE) big_map; apply: eq_bigr => b _; rewrite -map_comp.
  by congr (T _ _); apply: eq_map => c; apply: hf.
have side l l0 k : (forall c, (f c \in l) = (c \in l0)) -> map (at_class l k) l = k ->
    (forall c, c \notin codom f -> c \in l -> other c = at_class l k c) ->
  (map (h a) l == k) = (map a l0 == moved l k l0).
  move=> inE map_k other_k; apply/eqP/eqP => [<-|/eq_in_map eq_a].
    by apply/eq_in_map => c in_l0; rewrite /= at_map ?inE // hf.
  rewrite -[RHS]map_k; apply/eq_in_map => c in_l.
  have [/codomP[c0 ec]|no] := boolP (c \in codom f); last by rewrite h_other // other_k.
  by rewrite ec hf eq_a // -inE -ec.
rewrite h'h eqxx andbT (side _ (rowlegs D)) //; last by move=> c _ in_r; rewrite /other in_r.
rewrite (side _ (collegs D)) //; last first.
  by move=> c no in_c; rewrite /other; have := bare no; rewrite in_c => /andP[_]; case: ifP.
congr (_ && _); apply/forallP/forallP => ok c; first by have := ok (f c); rewrite hf widthE.
have [/codomP[c0 ->]|no] := boolP (c \in codom f); first by rewrite hf widthE.
rewrite h_other // /other; have := bare no; case: ifP => [in_r _|_ /andP[_ /= in_c]].
  by have := bare_i c; rewrite no in_r.
by have := bare_j c; rewrite no in_c.
Qed.

Definition spread (l0 : seq C) (i : seq 'I_m.+1) (c' : C') :=
  if [pick c | f c == c'] is Some c then at_class l0 i c else ord0.

Lemma spreadE l l0 i : (forall c, (f c \in l) = (c \in l0)) -> (forall c, c \in l -> c \notin codom f -> 0 < width D' c)%N ->
  fits l (map (spread l0 i) l) /\ moved l (map (spread l0 i) l) l0 = map (at_class l0 i) l0.
Proof.
move=> inE pos; have spread_f c : spread l0 i (f c) = at_class l0 i c.
  by rewrite /spread; case: pickP => [c' /eqP/f_inj->|/(_ c)] //; rewrite eqxx.
split; last by apply/eq_in_map => c in_l0; rewrite /= at_map ?inE.
apply: fits_map => c no in_l; rewrite /spread; case: pickP => [c0 /eqP ec|_]; last exact: pos.
by rewrite -ec codom_f in no.
Qed.

(* Rows may be permuted, repeated, and zero, and so may columns: classes that *)
(* meet nothing but rows, or nothing but columns, do not matter.              *)
Theorem rank_arrange : drank D' = drank D.
Proof.
apply/eqP; rewrite eqn_leq; apply/andP; split.
  pose g (l : seq C') (l0 : seq C) (i : (size l).-tuple 'I_m.+1) := map_tuple (at_class l i \o f) (in_tuple l0).
  apply: leq_trans (frank_reindex (@g (rowlegs D') (rowlegs D)) (@g (collegs D') (collegs D)) _).
  apply: leq_trans (frank_scale (fun i : (size (rowlegs D')).-tuple _ => (fits (rowlegs D') i)%:R)
    (fun j : (size (collegs D')).-tuple _ => (fits (collegs D') j)%:R) _).
  by apply/eq_leq/eq_frank => i j; rewrite value_arrange -natrM mulnb.
pose g (l0 : seq C) (l : seq C') (i : (size l0).-tuple 'I_m.+1) := map_tuple (spread l0 i) (in_tuple l).
apply: leq_trans (frank_reindex (@g (rowlegs D) (rowlegs D')) (@g (collegs D) (collegs D')) _).
pose read (l0 : seq C) (i : (size l0).-tuple 'I_m.+1) : F := (map (at_class l0 i) l0 == i)%:R.
apply: leq_trans (frank_scale (@read (rowlegs D)) (@read (collegs D)) _); apply/eq_leq/eq_frank => i j.
have pos c : c \notin codom f -> (0 < width D' c)%N by move/bare/andP=> [].
rewrite value_arrange; have [-> ->] := spreadE i rowsE (fun c _ => pos c).
have [-> ->] := spreadE j colsE (fun c _ => pos c); rewrite mul1r /read -natrM mulnb.
case: andP => [[/eqP-> /eqP->]|not_read]; first by rewrite mul1r.
rewrite mul0r /value big_pred0 // => a; apply/negP=> /and3P[_ /eqP ei /eqP ej]; apply: not_read.
by rewrite (map_at ei) (map_at ej).
Qed.

End Arrange.
(* A diagram without boxes, all of whose classes are open.                    *)
Theorem rank_wires (C : finType) (D : diagram C B) :
    boxes D = [::] -> (forall c, width D c <= m.+1)%N ->
    (forall c, (c \in rowlegs D) && (c \in collegs D) \/ (0 < width D c)%N && ((c \in rowlegs D) || (c \in collegs D))) ->
  drank D = (\prod_(c | (c \in rowlegs D) && (c \in collegs D)) width D c)%N.
Proof.
move=> no_boxes le_m open_c; pose cut := [set c | (c \in rowlegs D) && (c \in collegs D)].
rewrite (eq_bigl (fun c => c \in cut)) => [|c]; last by rewrite inE.
apply/eqP; rewrite eqn_leq; apply/andP; split.
  apply: (@rank_cut _ _ _ T _ D [::] [::] cut); first by rewrite no_boxes.
  by move=> c; rewrite /touched /= !cats0 inE => -> ->.
pose A c := [pred x : 'I_m.+1 | (x < width D c)%N].
pose K := [pred a : {ffun C -> 'I_m.+1} | a \in pfamily ord0 (mem cut) (fun c => mem (A c))].
have <- : #|K| = (\prod_(c in cut) width D c)%N.
  rewrite (eq_card (B := pfamily ord0 (mem cut) (fun c => mem (A c)))) // card_pfamily -big_enum /= /image_mem.
  elim: (enum _) => [|c l IHl] /=; first by rewrite big_nil.
  rewrite big_cons IHl; congr (_ * _)%N; rewrite -sum1_card -(big_ord_widen m.+1 (fun=> 1%N) (le_m c)).
  by rewrite sum1_card card_ord.
have K_lt a c : a \in K -> (a c < width D c)%N.
  move=> /pfamilyP[/subsetP supp in_A]; case: (boolP (c \in cut)) => [/in_A //|no].
  have -> : a c = ord0 by apply/eqP/negPn/negP=> ne; rewrite (supp c) ?inE // in no.
  by have := open_c c; rewrite !inE in no; rewrite (negbTE no) => -[|/andP[]].
pose row (a : {ffun C -> 'I_m.+1}) := map_tuple a (in_tuple (rowlegs D)).
pose col (a : {ffun C -> 'I_m.+1}) := map_tuple a (in_tuple (collegs D)).
have valueE a e : a \in K -> e \in K -> value T D (row a) (col e) = (a == e)%:R.
  move=> in_a in_e; rewrite /value; have [<-|neq] := eqVneq a e.
    rewrite (big_pred1 a) => [|d]; first by rewrite /weight no_boxes big_nil.
    apply/and3P/eqP => [[_ /eqP eq_r /eqP eq_c]|->]; last first.
      by split; rewrite ?eqxx //; apply/forallP=> c; apply: K_lt.
    apply/ffunP=> c; have : (c \in rowlegs D) || (c \in collegs D).
      by case: (open_c c) => /andP[] // ->.
    by case/orP; [move/eq_in_map: eq_r; apply | move/eq_in_map: eq_c; apply].
  rewrite big_pred0 // => d; apply/negP=> /and3P[_ /eqP/eq_in_map eq_r /eqP/eq_in_map eq_c].
  case/eqP: neq; apply/ffunP=> c; have /pfamilyP[/subsetP supp_a _] := in_a; have /pfamilyP[/subsetP supp_e _] := in_e.
  case: (boolP (c \in cut)) => [|no]; first by rewrite inE => /andP[in_r in_c]; rewrite -eq_r // eq_c.
  have off (u : {ffun C -> 'I_m.+1}) : {subset [pred c | u c != ord0] <= mem cut} -> u c = ord0.
    by move=> supp; apply/eqP/negPn/negP=> ne; rewrite (supp c) in no.
  by rewrite !off.
pose n := #|K|; pose a (k : 'I_n) := enum_val k.
pose f k (j : (size (collegs D)).-tuple 'I_m.+1) := value T D (row (a k)) j; apply: (@leq_trans (frank f)).
  apply/eq_leq/esym/(frank_trig (h := fun k => col (a k))) => [k l lt_kl|k].
    by rewrite /f valueE ?enum_valP // (inj_eq enum_val_inj) -val_eqE /= ltn_eqF.
  by rewrite /f valueE ?enum_valP // eqxx.
exact: (frank_reindex (fun k => row (a k)) id
  (fun (i : (size (rowlegs D)).-tuple 'I_m.+1) (j : (size (collegs D)).-tuple 'I_m.+1) => value T D i j)).
Qed.

End Ranks.

(* ------------------------------------------------------------------------ *)
(* A set of classes that separates all modes: for each of its indices the     *)
(* rest is a product of tensors, one for each mode.                           *)
Section Decompose.
Variables (F : fieldType) (B : eqType) (m : nat) (T : B -> seq 'I_m.+1 -> F) (C : finType) (D : diagram C B).
Variables (N : nat) (legs : 'I_N.+1 -> seq C) (parts : 'I_N.+1 -> seq (B * seq C)) (cut : {set C}).
Hypothesis partsE : perm_eq (boxes D) (flatten [seq parts n | n <- enum 'I_N.+1]).
Hypothesis apart : forall n n' c, c \in touched (legs n) (parts n) -> c \in touched (legs n') (parts n') ->
  n != n' -> c \in cut.
Notation asg := {ffun C -> 'I_m.+1}.

(* The entry of the tensor with the legs of mode n at the indices i n.        *)
Definition tvalue (i : 'I_N.+1 -> seq 'I_m.+1) :=
  \sum_(a : asg | valid D a && [forall n, map a (legs n) == i n]) weight T D a.

Definition owner c := if [pick n | c \in touched (legs n) (parts n)] is Some n then n else ord0.
Definition belongs n : pred C := fun c => (c \in cut) || (owner c == n).
Definition part n (a : asg) := \prod_(b <- parts n) T b.1 (map a b.2).
Definition factor (k : asg) n (i : seq 'I_m.+1) :=
  \sum_(a : asg | [&& allowed D (belongs n) a, restrict (fun c => c \in cut) a == k & map a (legs n) == i]) part n a.

Lemma belongs_touched n c : c \in touched (legs n) (parts n) -> belongs n c.
Proof.
move=> in_n; rewrite /belongs /owner; case: pickP => [n' in_n'|/(_ n)]; last by rewrite in_n.
by have [_|neq] := eqVneq n' n; rewrite ?orbT // (apart in_n' in_n neq).
Qed.

Lemma belongs_owner c : belongs (owner c) c.
Proof. by rewrite /belongs eqxx orbT. Qed.

Lemma tvalue_cut i : tvalue i = \sum_(k : asg | allowed D (fun c => c \in cut) k) \prod_n factor k n (i n).
Proof.
pose Q k n := [pred a : asg | [&& allowed D (belongs n) a, restrict (fun c => c \in cut) a == k & map a (legs n) == i n]].
under [RHS]eq_bigr => k _ do rewrite (bigA_distr_big_dep (Q k)).
rewrite pair_big_dep /=.
pose h (a : asg) : asg * {ffun 'I_N.+1 -> asg} := (restrict (fun c => c \in cut) a, [ffun n => restrict (belongs n) a]).
pose h' (p : asg * {ffun 'I_N.+1 -> asg}) : asg := [ffun c => p.2 (owner c) c].
have h'h a : h' (h a) = a by apply/ffunP=> c; rewrite !ffunE belongs_owner.
have same n (a : asg) : {in touched (legs n) (parts n), restrict (belongs n) a =1 a}.
  by move=> c /belongs_touched in_n; rewrite ffunE in_n.
rewrite [RHS](reindex_onto h h') => [|[k A] /= /andP[_ /familyP ok]]; last first.
  have kE n c : k c = if c \in cut then A n c else ord0.
    by have /and3P[_ /eqP <- _] := ok n; rewrite ffunE.
  congr (_, _); first by apply/ffunP=> c; rewrite !ffunE (kE (owner c)).
  apply/ffunP=> n; rewrite ffunE; apply/ffunP=> c; rewrite !ffunE /belongs.
  have /and3P[/forallP/(_ c)] := ok n; rewrite /belongs.
  case: (boolP (c \in cut)) => [in_cut _ _ _|not_cut] /=.
    by have := kE n c; rewrite (kE (owner c)) in_cut.
  by case: eqP => [->|_ /eqP->].
apply: eq_big => [a|a _]; last first.
  rewrite /weight (perm_big _ partsE) big_flatten big_map big_enum /=; apply: eq_bigr => n _; rewrite ffunE.
  by rewrite /part; have [-> _] := eq_part T (same n a).
rewrite h'h eqxx andbT /=; apply/andP/andP => [[/forallP ok /forallP ok_i]|[/forallP ok_k /familyP ok]]; split.
- by apply/forallP=> c; rewrite ffunE; case: (c \in cut) => //; apply: ok.
- apply/familyP=> n; rewrite ffunE inE; apply/and3P; split.
  + by apply/forallP=> c; rewrite ffunE; case: (belongs n c) => //; apply: ok.
  + by apply/eqP/ffunP=> c; rewrite !ffunE /belongs; case: (c \in cut).
  by have [_ ->] := eq_part T (same n a); apply: ok_i.
- apply/forallP=> c; have := ok (owner c); rewrite ffunE inE => /and3P[/forallP/(_ c) + _ _].
  by rewrite ffunE belongs_owner.
apply/forallP=> n; have := ok n; rewrite ffunE inE => /and3P[_ _].
by have [_ ->] := eq_part T (same n a).
Qed.

(* A sum of so many products of tensors, one for each mode: for vectors it    *)
(* bounds the CP rank.                                                        *)
Theorem decompose : exists (K : finType) (u : K -> 'I_N.+1 -> seq 'I_m.+1 -> F),
  (#|K| <= \prod_(c in cut) width D c)%N /\ forall i, tvalue i = \sum_k \prod_n u k n (i n).
Proof.
pose P := [pred k : asg | allowed D (fun c => c \in cut) k]; exists [finType of 'I_#|P|], (fun k => factor (enum_val k)).
split=> [|i]; first by rewrite card_ord; apply: card_allowed.
rewrite tvalue_cut -(big_enum_val (A := P) (fun k => \prod_n factor k n (i n))).
by apply: eq_bigl.
Qed.

End Decompose.

(* ------------------------------------------------------------------------ *)
(* Two ways x and y of writing one number as a flat index. The box that joins *)
(* them is 1 where they write the same number, else 0.                        *)
Section Regroup.
Variables (R : comRingType) (X Y Z : finType) (flat : X -> Z) (flat' : Y -> Z).
Hypothesis flat'_bij : bijective flat'.

Definition regroup x y : R := (flat x == flat' y)%:R.

(* Boxes that share one side share the other.                                 *)
Theorem regroup_share x y y' : regroup x y * regroup x y' = regroup x y * (y == y')%:R.
Proof.
rewrite /regroup -!natrM !mulnb; have [->|] //= := eqVneq (flat x) (flat' y).
by rewrite (inj_eq (bij_inj flat'_bij)).
Qed.

(* A side that nothing else meets is summed away.                             *)
Theorem regroup_sum x : \sum_y regroup x y = 1.
Proof.
have [g gK Kg] := flat'_bij; rewrite (bigD1 (g (flat x))) //= /regroup Kg eqxx big1 ?addr0 // => y.
by rewrite -(can2_eq gK Kg) eq_sym => /negbTE->.
Qed.

End Regroup.
