From mathcomp Require Import all_ssreflect all_algebra.
From Proofkit Require Import kronecker generic tensor network depth capacity pooling.

(******************************************************************************)
(* The hypotheses of the theorems can be met: M = 2, four inputs, all widths  *)
(* 2, rational weights, one output; and the numbers of the paper's example of *)
(* networks of depth 3 against 2, M = 2 and r = (4, 4, 1): 16, where the      *)
(* minimum of M, r_0 and r_1 would give 4; and a tree of pooling windows with *)
(* its bounds from below and from above.                                      *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

(* Some rational weights of such a network need 2^2 terms, and no fewer. *)
Example four_inputs : exists w : weights 2 (fun=> 2%N) 2 1 -> rat_fieldType,
  CP_rank_ge (deep 2 (fun=> 2%N) 1 0 (unshared w)) 4.
Proof.
have [p [_ [w pw] genp]] := capacity_unshared rat_fieldType 2 (r := fun=> 2%N) (L := 1) (y := 0)
  (fun _ _ => isT) isT.
by exists w; have := genp w pw.
Qed.

Example depth_3_against_2 : (dim false 2 (fun l => if (l < 2)%N then 4 else 1) 1 ^ 2 ^ (2 - 1) = 16)%N.
Proof. by []. Qed.

Example depth_3_against_2_shared : (dim true 2 (fun l => if (l < 2)%N then 4 else 1) 1 ^ 2 ^ (2 - 1) = 9)%N.
Proof. by []. Qed.

(* Two windows of two inputs, shared weights, odd and even modes: the weights  *)
(* 0, 1 and 2 of inputs, windows and output have roles 0, 1 and 2.            *)
Definition two_windows := Mix 2 2 (Product
  (Mix 1 2 (Product (Input 0 0) (Input 0 1))) (Mix 1 2 (Product (Input 0 2) (Input 0 3)))).

Example two_windows_fit : fits id two_windows && (low 2 oddmodes two_windows == 4)%N.
Proof. by []. Qed.

Example two_windows_cut : anycut 2 oddmodes two_windows = 4%N.
Proof. by []. Qed.
