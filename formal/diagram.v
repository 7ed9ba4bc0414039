From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker.

(******************************************************************************)
(* Diagrams as certificates write them: boxes whose legs are attached to      *)
(* index classes, each class with a size; a class that several legs share is  *)
(* a copy node. Output legs are grouped into rows and columns.                *)
(*                                                                            *)
(*   diagram C B == diagrams with classes in the finite type C and boxes      *)
(*                  named by B                                                *)
(*   valid D a == the assignment a gives every class an index below its size  *)
(*   value T D i j == the entry at row i, column j, where box b is the tensor *)
(*                  T b: the sum over all valid assignments of the product of *)
(*                  the entries of all boxes; m is a bound of all sizes       *)
(*   rename f D == D with its classes renamed by f                            *)
(*                                                                            *)
(* Main results: value_isomorphic (a bijection of classes that respects sizes *)
(* and takes boxes to boxes, in any order, and outputs to outputs, keeps the  *)
(* value: the rule of identity by isomorphism), value_fuse (merging classes   *)
(* is joining them by copy nodes), rank_cut (a set of classes that separates  *)
(* the rows from the columns bounds the rank by the product of its sizes, a   *)
(* class being counted once, however many legs it has).                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Record diagram (C B : Type) := Diagram {
  width : C -> nat;
  boxes : seq (B * seq C);
  rowlegs : seq C;
  collegs : seq C }.

Definition rename C C' B (f : C -> C') (width' : C' -> nat) (D : diagram C B) : diagram C' B :=
  Diagram width' [seq (b.1, map f b.2) | b <- boxes D] (map f (rowlegs D)) (map f (collegs D)).

Section Value.
Variables (R : comRingType) (B : eqType) (m : nat) (T : B -> seq 'I_m -> R).
Implicit Types C : finType.

Definition valid C (D : diagram C B) (a : {ffun C -> 'I_m}) := [forall c, a c < width D c]%N.

Definition weight C (D : diagram C B) (a : C -> 'I_m) := \prod_(b <- boxes D) T b.1 (map a b.2).

Definition value C (D : diagram C B) (i j : seq 'I_m) :=
  \sum_(a : {ffun C -> 'I_m} | [&& valid D a, map a (rowlegs D) == i & map a (collegs D) == j]) weight D a.

(* Merged classes: f sends classes to what they are merged into. The value of *)
(* the merged diagram is that of D with copy nodes between merged classes: it *)
(* counts the assignments that agree on them.                                 *)
Theorem value_fuse C C' (D : diagram C B) (f : C -> C') (g : C' -> C) (width' : C' -> nat) i j :
    cancel g f -> (forall c, width D c = width' (f c)) ->
  value (rename f width' D) i j =
  \sum_(a : {ffun C -> 'I_m} |
      [&& valid D a, map a (rowlegs D) == i & map a (collegs D) == j])
    weight D a * \prod_(p : C * C | f p.1 == f p.2) (a p.1 == a p.2)%:R.
Proof.
move=> gK widthE; have copy (a : {ffun C -> 'I_m}) :
    \prod_(p : C * C | f p.1 == f p.2) (a p.1 == a p.2)%:R =
    [forall p : C * C, (f p.1 == f p.2) ==> (a p.1 == a p.2)]%:R :> R.
  case: forallP => [agree|]; last first.
    move/forallP; rewrite negb_forall => /existsP[p]; rewrite negb_imply => /andP[fp ap].
    by rewrite (bigD1 p) //= (negbTE ap) mul0r.
  by rewrite big1 // => p fp; have := agree p; rewrite fp => /= ->.
rewrite (bigID (fun a : {ffun C -> 'I_m} => [forall p : C * C, (f p.1 == f p.2) ==> (a p.1 == a p.2)])) /=.
rewrite [X in _ = _ + X]big1 ?addr0 => [|a /andP[_ /negbTE not_agree]]; last by rewrite copy not_agree mulr0.
pose h (a' : {ffun C' -> 'I_m}) : {ffun C -> 'I_m} := [ffun c => a' (f c)].
pose h' (a : {ffun C -> 'I_m}) : {ffun C' -> 'I_m} := [ffun c => a (g c)].
have hK : cancel h h' by move=> a'; apply/ffunP=> c; rewrite !ffunE gK.
have h_agrees a' : [forall p : C * C, (f p.1 == f p.2) ==> (h a' p.1 == h a' p.2)].
  by apply/forallP=> p; apply/implyP=> /eqP fp; rewrite !ffunE fp.
have map_h (a' : {ffun C' -> 'I_m}) l : map a' (map f l) = map (h a') l.
  by rewrite -map_comp; apply: eq_map => c; rewrite /= ffunE.
rewrite (reindex_onto h h') => [|a /andP[_ /forallP agree]]; last first.
  apply/ffunP=> c; rewrite !ffunE; apply/eqP; have := agree (g (f c), c).
  by rewrite /= gK eqxx.
apply: eq_big => [a'|a' _]; last first.
  rewrite copy h_agrees mulr1 /weight big_map; apply: eq_bigr => b _.
  by rewrite /= map_h.
rewrite h_agrees hK eqxx !andbT /= !map_h; congr (_ && _).
apply/forallP/forallP => ok c; first by rewrite ffunE widthE.
by have := ok (g c); rewrite ffunE widthE gK.
Qed.

(* The rule of identity by isomorphism. *)
Theorem value_isomorphic C C' (D : diagram C B) (D' : diagram C' B) (f : C -> C') i j :
    bijective f -> (forall c, width D' (f c) = width D c) ->
    perm_eq (boxes D') [seq (b.1, map f b.2) | b <- boxes D] ->
    rowlegs D' = map f (rowlegs D) -> collegs D' = map f (collegs D) ->
  value D' i j = value D i j.
Proof.
move=> [g fK gK] widthE perm_boxes rowE colE.
rewrite (_ : value D' i j = value (rename f (width D') D) i j); last first.
  rewrite /value /valid rowE colE; apply: eq_bigr => a _.
  by rewrite /weight (perm_big _ perm_boxes).
rewrite (value_fuse _ _ gK) => [|c]; last by rewrite widthE.
apply: eq_bigr => a _; rewrite big1 ?mulr1 // => p /eqP/(can_inj fK)->.
by rewrite eqxx.
Qed.

End Value.

(* ------------------------------------------------------------------------ *)
Section Cut.
Variables (F : fieldType) (B : eqType) (m : nat) (T : B -> seq 'I_m.+1 -> F) (C : finType).
Variables (D : diagram C B) (rowboxes colboxes : seq (B * seq C)) (cut : {set C}).
Hypothesis split_boxes : perm_eq (boxes D) (rowboxes ++ colboxes).

(* the classes that the boxes and output legs of one side touch *)
Definition touched (legs : seq C) (bs : seq (B * seq C)) : seq C := legs ++ flatten [seq b.2 | b <- bs].
Notation rowside := (touched (rowlegs D) rowboxes).
Notation colside := (touched (collegs D) colboxes).
Hypothesis separates : forall c, c \in rowside -> c \in colside -> c \in cut.

Notation asg := {ffun C -> 'I_m.+1}.
Implicit Types a e k : asg.

Definition restrict (S : pred C) a : asg := [ffun c => if S c then a c else ord0].
Definition onrows : pred C := fun c => (c \in cut) || (c \in rowside).
Definition oncols : pred C := fun c => (c \in cut) || (c \notin rowside).
Definition oncut : pred C := fun c => c \in cut.

Definition rowpart a := \prod_(b <- rowboxes) T b.1 (map a b.2).
Definition colpart a := \prod_(b <- colboxes) T b.1 (map a b.2).

Lemma eq_part (bs : seq (B * seq C)) legs a e : {in touched legs bs, a =1 e} ->
  (\prod_(b <- bs) T b.1 (map a b.2) = \prod_(b <- bs) T b.1 (map e b.2)) /\ (map a legs = map e legs).
Proof.
move=> eqae; split; last by apply/eq_in_map => c c_l; rewrite eqae // mem_cat c_l.
rewrite big_seq [RHS]big_seq; apply: eq_bigr => b b_bs; congr (T _ _); apply/eq_in_map => c c_b.
by apply: eqae; rewrite mem_cat; apply/orP; right; apply/flattenP; exists b.2; rewrite ?map_f.
Qed.

Definition allowed (S : pred C) a := [forall c, (if S c then a c < width D c else a c == ord0)%N].

Definition rowfactor (i : seq 'I_m.+1) k :=
  \sum_(a : asg | [&& allowed onrows a, restrict oncut a == k & map a (rowlegs D) == i]) rowpart a.
Definition colfactor k (j : seq 'I_m.+1) :=
  \sum_(a : asg | [&& allowed oncols a, restrict oncut a == k & map a (collegs D) == j]) colpart a.

Lemma value_cut i j : value T D i j = \sum_(k : asg | allowed oncut k) rowfactor i k * colfactor k j.
Proof.
rewrite /value; under [RHS]eq_bigr do rewrite big_distrlr /=.
under [RHS]eq_bigr do rewrite pair_big /=.
rewrite pair_big_dep /=.
pose h (e : asg) := (restrict oncut e, (restrict onrows e, restrict oncols e)).
pose h' (p : asg * (asg * asg)) : asg := [ffun c => if onrows c then p.2.1 c else p.2.2 c].
have h'K e : h' (h e) = e.
  apply/ffunP=> c; rewrite !ffunE /onrows /oncols /=.
  by case: (c \in cut); case: (c \in rowside).
have eqR e : {in rowside, e =1 restrict onrows e} by move=> c c_r; rewrite ffunE /onrows c_r orbT.
have eqC e : {in colside, e =1 restrict oncols e}.
  move=> c c_c; rewrite ffunE /oncols; case: (boolP (c \in rowside)) => [c_r|]; last by rewrite orbT.
  by rewrite (separates c_r c_c).
have res e : restrict oncut (restrict onrows e) = restrict oncut e /\
    restrict oncut (restrict oncols e) = restrict oncut e.
  by split; apply/ffunP=> c; rewrite !ffunE /oncut /onrows /oncols; case: (c \in cut).
rewrite (reindex_onto h h') => [|[k [a e]]]; last first.
  case/andP=> [_ /andP[/and3P[/forallP ok_a /eqP ka _] /and3P[/forallP ok_e /eqP ke _]]].
  rewrite /= in ka ke ok_a ok_e *.
  have kE c : k c = (if c \in cut then a c else ord0) by rewrite -ka ffunE.
  have aE c : c \in cut -> e c = a c by move=> c_k; have := kE c; rewrite -ke ffunE /oncut c_k.
  congr (_, (_, _)); apply/ffunP=> c; rewrite !ffunE /=.
  - by rewrite kE /oncut /onrows; case: (c \in cut).
  - by have := ok_a c; case: ifP => // _ /eqP->.
  have := ok_e c; rewrite /oncols /onrows; case: (boolP (c \in cut)) => [c_k _|_] /=; first by rewrite aE.
  by case: (c \in rowside) => //= /eqP->.
apply: eq_big => [e|e _]; last first.
  rewrite /weight (perm_big _ split_boxes) big_cat /=.
  by have [-> _] := eq_part (eqR e); have [-> _] := eq_part (eqC e).
have [rR rC] := res e; rewrite h'K eqxx andbT /= rR rC !eqxx /=.
have [_ <-] := eq_part (eqR e); have [_ <-] := eq_part (eqC e).
case: (_ == i); case: (_ == j); rewrite ?andbF ?andbT //; apply/forallP/and3P => [ok|[_ /forallP okR /forallP okC] c].
  by split; apply/forallP=> c; rewrite ffunE; [case: (oncut c) | case: (onrows c) | case: (oncols c)];
    rewrite /= ?ok ?eqxx.
have := okR c; have := okC c; rewrite !ffunE /onrows /oncols.
by case: (c \in cut); case: (c \in rowside).
Qed.

Lemma card_allowed : (#|[pred k : asg | allowed oncut k]| <= \prod_(c in cut) width D c)%N.
Proof.
pose A c := [pred x : 'I_m.+1 | (x < width D c)%N].
rewrite -(@eq_card _ (pfamily ord0 (mem cut) (fun c => mem (A c)))) => [|k]; last first.
  apply/pfamilyP/forallP => [[supp ok] c|ok].
    rewrite /oncut; case: ifP => [/ok //|not_cut].
    by apply: contraFT not_cut => ?; apply: (subsetP supp); rewrite inE.
  split; last by move=> c c_k; have := ok c; rewrite /oncut c_k.
  by apply/subsetP=> c; rewrite inE => kc; have := ok c; rewrite /oncut; case: ifP => // _ /eqP k0; rewrite k0 eqxx in kc.
rewrite card_pfamily -big_enum /= /image_mem.
elim: (enum cut) => [|c l IHl] /=; first by rewrite big_nil.
rewrite big_cons leq_mul //; have [le_m|lt_m] := leqP m.+1 (width D c).
  by apply: leq_trans (max_card _) _; rewrite card_ord.
by rewrite -sum1_card -(big_ord_widen m.+1 (fun=> 1%N) (ltnW lt_m)) sum1_card card_ord.
Qed.

Theorem rank_cut n1 n2 : (frank (fun (i : n1.-tuple 'I_m.+1) (j : n2.-tuple 'I_m.+1) => value T D i j) <=
  \prod_(c in cut) width D c)%N.
Proof.
apply: leq_trans card_allowed.
apply: (frank_le_card_pred (u := fun (i : n1.-tuple _) k => rowfactor i k)
  (v := fun k (j : n2.-tuple _) => colfactor k j)) => i j.
exact: value_cut.
Qed.

End Cut.
