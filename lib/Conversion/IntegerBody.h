//===- IntegerBody.h - Integers of a body as floats -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The algebra computes with floats. An integer op of a scalar body is the same
// function on floats that hold the integers exactly, f32 up to 2^24 and f64 up
// to 2^53; the range of each value says which, and whether it can wrap.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_CONVERSION_INTEGERBODY_H
#define MIRAGE_LIB_CONVERSION_INTEGERBODY_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <optional>
#include <string>

namespace mlir::mirage {

class IntegerBody {
public:
  using Int = __int128;
  /// A float that is an integer from `low` to `high`.
  struct Number {
    Value value;
    Int low, high;
  };

  IntegerBody(Block &body, Location loc)
      : b(loc.getContext()), loc(loc), body(body) {}

  /// `value`, an integer, is `number`.
  void define(Value value, Number number) { numbers[value] = number; }
  /// Rewrites the ops whose results are not in `kept`. What has no such form
  /// stays; `whyNot` says why.
  void rewrite(const DenseSet<Value> &kept);
  StringRef whyNot(Operation *op) const;
  /// Why the last `get` or other function failed.
  StringRef whyNot() const { return reason; }

  /// `value`, an integer of more than one bit, as a float.
  std::optional<Number> get(Value value);
  /// 1 or -1 where `value`, an i1, is true.
  Number fromBool(Value value, bool isSigned);
  Number constant(Int value);
  std::optional<Number> add(Number a, Number c);
  std::optional<Number> negate(Number a);
  std::optional<Number> minimum(Number a, Number c);
  std::optional<Number> maximum(Number a, Number c);
  /// The integer of `width` bits that is equal modulo 2^width, signed.
  std::optional<Number> wrap(Number a, unsigned width);
  /// A signed integer of `width` bits, read as an unsigned one.
  std::optional<Number> toUnsigned(Number a, unsigned width);
  /// `a` modulo 2^bits, not negative.
  std::optional<Number> lowBits(Number a, unsigned bits);
  Value isNotZero(Number a);

  /// The narrowest float type that holds the integers from `low` to `high`, or
  /// null.
  static Type floatFor(Builder &b, Int low, Int high);
  Type floatFor(Int low, Int high) { return floatFor(b, low, high); }
  /// `number` in `type`, which holds it.
  Value as(Number number, Type type);

  OpBuilder b;
  Location loc;

private:
  template <typename Op>
  std::optional<Number> binary(Number a, Number c, Int low, Int high);
  template <typename Op> std::optional<Number> rounded(Number a, Int divisor);
  Value compare(unsigned predicate, Number a, Number c);
  Value select(Value condition, Number a, Number c, Type type);
  std::optional<Number> multiply(Number a, Number c, unsigned width,
                                 bool wraps);
  template <typename Round>
  std::optional<Number> quotient(Number a, Number c);
  std::optional<Number> remainder(Number a, Number c);
  /// `a`, which cannot leave the integers of `width` bits.
  static Number clamp(Number a, unsigned width);

  /// The operand as a number, signed or unsigned.
  std::optional<Number> operand(Value value, bool isSigned);
  bool rewriteBool(Operation *op);
  std::optional<Number> rewriteOp(Operation *op);
  std::optional<Number> bitwise(Operation *op);
  std::nullopt_t fail(const Twine &reason);

  Block &body;
  DenseMap<Value, Number> numbers;
  DenseMap<Operation *, std::string> reasons;
  std::string reason;
};

} // namespace mlir::mirage

#endif // MIRAGE_LIB_CONVERSION_INTEGERBODY_H
