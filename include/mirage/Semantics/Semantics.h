//===- Semantics.h - The meaning of the algebra's ops -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place where an op's meaning is stated. Nothing here knows MLIR IR:
// the dialect, the evaluator, the search, the verifier, the cost model and the
// lowerings all read the same `Structure`.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEMANTICS_SEMANTICS_H
#define MIRAGE_SEMANTICS_SEMANTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace mirage::sem {

class FieldDomain;
struct FieldValue;

using Shape = llvm::SmallVector<int64_t, 4>;

/// `a * b` of non-negative numbers, or the largest integer.
int64_t saturatingMul(int64_t a, int64_t b);
/// Saturates; a value's type is refused if it has 2^63 - 1 elements or more.
int64_t numElements(llvm::ArrayRef<int64_t> shape);
std::string toString(llvm::ArrayRef<int64_t> shape); // "2x4096", "scalar"

/// Element types of tensors, tiles and fragments.
enum class ElementType : uint8_t { F16, BF16, F32, F64, I1, I32 };

llvm::StringRef toString(ElementType type);
unsigned bitWidth(ElementType type);
inline bool isFloat(ElementType type) { return type <= ElementType::F64; }
/// `value` rounded (to nearest even) to `type`; overflow gives an infinity.
double roundTo(double value, ElementType type);
/// The type in which a sum of `type` is accumulated: at least f32.
ElementType accumulationType(ElementType type);

//===----------------------------------------------------------------------===//
// Scalar functions and expressions
//===----------------------------------------------------------------------===//

/// A scalar function. Its name is the name of the scalar MLIR op that computes
/// it ("math.exp"; comparisons carry their predicate, "arith.cmpf.olt").
/// Functions are compared by name, never by address: two shared objects may
/// hold two copies.
struct ScalarFn {
  llvm::StringRef name;
  unsigned arity;
  double (*eval)(const double *args);
  /// The same over arrays, for speed.
  void (*evalMany)(const double *const *args, double *out, size_t n);
  /// Meaning in the finite field; null means a keyed hash of name and
  /// arguments, that is, an uninterpreted function.
  void (*field)(const FieldDomain &, const FieldValue *args, FieldValue &out);
  double flops = 1;
  bool commutative = false;
};

namespace fn {
extern const ScalarFn add, sub, mul, div, max, min, neg, abs, exp, log, sqrt,
    rsqrt, erf, tanh, select;
/// exp(a - b), and 0 where a = -inf, whatever b is.
extern const ScalarFn exp_sub;
/// x * exp(m - max) of (x, m, max), and 0 where m = -inf, whatever x is.
extern const ScalarFn rel_term;
} // namespace fn

/// The function whose scalar op has this name, or null.
const ScalarFn *lookupScalarFn(llvm::StringRef name);

/// A scalar expression in postfix form over operands, constants and functions.
struct ScalarExpr {
  struct Token {
    enum Kind : uint8_t { Arg, Constant, Call, Round } kind;
    /// Call: the type the result is rounded to; Round: the target type.
    ElementType type = ElementType::F64;
    bool rounds = false;
    unsigned arg = 0;
    double constant = 0;
    const ScalarFn *fn = nullptr;
    bool operator==(const Token &o) const;
  };
  llvm::SmallVector<Token, 4> tokens;

  static ScalarExpr arg(unsigned i);
  static ScalarExpr constant(double value);
  static ScalarExpr call(const ScalarFn &fn, llvm::ArrayRef<ScalarExpr> args);
  /// Like `call`, with the result rounded to `type`.
  static ScalarExpr call(const ScalarFn &fn, llvm::ArrayRef<ScalarExpr> args,
                         ElementType type);
  static ScalarExpr round(ScalarExpr value, ElementType type);

  /// The single function applied to args 0..n-1 in order, or null.
  const ScalarFn *singleCall() const;
  double eval(llvm::ArrayRef<double> args) const;
  double flops() const;
  bool operator==(const ScalarExpr &o) const { return tokens == o.tokens; }
  std::string str() const; // stable text, used as symbol and hash key
};

/// An associative and commutative combiner with its identity.
enum class Combiner : uint8_t { Sum, Max, Min, Prod, Stack };
llvm::StringRef toString(Combiner kind);
/// The scalar function that combines two values; not for `Stack`.
const ScalarFn &combineFn(Combiner kind);
double identity(Combiner kind);

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

/// ((sum of coef * iteration index) + offset) / div % mod, all integer. The
/// default div and mod do nothing, and no term at all is index `offset`.
struct IndexExpr {
  llvm::SmallVector<std::pair<unsigned, int64_t>, 1> terms;
  int64_t offset = 0, div = 1, mod = 0;

  static IndexExpr dim(unsigned d) { return {{{d, 1}}, 0, 1, 0}; }
  static IndexExpr zero() { return {}; }
  /// The iteration dimension that this is, if it is nothing else.
  std::optional<unsigned> asDim() const;
  bool isZero() const { return terms.empty() && offset == 0; }
  int64_t at(llvm::ArrayRef<int64_t> iteration) const;
};
using IndexMap = llvm::SmallVector<IndexExpr, 4>;

/// What one op instance computes: out[out(i)] = combine over the reduced part
/// of i of body(in_0[map_0(i)], ...). Parallel dimensions come first in the
/// order of the result's dimensions.
struct Structure {
  Shape extents;
  llvm::SmallVector<bool, 4> reduced;
  llvm::SmallVector<IndexMap, 2> in;
  IndexMap out;
  ScalarExpr body;
  std::optional<Combiner> combine;
  /// `reduce sum x rel m`: operand 1 is m, and the term is
  /// x * exp(m - max m), 0 where m = -inf.
  bool relative = false;
  /// `concat`: operand p fills the box of the result that starts at pieces[p].
  llvm::SmallVector<Shape, 0> pieces;

  Shape outShape() const;
  double flops() const;
  /// out = sum of a * b over reduced dimensions, all maps plain.
  bool isContraction() const;
  /// No reduction, all maps plain.
  bool isElementwise() const;
};

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Attributes of an op instance, as data.
struct Params {
  struct Entry {
    llvm::StringRef name;
    llvm::SmallVector<int64_t, 4> ints;
    bool isArray = false;
    bool operator==(const Entry &o) const {
      return name == o.name && ints == o.ints && isArray == o.isArray;
    }
  };
  llvm::SmallVector<Entry, 1> entries;
  std::optional<ScalarExpr> expr; // mirage.map

  Params &set(llvm::StringRef name, int64_t value);
  Params &setArray(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  int64_t get(llvm::StringRef name) const;
  llvm::ArrayRef<int64_t> getArray(llvm::StringRef name) const;
  bool has(llvm::StringRef name) const;
  bool operator==(const Params &o) const {
    return entries == o.entries && expr == o.expr;
  }
  std::string str() const;
};

/// The meaning of an op: one object per op; all else is derived.
struct OpSemantics {
  virtual ~OpSemantics() = default;
  /// The MLIR op's name: how a node becomes IR.
  virtual llvm::StringRef name() const = 0;
  virtual std::optional<Structure> structure(llvm::ArrayRef<Shape> operands,
                                             const Params &params,
                                             std::string &why) const = 0;
  /// The result's element type, or nothing with a reason when the operands'
  /// do not fit. `requested` is what the IR says; several types may be legal.
  virtual std::optional<ElementType>
  resultType(llvm::ArrayRef<ElementType> operands, const Params &params,
             ElementType requested, std::string &why) const;
  /// Elementwise ops: the scalar expression; else null.
  virtual const ScalarExpr *elementwise() const { return nullptr; }
  /// A law that the search may use: whether sums can be taken before the op,
  /// sum_k op(x_k, y) = op(sum_k x_k, y), x being this operand. Plans are tested
  /// whatever is claimed here.
  virtual bool isLinearIn(unsigned operand) const { return false; }
};

/// Elementwise with size-1 broadcasting at equal rank. A third party's op is an
/// object of this class over our scalar functions.
struct Elementwise : OpSemantics {
  Elementwise(llvm::StringRef opName, ScalarExpr body, unsigned arity,
              std::initializer_list<unsigned> linearIn = {})
      : opName(opName), body(std::move(body)), arity(arity),
        linearIn(linearIn) {}
  llvm::StringRef name() const override { return opName; }
  std::optional<Structure> structure(llvm::ArrayRef<Shape>, const Params &,
                                     std::string &) const override;
  const ScalarExpr *elementwise() const override { return &body; }
  bool isLinearIn(unsigned operand) const override {
    return llvm::is_contained(linearIn, operand);
  }
  llvm::StringRef opName;
  ScalarExpr body;
  unsigned arity;
  llvm::SmallVector<unsigned, 2> linearIn;
};

/// The structure of any elementwise expression over broadcast operands.
std::optional<Structure> elementwiseStructure(const ScalarExpr &body,
                                              llvm::ArrayRef<Shape> operands,
                                              std::string &why);

const OpSemantics &addSem(), &subSem(), &mulSem(), &divSem(), &maxSem(),
    &minSem(), &expSubSem(), &negSem(), &absSem(), &expSem(), &logSem(),
    &sqrtSem(), &rsqrtSem(), &erfSem(), &tanhSem(), &castSem(), &selectSem(),
    &cmpSem(), &mapSem(), &matmulSem(), &reduceSem(), &transposeSem(),
    &broadcastSem(), &reshapeSem(), &sliceSem(), &concatSem();

/// The semantics of a `mirage` op by its name, or null.
const OpSemantics *lookupOpSemantics(llvm::StringRef name);

/// Comparison predicates, in the order of the `cmp` op's attribute.
enum class Predicate : uint8_t { eq, ne, lt, le, gt, ge };
const ScalarFn &predicateFn(Predicate predicate);

} // namespace mirage::sem

#endif // MIRAGE_SEMANTICS_SEMANTICS_H
