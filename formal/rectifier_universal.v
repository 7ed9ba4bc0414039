From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth capacity approximation rectifier rectifier_depth.

(******************************************************************************)
(* Rectifier networks with max pooling are universal, and the bound on the    *)
(* rank of shallow ones is attained.                                          *)
(*                                                                            *)
(* Main results: max_universal (M^N channels suffice for every tensor of      *)
(* order N >= 1), maxshallow_deep (every shallow network is a deep one),      *)
(* max_universal_deep, max_few_channels (few channels do not suffice),        *)
(* maxshallow_attained (1 + (M - 1) min(|I|, |J|) for one channel).           *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Universal.
Variable F : realFieldType.

Lemma relu_max (x y : F) : relu (Num.max x y) = Num.max (relu x) (relu y).
Proof. by rewrite /relu maxACA maxxx. Qed.

Lemma relu_id (x : F) : relu (relu x) = relu x.
Proof. by rewrite /relu -maxA maxxx. Qed.

Section Shallow.
Variables m N : nat.
Notation M := m.+1.
Notation idx := (idx M N).

(* A channel whose weights are 1 - e_(k_i) is 1 except at the index k.        *)
Lemma leave_out_channel (k d : idx) : (0 < N)%N ->
  relumax [seq (d i != k i)%:R | i <- enum 'I_N] = (d != k)%:R :> F.
Proof.
move=> N_gt0; apply/eqP; rewrite eq_le relumax_le ler0n /=; apply/andP; split.
  apply/allP=> _ /mapP[i _ ->] /=; rewrite ler_nat; case: eqP => //= neq_i.
  by case: eqP => // eq_dk; case: neq_i; rewrite eq_dk.
case: eqP => [_|/eqP neq_dk]; first exact: relumax_ge0.
have [i neq_i] : exists i, d i != k i.
  apply/existsP; apply: contraNT neq_dk; rewrite negb_exists => /forallP eq_d.
  by apply/eqP/ffunP => i; apply/eqP; rewrite -[_ == _]negbK.
by apply: relumax_ge; apply/mapP; exists i; rewrite ?mem_enum ?neq_i.
Qed.

(* Channels may be left unused. *)
Lemma maxshallow_widen (I : finType) Z (c : I -> F) (v : I -> 'I_N -> 'I_M -> F) : (#|I| <= Z)%N ->
  exists (c' : 'I_Z -> F) v', forall d, maxshallow c' v' d =
    \sum_k c k * relumax [seq v k i (d i) | i <- enum 'I_N].
Proof.
move=> le_Z; pose c' (z : 'I_Z) := if insub (val z) is Some k then c (enum_val (k : 'I_#|I|)) else 0.
pose v' (z : 'I_Z) := if insub (val z) is Some k then v (enum_val (k : 'I_#|I|)) else fun _ _ => 0.
exists c', v' => d; rewrite [RHS](reindex_onto (@enum_val I predT) enum_rank) => [|k _]; last exact: enum_rankK.
rewrite /maxshallow (bigID (fun z : 'I_Z => (z < #|I|)%N)) /= [X in _ + X]big1 ?addr0 => [|z /negP ge_z].
  rewrite (big_ord_narrow le_Z); apply: eq_big => [k|k _]; first by rewrite enum_valK eqxx.
  by rewrite /c' /v' /= valK.
by rewrite /c'; case: insubP => [? []//|_]; rewrite mul0r.
Qed.

Theorem max_universal Z (A : tensor M F N) : (0 < N)%N -> (M ^ N <= Z)%N ->
  exists (c : 'I_Z -> F) v, A =1 maxshallow c v.
Proof.
move=> N_gt0; rewrite -[M in (M ^ _)%N]card_ord -{1}[N]card_ord -card_ffun => le_Z.
pose S : F := \sum_d A d; pose n := #|[finType of idx]|.
have [one|] := leqP n 1.
  have [c [v cvE]] := maxshallow_widen A (fun _ _ _ => 1) le_Z.
  exists c, v => d; rewrite cvE (bigD1 d) //= big1 ?addr0 => [|k neq_k].
    rewrite (@eq_relumax _ _ [:: 1]) /= ?max_l ?ler01 ?mulr1 // => x; rewrite inE.
    by apply/mapP/eqP => [[i _ ->]//|->]; exists (Ordinal N_gt0); rewrite ?mem_enum.
  by case/eqP: neq_k; have /card_le1_eqP := one; apply.
move=> gt1; have [c [v cvE]] := maxshallow_widen
  (fun k => S / (n.-1)%:R - A k) (fun (k : idx) (i : 'I_N) a => (a != k i)%:R) le_Z.
have ne0 : n.-1%:R != 0 :> F by rewrite pnatr_eq0 -lt0n -ltnS prednK // ltnW.
exists c, v => d; rewrite cvE; under eq_bigr do rewrite leave_out_channel // eq_sym.
rewrite (bigD1 d) //= eqxx mulr0 add0r (eq_bigr (fun k => S / n.-1%:R - A k)) => [|k ->]; last by rewrite mulr1.
rewrite big_split sumrN /= sumr_const cardC1 -[_ *+ #|_|.-1]mulr_natr mulfVK //.
by rewrite /S (bigD1 d) //= addrK.
Qed.

End Shallow.

(* ------------------------------------------------------------------------ *)
(* A deep network whose inner weights are the identity is a shallow one.      *)
Section Deep.
Variables (m : nat) (r : nat -> nat) (L y : nat).
Notation M := m.+1.
Notation N := (2 * 2 ^ L)%N.

Theorem maxshallow_deep Z (c : 'I_Z -> F) (v : 'I_Z -> 'I_N -> 'I_M -> F) :
    (forall l, l <= L -> Z <= r l)%N -> exists w, rdeep r y w =1 maxshallow c v.
Proof.
move=> le_Z; have [w [w_leaf w_inner w_top]] : exists w : nat -> nat -> nat -> nat -> F, [/\
    forall (z : 'I_Z) (i : 'I_N) (k : 'I_M), w 0%N i z k = v z i k,
    forall l j g a, (l < L)%N -> w l.+1 j g a = (a == g)%:R &
    forall a, w L.+1 0%N y a = oapp c 0 (insub a)].
  exists (fun l j g a => if l is l'.+1 then if l' == L then oapp c 0 (insub a) else (a == g)%:R
    else match (insub g : option 'I_Z), (insub j : option 'I_N), (insub a : option 'I_M) with
      | Some z, Some i, Some k => v z i k | _, _, _ => 0 end).
  by split=> [z i k|l j g a lt_l|a]; rewrite ?valK ?(ltn_eqF lt_l) ?eqxx.
exists w => d; pose below l j := filter (fun i : 'I_N => (i %/ 2 ^ l)%N == j) (enum 'I_N).
have mem_below l j i : (i \in below l j) = ((i %/ 2 ^ l)%N == j) by rewrite mem_filter mem_enum andbT.
have splits l j : below l.+1 j =i below l j.*2 ++ below l j.*2.+1.
  move=> i; rewrite mem_cat !mem_below expnSr divnMA divn2.
  apply/eqP/orP => [<-|[]/eqP->]; rewrite ?doubleK //= ?uphalf_double //.
  by rewrite -{1 3}[(i %/ 2 ^ l)%N]odd_double_half; case: odd; [right | left]; rewrite ?add1n.
pose top (z : 'I_Z) l j := relumax [seq v z i (d i) | i <- below l j].
have topS z l j : top z l.+1 j = Num.max (top z l j.*2) (top z l j.*2.+1).
  rewrite /top -relumax_cat -map_cat; apply: eq_relumax => x.
  by apply/mapP/mapP => -[i i_l ->]; exists i; rewrite ?splits // -splits.
have nodeE l j (z : 'I_Z) : (l < L.+1)%N -> (j.+1 * 2 ^ l <= N)%N ->
    relu (rnode r w (ofidx d) l j z) = top z l j.
  elim: l => [|l IHl] in j *.
    rewrite muln1 => _ lt_j; rewrite /= ofidx_lt -[j in LHS]/(val (Ordinal lt_j)) w_leaf /top.
    rewrite (@eq_relumax _ _ [:: v z (Ordinal lt_j) (d (Ordinal lt_j))]) // => x; rewrite inE.
    apply/mapP/eqP => [[i]|->].
      rewrite mem_below expn0 divn1 => /eqP ij ->.
      by have -> : i = Ordinal lt_j by apply/val_inj.
    by exists (Ordinal lt_j); rewrite // mem_below expn0 divn1.
  rewrite ltnS => lt_l /half_range[le_l le_r]; rewrite topS -!IHl ?leqW //=.
  have lt_z : (z < r l)%N by apply: leq_trans (le_Z l (ltnW lt_l)).
  rewrite (bigD1 (Ordinal lt_z)) //= w_inner // eqxx mul1r big1 ?addr0 => [|a]; last first.
    by rewrite -val_eqE /= w_inner // => /negbTE->; rewrite mul0r.
  by rewrite relu_id relu_max.
rewrite /rdeep /= (bigID (fun a : 'I_(r L) => (a < Z)%N)) /= [X in _ + X]big1 ?addr0 => [|a /negP ge_a]; last first.
  by rewrite w_top; case: insubP => [? []//|_]; rewrite mul0r.
rewrite (big_ord_narrow (le_Z L (leqnn L))); apply: eq_bigr => z _; rewrite w_top valK; congr (_ * _).
rewrite relu_max !nodeE ?mul1n ?leq_pmull // -topS.
by congr (relumax (map _ _)); apply/all_filterP/allP => i _; rewrite divn_small // expnS.
Qed.

Corollary max_universal_deep (A : tensor M F N) : (forall l, l <= L -> M ^ N <= r l)%N ->
  exists w, A =1 rdeep r y w.
Proof.
move=> le_r; have [|c [v AE]] := max_universal A _ (leqnn _); first by rewrite muln_gt0 expn_gt0.
by have [w wE] := maxshallow_deep c v le_r; exists w => d; rewrite AE wE.
Qed.

(* Few channels do not suffice. *)
Theorem max_few_channels Z : (1 + Z * (m * 2 ^ L) < M ^ 2 ^ L)%N ->
  exists A : tensor M F N, forall (c : 'I_Z -> F) v, ~ A =1 maxshallow c v.
Proof.
move=> few; exists (rdeep (fun=> M) 0 (@rwit F)) => c v eqA.
have M_gt0 l : (0 < l <= L)%N -> (0 < (fun=> M) l)%N by [].
have := mrank_rwit F (m := m) 0 M_gt0; rewrite /= minnn => /(_ (leq_ltn_trans (leq_addr _ _) few)).
rewrite (eq_mrank _ eqA) => le_R; have := leq_trans few (leq_trans le_R (mrank_maxshallow _ _ _)).
rewrite ltnNge leq_add2l !leq_mul // geq_min card_modes cnt_oddmodes uphalf_half mul2n odd_double doubleK.
by rewrite leqnn.
Qed.

End Deep.

(* ------------------------------------------------------------------------ *)
(* One channel of the largest rank: the values of the two sides alternate.    *)
Section Attained.
Variables m N : nat.
Notation M := m.+1.
Notation idx := (idx M N).

Lemma natr_max (a b : nat) : (maxn a b)%:R = Num.max a%:R b%:R :> F.
Proof. by rewrite /Num.max ltr_nat /maxn; case: ifP. Qed.

(* mode i of the side b takes the values 0 and p m + 1, ..., p m + m, p its   *)
(* place among the modes of the side                                          *)
Definition height b (i : 'I_N) (a : 'I_M) :=
  (if a == ord0 then 0 else index i (inputs N b) * m + a)%N.

(* the index whose largest value on the side b is k *)
Definition peak b k : idx := [ffun i => odflt ord0 [pick a | height b i a == k]].

Lemma height_peak b k i : height b i (peak b k i) = k \/ height b i (peak b k i) = 0%N.
Proof.
by rewrite ffunE; case: pickP => [a /eqP|_] /=; [left | right; rewrite /height eqxx].
Qed.

Lemma peakP b k : (0 < size (inputs N b))%N -> (k <= m * size (inputs N b))%N ->
  exists2 i, b (val i) & height b i (peak b k i) = k.
Proof.
move=> b_gt0 le_k; suff [i [a [bi ha]]] : exists (i : 'I_N) a, b (val i) /\ height b i a = k.
  by exists i => //; rewrite ffunE; case: pickP => [a' /eqP //|/(_ a)]; rewrite ha eqxx.
have [i0 _] : {i : 'I_N | true} by move: b_gt0; case: (inputs N b) => // i _ _; exists i.
case: k le_k => [_|k lt_k].
  exists (nth i0 (inputs N b) 0), ord0; split=> //.
  by have := mem_nth i0 b_gt0; rewrite mem_inputs.
have m_gt0 : (0 < m)%N by case: (m) lt_k.
have lt_p : (k %/ m < size (inputs N b))%N by rewrite ltn_divLR // mulnC.
exists (nth i0 (inputs N b) (k %/ m)), (lift ord0 (Ordinal (ltn_pmod k m_gt0))).
split; first by have := mem_nth i0 lt_p; rewrite mem_inputs.
rewrite /height eq_sym (negbTE (neq_lift _ _)) index_uniq //; last exact/filter_uniq/enum_uniq.
by rewrite lift0 addnS -divn_eq.
Qed.

Lemma relumax_peak b c k : (0 < size (inputs N b))%N -> (k <= m * size (inputs N b))%N ->
  relumax [seq (2 * height b i (peak b k i) + c)%:R | i <- inputs N b] = (2 * k + c)%:R :> F.
Proof.
move=> b_gt0 le_k; apply/eqP; rewrite eq_le relumax_le ler0n /=; apply/andP; split.
  apply/allP=> _ /mapP[i _ ->] /=; rewrite ler_nat leq_add2r leq_mul2l /=.
  by case: (height_peak b k i) => ->.
have [i bi hi] := peakP b_gt0 le_k; apply: relumax_ge; apply/mapP.
by exists i; rewrite ?mem_inputs // hi.
Qed.

Theorem maxshallow_attained s : (0 < N)%N -> exists v : 'I_1 -> 'I_N -> 'I_M -> F,
  mrank s (maxshallow (fun=> 1) v) =
    (1 + m * minn #|[pred i : 'I_N | s i]| #|[pred i : 'I_N | ~~ s i]|)%N.
Proof.
move=> N_gt0; pose v (_ : 'I_1) i a : F := if s (val i) then (2 * height s i a + 2)%:R else (2 * height (predC s) i a + 1)%:R.
exists v; apply/eqP; rewrite eqn_leq -{1}[(m * _)%N]mul1n mrank_maxshallow /=.
have sizeE b : size (inputs N b) = #|[pred i : 'I_N | b i]| by rewrite size_filter -sum1_count -sum1_card big_enum_cond.
rewrite -[#|_|](sizeE s) -[#|_|](sizeE (predC s)); set K := (m * _)%N.
case: (posnP (minn (size (inputs N s)) (size (inputs N (predC s))))) => [min0|].
  rewrite /K min0 muln0; apply: (frank_minor (g := fun _ : 'I_1 => [ffun=> ord0]) (h := fun=> [ffun=> ord0])).
  rewrite det_mx11 mxE /maxshallow big_ord1 mul1r gt_eqF //.
  apply: lt_le_trans (_ : 1 <= _); rewrite ?ltr01 //.
  apply: le_trans (relumax_ge (x := v ord0 (Ordinal N_gt0) ord0) _).
    by rewrite /v; case: ifP => _; rewrite ler1n addnS.
  by apply/mapP; exists (Ordinal N_gt0); rewrite ?mem_enum // ffunE !ffunE if_same.
rewrite leq_min => /andP[s_gt0 c_gt0].
have valE (a b : nat) : (a <= K)%N -> (b <= K)%N ->
    maxshallow (fun=> 1) v (merge s (peak s a) (peak (predC s) b)) = (maxn (2 * a + 2) (2 * b + 1))%:R.
  move=> le_a le_b; rewrite /maxshallow big_ord1 mul1r rowcolmax natr_max; congr (Num.max _ _).
    rewrite -(relumax_peak 2 s_gt0 (leq_trans le_a _)) ?leq_mul2l ?geq_minl ?orbT //.
    by congr relumax; apply/eq_in_map => i; rewrite mem_inputs /v => ->.
  rewrite -(relumax_peak 1 c_gt0 (leq_trans le_b _)) ?leq_mul2l ?geq_minr ?orbT //.
  by congr relumax; apply/eq_in_map => i; rewrite mem_inputs /v /= => /negbTE->.
(* differences of neighbouring columns, and the first column, are triangular  *)
rewrite add1n; pose h (next : bool) (b : 'I_K.+1) := peak (predC s) (if next then if (b < K)%N then b.+1 else 0%N else b).
pose c (next : bool) (b : 'I_K.+1) : F := if next then 1 else if (b < K)%N then -1 else 0.
pose f (a : 'I_K.+1) (e : idx) := maxshallow (fun=> 1) v (merge s (peak s a) e).
apply: leq_trans (frank_reindex (fun a : 'I_K.+1 => peak s a) (fun e : idx => e) _).
apply: leq_trans (frank_comb_le f h c).
have combE (a b : 'I_K.+1) : \sum_next c next b * f a (h next b) =
    if (b < K)%N then (maxn (2 * a + 2) (2 * b.+1 + 1))%:R - (maxn (2 * a + 2) (2 * b + 1))%:R else (2 * a + 2)%:R.
  rewrite big_bool /c /f /h /= mul1r; case: ifP => lt_b; rewrite !valE ?leq_ord //.
    by rewrite mulN1r.
  by rewrite mul0r addr0 muln0 (maxn_idPl _) // addn2.
apply: (frank_minor (g := id) (h := id)); rewrite -det_tr det_trig.
  rewrite prodf_seq_neq0; apply/allP => a _ /=; rewrite !mxE combE.
  case: ifP => _; last by rewrite pnatr_eq0 addn2.
  have -> : (2 * a.+1 + 1 = (2 * a + 2).+1)%N by rewrite mulnS addn1 [(2 + _)%N]addnC.
  by rewrite (maxn_idPr (leqnSn _)) (maxn_idPl _) ?leq_add2l // -natrB ?leqnSn // subSnn oner_neq0.
apply/is_trig_mxP => b a lt_ab; rewrite !mxE combE (leq_trans lt_ab (leq_ord a)).
by rewrite !(maxn_idPl _) ?subrr // leq_add // leq_mul2l // ltnW.
Qed.

End Attained.

End Universal.
