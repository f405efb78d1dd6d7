// RUN: mirage-opt %s --split-input-file --inline | FileCheck %s --check-prefix=INLINE
// RUN: mirage-opt %s --split-input-file --cse | FileCheck %s --check-prefix=CSE
// RUN: mirage-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(mirage.kernel(cse)))' | FileCheck %s --check-prefix=NESTED
// RUN: mirage-opt %s --split-input-file --loop-invariant-code-motion | FileCheck %s --check-prefix=LICM
// RUN: mirage-opt %s --split-input-file --sccp | FileCheck %s --check-prefix=SCCP
// RUN: mirage-opt %s --split-input-file --canonicalize | FileCheck %s --check-prefix=CANON

// Upstream's passes on kernels.

// INLINE-LABEL: @inlined
// INLINE-NOT: call
// INLINE: mirage.mul
// INLINE: mirage.kernel
// INLINE: mirage.loop
// INLINE-NOT: call
// INLINE: return
func.func @inlined(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = func.call @callee(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

func.func private @callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = mirage.mul %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  %o = mirage.kernel () ins(%in = %y : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %s = mirage.loop (%k : 2) -> (!mirage.tile<2xf32>) {
      %t = mirage.load %in[%k] : tensor<4xf32> -> !mirage.tile<2xf32>
      mirage.accumulate sum %t : !mirage.tile<2xf32>
    }
    %d = mirage.concat dim 0 %s, %s : !mirage.tile<2xf32>, !mirage.tile<2xf32> -> !mirage.tile<4xf32>
    mirage.store %d to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}

// -----

// Equal kernels merge; one with another body or another grid does not.
// CSE-LABEL: @kernels
// CSE: %[[A:.*]] = mirage.kernel () ins
// CSE: mirage.exp
// CSE: %[[B:.*]] = mirage.kernel () ins
// CSE: mirage.neg
// CSE: %[[C:.*]] = mirage.kernel (%{{.*}} : 2) ins
// CSE-NOT: mirage.kernel
// CSE: return %[[A]], %[[A]], %[[B]], %[[C]]
func.func @kernels(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %e = mirage.exp %t : !mirage.tile<4xf32>
    mirage.store %e to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  %1 = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %e = mirage.exp %t : !mirage.tile<4xf32>
    mirage.store %e to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  %2 = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %e = mirage.neg %t : !mirage.tile<4xf32>
    mirage.store %e to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  %3 = mirage.kernel (%i : 2) ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[%i] : tensor<4xf32> -> !mirage.tile<2xf32>
    %e = mirage.exp %t : !mirage.tile<2xf32>
    mirage.store %e to %out[%i] : !mirage.tile<2xf32>, !mirage.out<4xf32>
  }
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Equal ops merge at both levels; ops that differ in an attribute do not.
// CSE-LABEL: @ops
// CSE-COUNT-1: mirage.exp
// CSE-NOT: mirage.exp
// CSE-COUNT-2: mirage.reduce
// CSE-COUNT-2: mirage.cmp
func.func @ops(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x4xi1>, tensor<4x4xi1>) {
  %0 = mirage.exp %x : tensor<4x4xf32>
  %1 = mirage.exp %x : tensor<4x4xf32>
  %2 = mirage.reduce sum %x dim 1 : tensor<4x4xf32> -> tensor<4x1xf32>
  %3 = mirage.reduce max %x dim 1 : tensor<4x4xf32> -> tensor<4x1xf32>
  %4 = mirage.cmp lt %x, %x : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xi1>
  %5 = mirage.cmp le %x, %x : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xi1>
  return %0, %1, %2, %3, %4, %5 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x4xi1>, tensor<4x4xi1>
}

// -----

// Passes nest on kernels: the function's ops stay, the kernel's merge. Loads
// that differ in their split stay.
// NESTED-LABEL: @nested
// NESTED-COUNT-2: mirage.exp %{{.*}} : tensor
// NESTED: mirage.kernel
// NESTED-COUNT-3: mirage.load
// NESTED: mirage.exp %{{.*}} : !mirage.tile
// NESTED-NOT: mirage.exp
// NESTED: mirage.store
func.func @nested(%a: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = mirage.exp %a : tensor<4x4xf32>
  %1 = mirage.exp %a : tensor<4x4xf32>
  %o = mirage.kernel (%i : 2, %j : 2) ins(%x = %a : tensor<4x4xf32>) outs(%out : tensor<4x4xf32>) {
    %p = mirage.load %x[%i, %j] : tensor<4x4xf32> -> !mirage.tile<2x2xf32>
    %q = mirage.load %x[%j, %i] : tensor<4x4xf32> -> !mirage.tile<2x2xf32>
    %r = mirage.load %x[%i, %j] : tensor<4x4xf32> -> !mirage.tile<2x2xf32>
    %e = mirage.exp %p : !mirage.tile<2x2xf32>
    %f = mirage.exp %r : !mirage.tile<2x2xf32>
    %g = mirage.add %e, %f : !mirage.tile<2x2xf32>, !mirage.tile<2x2xf32> -> !mirage.tile<2x2xf32>
    %h = mirage.add %g, %q : !mirage.tile<2x2xf32>, !mirage.tile<2x2xf32> -> !mirage.tile<2x2xf32>
    mirage.store %h to %out[%i, %j] : !mirage.tile<2x2xf32>, !mirage.out<4x4xf32>
  }
  return %0, %1, %o : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// A dead kernel goes, a dead loop goes; one that stores stays.
// CANON-LABEL: @dead
// CANON-NOT: mirage.neg
// CANON: mirage.kernel
// CANON: mirage.loop
// CANON-NOT: mirage.loop
// CANON: mirage.store
// CANON-NOT: mirage.kernel
// CANON: return
func.func @dead(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    %t = mirage.load %x[*] : tensor<4xf32> -> !mirage.tile<4xf32>
    %e = mirage.neg %t : !mirage.tile<4xf32>
    mirage.store %e to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  %1 = mirage.kernel () ins(%x = %a : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    mirage.loop (%k : 2) {
      %t = mirage.load %x[%k] : tensor<4xf32> -> !mirage.tile<2xf32>
      mirage.store %t to %out[%k] : !mirage.tile<2xf32>, !mirage.out<4xf32>
      mirage.accumulate : ()
    }
    %s = mirage.loop (%k : 2) -> (!mirage.tile<2xf32>) {
      %t = mirage.load %x[%k] : tensor<4xf32> -> !mirage.tile<2xf32>
      mirage.accumulate sum %t : !mirage.tile<2xf32>
    }
  }
  return %1 : tensor<4xf32>
}

// -----

// What does not depend on the loop's axis leaves the loop; the store does not.
// LICM-LABEL: @invariant
// LICM: mirage.load %{{.*}}[*, %{{.*}}]
// LICM: mirage.exp
// LICM: mirage.loop
// LICM: mirage.load
// LICM: mirage.mul
// LICM: mirage.store
// LICM: mirage.accumulate
func.func @invariant(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %o = mirage.kernel (%i : 2) ins(%x = %a : tensor<4x4xf32>) outs(%out : tensor<4x4xf32>) {
    mirage.loop (%k : 2) {
      %p = mirage.load %x[*, %i] : tensor<4x4xf32> -> !mirage.tile<4x2xf32>
      %e = mirage.exp %p : !mirage.tile<4x2xf32>
      %q = mirage.load %x[*, %k] : tensor<4x4xf32> -> !mirage.tile<4x2xf32>
      %m = mirage.mul %e, %q : !mirage.tile<4x2xf32>, !mirage.tile<4x2xf32> -> !mirage.tile<4x2xf32>
      mirage.store %m to %out[*, %k] once(%i) : !mirage.tile<4x2xf32>, !mirage.out<4x4xf32>
      mirage.accumulate : ()
    }
  }
  return %o : tensor<4x4xf32>
}

// -----

// A loop's sum of a constant is not that constant.
// SCCP-LABEL: @sum_of_constant
// SCCP: %[[S:.*]] = mirage.loop
// SCCP: mirage.store %[[S]] to
// CANON-LABEL: @sum_of_constant
// CANON: %[[S:.*]] = mirage.loop
// CANON: mirage.store %[[S]] to
func.func @sum_of_constant() -> tensor<4xf32> {
  %o = mirage.kernel () outs(%out : tensor<4xf32>) {
    %c = mirage.constant 1.0 : !mirage.tile<4xf32>
    %s = mirage.loop (%k : 3) -> (!mirage.tile<4xf32>) {
      mirage.accumulate sum %c : !mirage.tile<4xf32>
    }
    mirage.store %s to %out[*] : !mirage.tile<4xf32>, !mirage.out<4xf32>
  }
  return %o : tensor<4xf32>
}
