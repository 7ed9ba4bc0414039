From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network.

(******************************************************************************)
(* Universality of arithmetic circuits. Every tensor of order N is that of a  *)
(* shallow network with M^(N-1) channels, and of a deep one where the inputs  *)
(* have M^2 channels, the nodes above them M^4, and so on: those of level l   *)
(* pick every pair of indices of two blocks of 2^l inputs. The two nodes at   *)
(* the top need M^(N/2). Networks with shared weights are not universal.      *)
(*                                                                            *)
(*    size M l == M^(2^l), the number of indices of a block of 2^l inputs     *)
(* code M d l j == the number of the index of block j, digits d_i             *)
(*  sel M l j g == what channel g of node j picks: the first or the second of *)
(*                 the pair that g is the number of                           *)
(*                                                                            *)
(* Main results: shallow_universal, deep_universal, shared_symmetric.         *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Theorem shallow_universal M (R : comRingType) N (A : tensor M R N.+1) : CP A (M ^ N).
Proof.
rewrite -[in (M ^ N)%N](card_ord M) -[N in (_ ^ N)%N](card_ord N) -card_ffun.
pose first (d : idx M N.+1) := d ord0; pose rest (d : idx M N.+1) : idx M N := [ffun i => d (lift ord0 i)].
pose join x (e : idx M N) : idx M N.+1 := [ffun i => if unlift ord0 i is Some j then e j else x].
have joinK d : join (first d) (rest d) = d.
  by apply/ffunP=> i; rewrite !ffunE; case: unliftP => [j ->|->] //; rewrite ffunE.
exists (fun=> 1), (fun z i x => if unlift ord0 i is Some j then (x == (enum_val z : idx M N) j)%:R else A (join x (enum_val z))).
move=> d; rewrite (bigD1 (enum_rank (rest d))) //= big_ord_recl unlift_none enum_rankK joinK mul1r.
rewrite big1 ?mulr1 => [|i _]; last by rewrite liftK ffunE eqxx.
rewrite big1 ?addr0 // => z neq_z; rewrite mul1r big_ord_recl unlift_none.
have [i neq_i] : exists i, d (lift ord0 i) != (enum_val z : idx M N) i.
  apply/existsP; apply: contraNT neq_z; rewrite negb_exists => /forallP eq_d.
  rewrite -(inj_eq enum_val_inj) enum_rankK eq_sym; apply/eqP/ffunP => i; rewrite ffunE.
  by apply/eqP; rewrite -[_ == _]negbK.
by rewrite (bigD1 i) //= liftK (negbTE neq_i) mul0r mulr0.
Qed.

Section Codes.
Variable M : nat.

Definition size l := (M ^ 2 ^ l)%N.

Fixpoint code (d : nat -> nat) l j := if l is l'.+1 then (code d l' j.*2 * size l' + code d l' j.*2.+1)%N else d j.

Definition sel l j g := if odd j then (g %% size l)%N else (g %/ size l)%N.

Lemma sizeS l : size l.+1 = (size l * size l)%N.
Proof. by rewrite /size expnS mul2n -addnn expnD. Qed.

Variable d : nat -> nat.
Hypothesis lt_d : forall i, (d i < M)%N.

Lemma size_gt0 l : (0 < size l)%N.
Proof. by rewrite expn_gt0 (leq_ltn_trans _ (lt_d 0)). Qed.

Lemma code_lt l j : (code d l j < size l)%N.
Proof.
elim: l => [|l IHl] /= in j *; first by rewrite /size expn0 expn1.
by rewrite sizeS (leq_trans (n := (code d l j.*2).+1 * size l)) ?leq_mul2r ?IHl ?orbT // mulSn addnC ltn_add2r.
Qed.

(* A channel of a pair of blocks is the number of one pair of their indices.   *)
Lemma eq_code l j a : ((a == code d l.+1 j) = (code d l j.*2 == sel l j.*2 a) && (code d l j.*2.+1 == sel l j.*2.+1 a))%N.
Proof.
rewrite /sel /= odd_double /=; apply/eqP/andP => [->|[/eqP-> /eqP->]]; last by rewrite -divn_eq.
by rewrite divnMDl ?size_gt0 // divn_small ?code_lt // addn0 modnMDl modn_small ?code_lt // !eqxx.
Qed.

End Codes.

Lemma code_inj M d e l j : (forall i, (d i < M)%N) -> (forall i, (e i < M)%N) -> code M d l j = code M e l j ->
  forall i, (i %/ 2 ^ l)%N = j -> d i = e i.
Proof.
move=> lt_d lt_e; elim: l => [|l IHl] /= in j *; first by move=> eq_c i; rewrite expn0 divn1 => ->.
move=> eq_c; have lt0 := size_gt0 lt_d l.
have eq_l : code M d l j.*2 = code M e l j.*2.
  by have := congr1 (divn^~ (size M l)) eq_c; rewrite !divnMDl // !divn_small ?code_lt // !addn0.
have eq_r : code M d l j.*2.+1 = code M e l j.*2.+1.
  by have := congr1 (modn^~ (size M l)) eq_c; rewrite !modnMDl !modn_small ?code_lt.
move=> i; rewrite expnSr divnMA divn2 => ij; have := odd_double_half (i %/ 2 ^ l); rewrite ij.
by case: odd => /= eq_i; [apply: (IHl j.*2.+1) | apply: (IHl j.*2)].
Qed.

(* ------------------------------------------------------------------------ *)
Section Deep.
Variables (R : comRingType) (M L : nat) (r : nat -> nat) (y : nat).
Hypothesis r_lower : forall l, (l < L)%N -> (M ^ 2 ^ l.+1 <= r l)%N.
Hypothesis r_top : (M ^ 2 ^ L <= r L)%N.
Local Notation N := (2 * 2 ^ L)%N.
Variable A : tensor M R N.

(* The entries of A with these indices of the two halves; there is one.        *)
Definition slice a b : R := \sum_(d : idx M N) A d * ((code M (ofidx d) L 0 == a) && (code M (ofidx d) L 1 == b))%:R.

Definition wuniv l j g a : R :=
  if (l < L)%N then (a == sel M l j g)%:R else if (l == L) then (if j == 0%N then (a == g)%:R else slice g a) else 1.

Lemma coefnode_univ (d : nat -> nat) l j g : (forall i, (d i < M)%N) -> (l <= L)%N ->
  node r wuniv (fun j g => wuniv 0 j g (d j)) l j g = wuniv l j g (code M d l j).
Proof.
move=> lt_d; elim: l => [|l IHl] in j g * => //= lt_l.
have lt_code : (code M d l.+1 j < r l)%N by apply: leq_trans (r_lower lt_l); apply: code_lt.
rewrite (bigD1 (Ordinal lt_code)) //= !IHl ?(ltnW lt_l) // /wuniv lt_l.
have := eq_code lt_d l j (code M d l.+1 j); rewrite eqxx /= => /esym/andP[-> ->]; rewrite !mulr1 big1 ?addr0 // => a neq_a.
rewrite !IHl ?(ltnW lt_l) // /wuniv lt_l; have := eq_code lt_d l j a.
rewrite -[(_ == _ :> nat) in LHS]/(a == Ordinal lt_code) (negbTE neq_a) => /esym.
by case: eqP => [_ /= ->|]; rewrite ?mulr0 ?mul0r ?mulr0.
Qed.

Lemma slice_code (d : idx M N) : slice (code M (ofidx d) L 0) (code M (ofidx d) L 1) = A d.
Proof.
have lt_idx (e : idx M N) i : (ofidx e i < M)%N.
  rewrite /ofidx; case: insubP => [i' _ _|_] /=; first exact: ltn_ord.
  have gt0 : (0 < N)%N by rewrite muln_gt0 expn_gt0.
  by apply: leq_ltn_trans (ltn_ord (e (Ordinal gt0))).
rewrite /slice (bigD1 d) //= !eqxx mulr1 big1 ?addr0 // => e neq_e.
case: eqP => [eq0|]; last by rewrite mulr0.
case: eqP => [eq1|]; last by rewrite mulr0.
case/eqP: neq_e; apply/ffunP=> i; apply: val_inj; rewrite /= -!ofidxE.
have : (i %/ 2 ^ L < 2)%N by rewrite ltn_divLR ?expn_gt0.
case eq_q: (i %/ 2 ^ L)%N => [|[|]] // _.
  exact: (code_inj (lt_idx e) (lt_idx d) eq0).
exact: (code_inj (lt_idx e) (lt_idx d) eq1).
Qed.

Theorem deep_universal_at : coef r wuniv (M := M) (n := 2) (L := L) y =1 A.
Proof.
move=> d; have lt_idx i : (ofidx d i < M)%N.
  rewrite /ofidx; case: insubP => [i' _ _|_] /=; first exact: ltn_ord.
  have gt0 : (0 < N)%N by rewrite muln_gt0 expn_gt0.
  by apply: leq_ltn_trans (ltn_ord (d (Ordinal gt0))).
rewrite /coef /net -[RHS]slice_code.
have lt_c : (code M (ofidx d) L 0 < r L)%N by apply: leq_trans r_top; apply: code_lt.
rewrite (bigD1 (Ordinal lt_c)) //= big_ord_recl big_ord1 /= !coefnode_univ // /wuniv !ltnn !eqxx ltnNge leqnSn /=.
rewrite -[(L.+1 == L)%N]negbK neq_ltn ltnSn orbT /= !mul1r big1 ?addr0 // => a neq_a.
rewrite big_ord_recl big_ord1 /= !coefnode_univ // /wuniv !ltnn !eqxx /=.
rewrite [_ == _](_ : _ = false) ?mul0r ?mulr0 //; apply/negbTE; apply: contraNneq neq_a => eq_a.
by apply/eqP/val_inj.
Qed.

End Deep.

(* Every tensor is that of a deep network with these many channels.            *)
Theorem deep_universal (R : comRingType) M L (r : nat -> nat) y (A : tensor M R (2 * 2 ^ L)) :
    (forall l, (l < L)%N -> (M ^ 2 ^ l.+1 <= r l)%N) -> (M ^ 2 ^ L <= r L)%N ->
  exists w, coef r w (n := 2) (L := L) y =1 A.
Proof. by move=> r_lower r_top; exists (wuniv A); apply: deep_universal_at. Qed.

(* With shared weights the tensor of two inputs is symmetric.                  *)
Definition reversed M N (d : idx M N) : idx M N := [ffun i => d (rev_ord i)].

Definition positionless (R : Type) (w : nat -> nat -> nat -> nat -> R) := forall l j j' g a, w l j g a = w l j' g a.

Theorem shared_symmetric (R : comRingType) M r (w : nat -> nat -> nat -> nat -> R) y (d : idx M (2 * 2 ^ 0)) :
  positionless w -> coef r w (n := 2) (L := 0) y (reversed d) = coef r w (n := 2) (L := 0) y d.
Proof.
move=> w_shared; rewrite /coef /net; apply: eq_bigr => a _; congr (_ * _).
have at0 : (0 < 2 * 2 ^ 0)%N by []; have at1 : (1 < 2 * 2 ^ 0)%N by [].
have eq_r i j (lt_i : (i < 2 * 2 ^ 0)%N) (lt_j : (j < 2 * 2 ^ 0)%N) : (i + j)%N = 1%N -> ofidx (reversed d) i = ofidx d j.
  by move=> ij; rewrite !ofidx_lt ffunE; congr (nat_of_ord (d _)); apply: val_inj; rewrite /= -[j](addKn i) ij.
rewrite !big_ord_recl !big_ord0 !mulr1 /= mulrC (eq_r 0 1)%N // (eq_r 1 0)%N //.
by congr (_ * _); apply: w_shared.
Qed.

Theorem shared_not_universal (R : comRingType) m : exists A : tensor m.+2 R (2 * 2 ^ 0),
  forall r w y, positionless w -> ~ coef r w (n := 2) (L := 0) y =1 A.
Proof.
pose d : idx m.+2 (2 * 2 ^ 0) := [ffun i : 'I__ => inord i]; exists (fun e => (e == d)%:R) => r w y w_shared eq_A.
have := shared_symmetric r y d w_shared; rewrite !eq_A eqxx; case: eqP => [eq_d|_ /eqP]; last by rewrite eq_sym oner_eq0.
by have := congr1 (fun e : idx _ _ => val (e ord0)) eq_d; rewrite /= !ffunE !inordK.
Qed.
