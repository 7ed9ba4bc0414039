From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth capacity approximation rectifier rectifier_depth.

(******************************************************************************)
(* Depth efficiency with max pooling does not hold almost everywhere: sets of *)
(* weights, each a cube with sides that do not depend on the network, on      *)
(* which a deep network computes what a shallow one with one channel does.    *)
(*                                                                            *)
(*  within M r L e w0 w == |w - w0| <= e for all weights that the network has *)
(*   dominated L == the weights 2 * 3^L for the first input, 1 elsewhere      *)
(*   increasing == the weights 1, ..., M for every channel of an input, 1     *)
(*             elsewhere                                                      *)
(*                                                                            *)
(* Main results: one_channel_value, one_channel, one_channel_rank (within 1/2 *)
(* of dominated L), one_channel_shared (within 1/4 of increasing, weights     *)
(* that do not depend on the position).                                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Region.
Variables (F : realFieldType) (m : nat) (r : nat -> nat) (L y : nat).
Notation M := m.+1.
Notation N := (2 * 2 ^ L)%N.
Implicit Types w : nat -> nat -> nat -> nat -> F.

Definition within (e : F) w0 w :=
  forall l j g a, in_range M r 2 L l j g a -> `|w l j g a - w0 l j g a| <= e.

Definition dominated (l j g a : nat) : F := if (l == 0%N) && (j == 0%N) then 2%:R * 3%:R ^+ L else 1.

Hypothesis r_gt0 : (forall l, l <= L -> 0 < r l)%N.
Hypothesis lt_y : (y < r L.+1)%N.

(* the nodes of a network *)
Definition placed l j := [&& l <= L.+1 & j < nodes 2 L l]%N.

Lemma placed_children l j : placed l.+1 j -> placed l j.*2 /\ placed l j.*2.+1.
Proof.
rewrite /placed ltnS /nodes => /andP[le_l]; rewrite le_l leqW //=; case: (ltnP l L) => [lt_l|ge_l]; last first.
  have -> : l = L by apply/eqP; rewrite eqn_leq le_l ge_l.
  by rewrite subnn muln1 ltnS leqn0 => /eqP->.
move=> lt_j; have eq_n : (2 * 2 ^ (L - l) = (2 * 2 ^ (L - l.+1)).*2)%N.
  by rewrite -(subnSK lt_l) expnS mul2n.
by rewrite eq_n ltn_double -doubleS leq_double.
Qed.

Fixpoint widths l : F := if l is l'.+1 then (r l')%:R * widths l' else 1.

Lemma widths_gt0 l : (l <= L.+1)%N -> 0 < widths l.
Proof.
by elim: l => [|l IHl] /= lt_l; rewrite ?ltr01 // mulr_gt0 ?ltr0n ?r_gt0 // IHl // ltnW.
Qed.

Lemma maxr_relu (a b c : F) : a <= c -> b <= c -> 0 <= c -> relu (Num.max a b) <= c.
Proof. by move=> le_a le_b le_0; rewrite /relu !le_maxl le_a le_b. Qed.

Notation h := (2%:R^-1).

Lemma half_gt0 : 0 < h :> F. Proof. by rewrite invr_gt0 ltr0n. Qed.

Lemma halves (x : F) : x * h + x * h = x. Proof. by rewrite -splitr. Qed.

Lemma around_one (x : F) : `|x - 1| <= h -> h <= x <= 3%:R * h.
Proof.
have h1 : 1 = h + h :> F by rewrite -[LHS]halves mul1r.
have -> : 3%:R * h = 1 + h :> F by rewrite mulr_natl mulrSr mulr2n -h1.
by rewrite ler_distl => /andP[]; rewrite {1}h1 addrK => -> ->.
Qed.

Lemma index_lt (d : idx M N) i : (ofidx d i < M)%N.
Proof. by rewrite /ofidx; case: insub => //= i0; apply: ltn_ord. Qed.

(* ------------------------------------------------------------------------ *)
Section Dominated.
Variable w : nat -> nat -> nat -> nat -> F.
Hypothesis near_w : within h dominated w.

Lemma inner_bounds l j g a : placed l.+1 j -> (g < r l.+1)%N -> (a < r l)%N ->
  h <= w l.+1 j g a <= 3%:R * h.
Proof.
move=> /andP[le_l lt_j] lt_g lt_a; apply: around_one.
by apply: (near_w (l := l.+1)); rewrite /in_range le_l lt_j lt_g lt_a.
Qed.

Definition least l : F := h ^+ l * (2%:R * 3%:R ^+ L - h) * widths l.
Definition largest l : F := (3%:R * h) ^+ l.+1 * widths l.

Lemma largest_ge0 l : (l <= L.+1)%N -> 0 <= largest l.
Proof. by move=> le_l; rewrite mulr_ge0 ?exprn_ge0 ?mulr_ge0 ?ler0n ?(ltW half_gt0) // ltW ?widths_gt0. Qed.

Lemma largest_least l : (l <= L)%N -> largest l <= least l.
Proof.
move=> le_l; rewrite ler_wpmul2r ?(ltW (widths_gt0 _)) ?leqW // exprSr exprMn [_ * h ^+ l]mulrC -mulrA.
rewrite ler_wpmul2l ?exprn_ge0 ?(ltW half_gt0) // ler_subr_addr.
have h4 : 3%:R * h + h = 2%:R :> F by rewrite mulr_natl -mulrSr (mulrnA _ 2 2) -[h *+ 2]mulr_natr mulVf ?pnatr_eq0.
have ge1 : (1 : F) <= 3%:R ^+ L by rewrite exprn_ege1 ?ler1n.
have -> : 2%:R * 3%:R ^+ L = 3%:R ^+ L * (3%:R * h) + 3%:R ^+ L * h :> F by rewrite -mulrDr h4 mulrC.
rewrite ler_add ?ler_pemull ?(ltW half_gt0) // ler_wpmul2r ?ler_weexpn2l ?ler1n //.
by rewrite mulr_ge0 ?ler0n ?(ltW half_gt0).
Qed.

Lemma least_gt0 l : (l <= L)%N -> 0 < least l.
Proof.
move=> le_l; apply: lt_le_trans (largest_least le_l).
by rewrite mulr_gt0 ?exprn_gt0 ?mulr_gt0 ?ltr0n ?half_gt0 // widths_gt0 // leqW.
Qed.

(* the value of the first node, which the first input alone decides *)
Fixpoint first (l g c : nat) : F :=
  if l is l'.+1 then \sum_(a < r l') w l 0%N g a * first l' a c else w 0%N 0%N g c.

Section Index.
Variable x : nat -> nat.
Hypothesis lt_x : forall i, (x i < M)%N.
Notation value := (rnode r w x).

Lemma valueS l j g : value l.+1 j g =
  \sum_(a < r l) w l.+1 j g a * relu (Num.max (value l j.*2 a) (value l j.*2.+1 a)).
Proof. by []. Qed.

Lemma other_le l j g : placed l j.+1 -> (g < r l)%N -> value l j.+1 g <= largest l.
Proof.
elim: l j g => [|l IHl] j g placed_j lt_g.
  rewrite /largest expr1 mulr1; have : `|w 0%N j.+1 g (x j.+1) - 1| <= h.
    by apply: (near_w (l := 0%N)); rewrite /in_range lt_x lt_g; case/andP: placed_j => _ ->.
  by case/around_one/andP.
have [placed_l placed_r] := placed_children placed_j; have le_l : (l <= L.+1)%N by case/andP: placed_l.
have -> : largest l.+1 = \sum_(a < r l) 3%:R * h * largest l.
  by rewrite sumr_const card_ord -mulr_natl /largest /= exprS mulrCA -!mulrA.
rewrite valueS; apply: ler_sum => a _; have /andP[w_ge w_le] := inner_bounds placed_j lt_g (ltn_ord a).
apply: ler_pmul => //; rewrite ?le_maxr ?lexx ?orbT //.
  exact: le_trans (ltW half_gt0) w_ge.
rewrite doubleS in placed_l placed_r *; apply: maxr_relu; rewrite ?IHl ?largest_ge0 //.
Qed.

Lemma first_value l g : (l <= L.+1)%N -> (g < r l)%N ->
  value l 0%N g = first l g (x 0%N) /\ least l <= first l g (x 0%N).
Proof.
elim: l g => [|l IHl] g le_l lt_g.
  split=> //=; rewrite /least expr0 mul1r mulr1.
  have : `|w 0%N 0%N g (x 0%N) - 2%:R * 3%:R ^+ L| <= h.
    by apply: (near_w (l := 0%N)); rewrite /in_range lt_x lt_g /nodes /= muln_gt0 expn_gt0.
  by rewrite ler_distl => /andP[].
have placed0 l' : (l' <= L.+1)%N -> placed l' 0.
  by rewrite /placed /nodes => ->; case: ifP; rewrite // muln_gt0 expn_gt0.
have below a : (a < r l)%N -> [/\ value l 0%N a = first l a (x 0%N), least l <= first l a (x 0%N) &
    value l 1%N a <= first l a (x 0%N)].
  move=> lt_a; have [eq_a le_a] := IHl a (leqW le_l) lt_a; split=> //; apply: le_trans le_a.
  by apply: le_trans (largest_least le_l); apply: other_le => //; have [] := placed_children (placed0 _ le_l).
rewrite valueS; split.
  apply: eq_bigr => a _; have [-> le_0 le_1] := below a (ltn_ord a); congr (_ * _).
  rewrite /relu (max_l le_1) max_l //; apply: le_trans le_0; exact/ltW/least_gt0.
have -> : least l.+1 = \sum_(a < r l) h * least l.
  by rewrite sumr_const card_ord -mulr_natl /least /= exprS mulrCA -!mulrA.
apply: ler_sum => a _; have [_ le_0 _] := below a (ltn_ord a).
have /andP[w_ge _] := inner_bounds (placed0 _ le_l) lt_g (ltn_ord a).
by apply: ler_pmul; rewrite ?(ltW half_gt0) // ltW // least_gt0.
Qed.

End Index.

(* The output is a positive function of the first input alone. *)
Theorem one_channel_value : exists u : 'I_M -> F,
  (forall a, 0 < u a) /\ forall (d : idx M N) (i : 'I_N), i = 0%N :> nat -> rdeep r y w d = u (d i).
Proof.
have out_gt0 (x : nat -> nat) : (forall i, x i < M)%N -> 0 < first L.+1 y (x 0%N).
  move=> lt_x; have [_ le_f] := first_value lt_x (leqnn _) lt_y.
  have base_gt0 : 0 < 2%:R * 3%:R ^+ L - h :> F by have := least_gt0 (leq0n L); rewrite /least expr0 mul1r mulr1.
  apply: lt_le_trans le_f; apply: mulr_gt0; last exact: widths_gt0.
  by rewrite mulr_gt0 ?exprn_gt0 ?half_gt0.
exists (fun a => first L.+1 y a); split=> [a|d i i0]; first exact: (out_gt0 (fun=> val a) (fun=> ltn_ord a)).
have [vE _] := first_value (index_lt d) (leqnn _) lt_y.
by rewrite [LHS]vE -(ofidxE d) i0.
Qed.

(* The shallow network with one channel that reads the first input.           *)
Corollary one_channel : exists v : 'I_1 -> 'I_N -> 'I_M -> F, rdeep r y w =1 maxshallow (fun=> 1) v.
Proof.
have [u [u_gt0 uE]] := one_channel_value; have N_gt0 : (0 < N)%N by rewrite muln_gt0 expn_gt0.
exists (fun _ i a => if i == 0%N :> nat then u a else 0) => d.
rewrite (uE d (Ordinal N_gt0)) // /maxshallow big_ord1 mul1r; apply/eqP.
rewrite eq_le relumax_le (ltW (u_gt0 _)) /=; apply/andP; split.
  by apply: relumax_ge; apply/mapP; exists (Ordinal N_gt0); rewrite ?mem_enum.
apply/allP=> _ /mapP[i _ ->] /=; case: ifP => [/eqP i0|_]; last exact/ltW.
by have -> : i = Ordinal N_gt0 by apply/val_inj.
Qed.

Corollary one_channel_rank s : mrank s (rdeep r y w : tensor M F N) = 1%N.
Proof.
have [u [u_gt0 uE]] := one_channel_value; have N_gt0 : (0 < N)%N by rewrite muln_gt0 expn_gt0.
apply/eqP; rewrite eqn_leq; apply/andP; split; last first.
  apply: (frank_minor (g := fun _ : 'I_1 => [ffun=> ord0]) (h := fun=> [ffun=> ord0])).
  by rewrite det_mx11 mxE (uE _ (Ordinal N_gt0)) // gt_eqF.
have rows (s' : pred nat) : s' 0%N -> (mrank s' (rdeep r y w : tensor M F N) <= 1)%N.
  move=> s0; rewrite -[X in (_ <= X)%N]card_unit; apply: (frank_le_card
    (u := fun (d : idx M N) (_ : unit) => u (d (Ordinal N_gt0))) (v := fun _ _ => 1)) => d e.
  by rewrite (big_pred1 tt) ?mulr1 => [|[]] //; rewrite (uE _ (Ordinal N_gt0)) // ffunE /= s0.
by have [/rows //|n0] := boolP (s 0%N); rewrite -mrank_predC; apply: rows.
Qed.

End Dominated.

(* ------------------------------------------------------------------------ *)
(* Weights that do not depend on the position.                                *)
Definition increasing (l j g a : nat) : F := if l == 0%N then a.+1%:R else 1.

Section Shared.
Variable w : nat -> nat -> nat -> nat -> F.
Hypothesis shared_w : forall l j j' g a, w l j g a = w l j' g a.
Notation q := (4%:R^-1).
Hypothesis near_w : within q increasing w.

Fixpoint channel (l g c : nat) : F :=
  if l is l'.+1 then \sum_(a < r l') w l 0%N g a * channel l' a c else w 0%N 0%N g c.

Fixpoint window_max (x : nat -> nat) (l j : nat) : nat :=
  if l is l'.+1 then maxn (window_max x l' j.*2) (window_max x l' j.*2.+1) else x j.

Lemma quarter : 0 < q :> F /\ q + q < 1 :> F.
Proof.
have q_gt0 : 0 < q :> F by rewrite invr_gt0 ltr0n.
have q4 : q *+ 4 = 1 :> F by rewrite -[LHS]mulr_natr mulVf ?pnatr_eq0.
by split=> //; rewrite -[X in _ < X]q4 (mulrnDr q 2 2) -mulr2n ltr_addl mulrn_wgt0.
Qed.

Lemma near_one (x : F) : `|x - 1| <= q -> 0 < x.
Proof.
have [q_gt0 q2] := quarter; rewrite ler_distl => /andP[ge_x _]; apply: lt_le_trans ge_x.
by rewrite subr_gt0; apply: lt_trans q2; rewrite ltr_addl.
Qed.

Lemma first_placed l g a : (l <= L.+1)%N -> (g < r l)%N -> (a < len M r l)%N ->
  `|w l 0%N g a - increasing l 0%N g a| <= q.
Proof.
move=> le_l lt_g lt_a; apply: near_w; rewrite /in_range le_l lt_g lt_a /nodes.
by case: ifP; rewrite // muln_gt0 expn_gt0.
Qed.

Lemma channel_bounds l g : (l <= L.+1)%N -> (g < r l)%N ->
  (forall c, (c < M)%N -> 0 < channel l g c) /\
  (forall c1 c2, (c1 <= c2)%N -> (c2 < M)%N -> channel l g c1 <= channel l g c2).
Proof.
have [q_gt0 q2] := quarter; elim: l g => [|l IHl] g le_l lt_g.
  have leaf c : (c < M)%N -> c.+1%:R - q <= w 0%N 0%N g c <= c.+1%:R + q.
    by move/(first_placed le_l lt_g); rewrite ler_distl.
  split=> [c /leaf/andP[ge_w _]|c1 c2]; rewrite /=.
    apply: lt_le_trans ge_w; rewrite subr_gt0; apply: lt_le_trans (_ : 1 <= _); last by rewrite ler1n.
    by apply: lt_trans q2; rewrite ltr_addl.
  rewrite leq_eqVlt => /orP[/eqP-> //|lt_c] lt_M; have lt_M1 := ltn_trans lt_c lt_M.
  have [/andP[_ le_1] /andP[ge_2 _]] := (leaf c1 lt_M1, leaf c2 lt_M).
  apply: le_trans le_1 (le_trans _ ge_2); rewrite ler_subr_addr -addrA.
  apply: le_trans (_ : c1.+1%:R + 1 <= _); first by rewrite ler_add2l ltW.
  by rewrite -mulrSr ler_nat.
have w_gt0 a : (a < r l)%N -> 0 < w l.+1 0%N g a by move/(first_placed le_l lt_g)/near_one.
have le_l' := ltnW le_l; split=> [c lt_c|c1 c2 le_c lt_c] /=.
  have r_l : (0 < r l)%N by apply: r_gt0.
  rewrite (bigD1 (Ordinal r_l)) //= ltr_spaddl //; last apply: sumr_ge0 => a _.
    by rewrite mulr_gt0 ?w_gt0 // (IHl 0%N le_l' r_l).1.
  by apply: mulr_ge0; apply: ltW; [apply: w_gt0 | apply: (IHl a le_l' (ltn_ord a)).1].
apply: ler_sum => a _; apply: ler_wpmul2l; first exact/ltW/w_gt0.
exact: (IHl a le_l' (ltn_ord a)).2.
Qed.

Lemma channel_value x l j g : (forall i, x i < M)%N -> (l <= L.+1)%N -> (g < r l)%N ->
  rnode r w x l j g = channel l g (window_max x l j).
Proof.
move=> lt_x; have max_lt l' j' : (window_max x l' j' < M)%N.
  by elim: l' j' => //= l' IHl j'; rewrite gtn_max !IHl.
elim: l j g => [|l IHl] j g le_l lt_g; first exact: shared_w.
apply: eq_bigr => a _; rewrite (shared_w _ _ 0%N); congr (_ * _).
rewrite -!/(rnode r w x l _ _) !IHl ?(ltnW le_l) //; have [pos mono] := channel_bounds (ltnW le_l) (ltn_ord a).
rewrite /relu max_l ?le_maxr ?(ltW (pos _ _)) //=.
set c1 := window_max x l _; set c2 := window_max x l _; case: (leqP c1 c2) => [le_c|/ltnW le_c].
  by rewrite max_r // mono // max_lt.
by rewrite max_l // mono // max_lt.
Qed.

Lemma window_maxP x l j : (forall i, (i %/ 2 ^ l)%N = j -> x i <= window_max x l j)%N /\
  exists2 i, (i %/ 2 ^ l)%N = j & x i = window_max x l j.
Proof.
elim: l j => [|l IHl] j; first by split=> [i|]; [rewrite expn0 divn1 => -> | exists j; rewrite // expn0 divn1].
have [[le_l [il ij_l xl]] [le_r [ir ij_r xr]]] := (IHl j.*2, IHl j.*2.+1); split=> [i|] /=.
  rewrite expnSr divnMA divn2 => ij; have := odd_double_half (i %/ 2 ^ l); rewrite ij leq_max.
  by case: odd => /esym; [move/le_r-> | move/le_l->]; rewrite ?orbT.
case: (leqP (window_max x l j.*2) (window_max x l j.*2.+1)) => _.
  by exists ir; [apply: blockr | rewrite xr].
by exists il; [apply: blockl | rewrite xl].
Qed.

(* The network is an increasing function of the largest index: a shallow      *)
(* network with one channel, whose weights do not depend on the position.     *)
Theorem one_channel_shared : exists u : 'I_M -> F, [/\ forall a, 0 < u a,
  {homo u : a b / (a <= b)%N >-> a <= b} & rdeep r y w =1 maxshallow (fun _ : 'I_1 => 1) (fun _ (_ : 'I_N) => u)].
Proof.
have [pos mono] := channel_bounds (leqnn _) lt_y.
exists (fun a => channel L.+1 y a); split=> [a|a b le_ab|d]; first exact/pos/ltn_ord.
  exact/mono/ltn_ord.
rewrite /rdeep channel_value ?leqnn // => [|i]; last exact: index_lt.
rewrite /maxshallow big_ord1 mul1r; have [le_max [i i0 xi]] := window_maxP (ofidx d) L.+1 0.
have lt_i : (i < N)%N by rewrite -[X in (_ < X)%N]mul1n -expnS -ltn_divLR ?expn_gt0 // i0.
rewrite -xi (ofidx_lt _ lt_i); apply/eqP; rewrite eq_le relumax_le (ltW (pos _ _)) //=; apply/andP; split.
  by apply: relumax_ge; apply/mapP; exists (Ordinal lt_i); rewrite ?mem_enum.
apply/allP=> _ /mapP[k _ ->] /=; apply: mono => //; rewrite -(ofidx_lt d lt_i) -ofidxE xi.
by apply: le_max; rewrite divn_small // expnS.
Qed.

End Shared.

End Region.
