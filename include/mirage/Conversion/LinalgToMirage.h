//===- LinalgToMirage.h - Raising linalg on tensors -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The step behind `convert-linalg-to-mirage`, one op at a time.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_CONVERSION_LINALGTOMIRAGE_H
#define MIRAGE_CONVERSION_LINALGTOMIRAGE_H

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/StringMap.h"
#include <optional>
#include <string>

namespace mlir::mirage {

/// A tensor of integers that mirage has no type for, as floats that hold them.
struct HeldIntegers {
  Value floats;
  int64_t low = 0, high = 0;
};

/// Raises linalg, tensor, and elementwise arith and math ops on tensors of
/// static shape. What an op means is read from its body and its indexing maps.
class LinalgToMirage {
public:
  /// Reads from the context which op of the algebra computes which scalar
  /// function, so that ops of other dialects are made as well.
  explicit LinalgToMirage(MLIRContext *context);

  /// Replaces `op` by mirage ops. On failure `op` stays, `why` says what is
  /// missing, and unused ops may have been created before it. Results of
  /// integers that mirage has no type for stay, too, but are held for what is
  /// raised later and reads them.
  LogicalResult raise(RewriterBase &rewriter, Operation *op, std::string &why);

  /// Must be called before raised ops, or those that stayed, are erased.
  void forgetHeld() { held.clear(); }
  /// What holds the elements of `tensor`; a constant is made for a constant.
  std::optional<HeldIntegers> getHeld(RewriterBase &rewriter, Value tensor);

  /// The elementwise op that computes the scalar function `name`, if any.
  std::optional<OperationName> getElementwiseOp(StringRef name) const;

private:
  llvm::StringMap<OperationName> elementwiseOps;
  DenseMap<Value, HeldIntegers> held;
};

} // namespace mlir::mirage

#endif // MIRAGE_CONVERSION_LINALGTOMIRAGE_H
