//===- Semantics.cpp - The meaning of the algebra's ops -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Semantics/Semantics.h"
#include "mirage/Semantics/Field.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <limits>

using namespace mirage::sem;
using llvm::ArrayRef;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Shapes and element types
//===----------------------------------------------------------------------===//

int64_t mirage::sem::saturatingMul(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? std::numeric_limits<int64_t>::max()
                                         : result;
}

int64_t mirage::sem::numElements(ArrayRef<int64_t> shape) {
  int64_t n = 1;
  for (int64_t extent : shape)
    n = saturatingMul(n, extent);
  return n;
}

std::string mirage::sem::toString(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

StringRef mirage::sem::toString(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return "f16";
  case ElementType::BF16:
    return "bf16";
  case ElementType::F32:
    return "f32";
  case ElementType::F64:
    return "f64";
  case ElementType::I1:
    return "i1";
  case ElementType::I32:
    return "i32";
  }
  llvm_unreachable("covered switch");
}

unsigned mirage::sem::bitWidth(ElementType type) {
  switch (type) {
  case ElementType::F16:
  case ElementType::BF16:
    return 16;
  case ElementType::F32:
  case ElementType::I32:
    return 32;
  case ElementType::F64:
    return 64;
  case ElementType::I1:
    return 8;
  }
  llvm_unreachable("covered switch");
}

/// Rounds to nearest even, to a binary format with `Digits` significant bits.
/// Below `minNormal`, all values are multiples of the last place of `shift`.
template <int Digits>
static double roundToFormat(double value, double minNormal, double shift,
                            double overflow) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double magnitude = std::fabs(value), result;
  if (!(magnitude < infinity))
    return value;
  if (magnitude < minNormal) {
    result = (magnitude + shift) - shift;
  } else {
    constexpr int drop = 53 - Digits;
    uint64_t bits = llvm::bit_cast<uint64_t>(magnitude);
    bits += (uint64_t(1) << (drop - 1)) - 1 + (bits >> drop & 1);
    result = llvm::bit_cast<double>(bits >> drop << drop);
  }
  return std::copysign(result >= overflow ? infinity : result, value);
}

double mirage::sem::roundTo(double value, ElementType type) {
  switch (type) {
  case ElementType::F16:
    return roundToFormat<11>(value, 0x1p-14, 0x1.8p28, 0x1p16);
  case ElementType::BF16:
    return roundToFormat<8>(value, 0x1p-126, 0x1.8p-81, 0x1p128);
  case ElementType::F32:
    return static_cast<float>(value);
  case ElementType::F64:
    return value;
  case ElementType::I1:
    return value != 0 ? 1 : 0;
  case ElementType::I32:
    if (std::isnan(value))
      return 0;
    return std::trunc(std::min(std::max(value, -2147483648.0), 2147483647.0));
  }
  llvm_unreachable("covered switch");
}

ElementType mirage::sem::accumulationType(ElementType type) {
  return type == ElementType::F16 || type == ElementType::BF16
             ? ElementType::F32
             : type;
}

//===----------------------------------------------------------------------===//
// Scalar functions
//===----------------------------------------------------------------------===//

namespace {
template <double (*F)(double)> double eval1(const double *a) { return F(a[0]); }
template <double (*F)(double)>
void many1(const double *const *a, double *out, size_t n) {
  for (size_t i = 0; i < n; ++i)
    out[i] = F(a[0][i]);
}
template <double (*F)(double, double)> double eval2(const double *a) {
  return F(a[0], a[1]);
}
template <double (*F)(double, double)>
void many2(const double *const *a, double *out, size_t n) {
  for (size_t i = 0; i < n; ++i)
    out[i] = F(a[0][i], a[1][i]);
}

double addD(double a, double b) { return a + b; }
double subD(double a, double b) { return a - b; }
double mulD(double a, double b) { return a * b; }
double divD(double a, double b) { return a / b; }
// maximumf and minimumf: NaN if either is.
double maxD(double a, double b) {
  return std::isnan(a) ? a : std::isnan(b) ? b : a < b ? b : a;
}
double minD(double a, double b) {
  return std::isnan(a) ? a : std::isnan(b) ? b : b < a ? b : a;
}
// maxnumf and minnumf: the other operand if one is NaN.
double maxnumD(double a, double b) { return std::fmax(a, b); }
double minnumD(double a, double b) { return std::fmin(a, b); }
double negD(double a) { return -a; }
double absD(double a) { return std::fabs(a); }
double rsqrtD(double a) { return 1 / std::sqrt(a); }
double expSubD(double a, double b) {
  return a == -std::numeric_limits<double>::infinity() ? 0 : std::exp(a - b);
}
double relTermD(const double *a) {
  return a[1] == -std::numeric_limits<double>::infinity()
             ? 0
             : a[0] * std::exp(a[1] - a[2]);
}
void relTermMany(const double *const *a, double *out, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    double args[3] = {a[0][i], a[1][i], a[2][i]};
    out[i] = relTermD(args);
  }
}
double roundevenD(double a) { return std::nearbyint(a); }
double eqD(double a, double b) { return a == b; }
double neD(double a, double b) { return a < b || a > b; } // ordered
double ltD(double a, double b) { return a < b; }
double leD(double a, double b) { return a <= b; }
double gtD(double a, double b) { return a > b; }
double geD(double a, double b) { return a >= b; }
double selectD(const double *a) { return a[0] != 0 ? a[1] : a[2]; }
void selectMany(const double *const *a, double *out, size_t n) {
  for (size_t i = 0; i < n; ++i)
    out[i] = a[0][i] != 0 ? a[1][i] : a[2][i];
}
double fmaD(const double *a) { return std::fma(a[0], a[1], a[2]); }
void fmaMany(const double *const *a, double *out, size_t n) {
  for (size_t i = 0; i < n; ++i)
    out[i] = std::fma(a[0][i], a[1][i], a[2][i]);
}
} // namespace

#define UNARY(var, opName, f, fieldFn, cost)                                   \
  const ScalarFn var = {opName, 1, eval1<f>, many1<f>, fieldFn, cost, false}
#define BINARY(var, opName, f, fieldFn, cost, comm)                            \
  const ScalarFn var = {opName, 2, eval2<f>, many2<f>, fieldFn, cost, comm}

namespace mirage::sem::fn {
BINARY(add, "arith.addf", addD, fieldAdd, 1, true);
BINARY(sub, "arith.subf", subD, fieldSub, 1, false);
BINARY(mul, "arith.mulf", mulD, fieldMul, 1, true);
BINARY(div, "arith.divf", divD, fieldDiv, 8, false);
BINARY(max, "arith.maximumf", maxD, fieldMax, 1, true);
BINARY(min, "arith.minimumf", minD, fieldMin, 1, true);
UNARY(neg, "arith.negf", negD, fieldNeg, 1);
UNARY(abs, "math.absf", absD, fieldAbs, 1);
UNARY(exp, "math.exp", std::exp, fieldExp, 8);
UNARY(log, "math.log", std::log, fieldLog, 8);
UNARY(sqrt, "math.sqrt", std::sqrt, fieldSqrt, 8);
UNARY(rsqrt, "math.rsqrt", rsqrtD, fieldRsqrt, 8);
UNARY(erf, "math.erf", std::erf, fieldErf, 16);
UNARY(tanh, "math.tanh", std::tanh, fieldTanh, 16);
BINARY(exp_sub, "mirage.exp_sub", expSubD, fieldExpSub, 9, false);
const ScalarFn select = {"arith.select", 3,           selectD, selectMany,
                         fieldSelect,    1,           false};
const ScalarFn rel_term = {"mirage.rel_term", 3,  relTermD, relTermMany,
                           fieldRelTerm,      10, false};
} // namespace mirage::sem::fn

namespace {
namespace other {
BINARY(cmpEq, "arith.cmpf.oeq", eqD, fieldEq, 1, true);
BINARY(cmpNe, "arith.cmpf.one", neD, fieldNe, 1, true);
BINARY(cmpLt, "arith.cmpf.olt", ltD, fieldLt, 1, false);
BINARY(cmpLe, "arith.cmpf.ole", leD, fieldLe, 1, false);
BINARY(cmpGt, "arith.cmpf.ogt", gtD, fieldGt, 1, false);
BINARY(cmpGe, "arith.cmpf.oge", geD, fieldGe, 1, false);
// Functions outside the algebra: evaluated exactly, a keyed hash in the field.
BINARY(maxnum, "arith.maxnumf", maxnumD, fieldMax, 1, true);
BINARY(minnum, "arith.minnumf", minnumD, fieldMin, 1, true);
BINARY(rem, "arith.remf", std::fmod, nullptr, 16, false);
BINARY(powf, "math.powf", std::pow, nullptr, 24, false);
BINARY(atan2, "math.atan2", std::atan2, nullptr, 24, false);
BINARY(copysign, "math.copysign", std::copysign, nullptr, 1, false);
UNARY(exp2, "math.exp2", std::exp2, nullptr, 8);
UNARY(expm1, "math.expm1", std::expm1, nullptr, 12);
UNARY(log2, "math.log2", std::log2, nullptr, 8);
UNARY(log10, "math.log10", std::log10, nullptr, 8);
UNARY(log1p, "math.log1p", std::log1p, nullptr, 12);
UNARY(sin, "math.sin", std::sin, nullptr, 12);
UNARY(cos, "math.cos", std::cos, nullptr, 12);
UNARY(tan, "math.tan", std::tan, nullptr, 16);
UNARY(atan, "math.atan", std::atan, nullptr, 16);
UNARY(sinh, "math.sinh", std::sinh, nullptr, 16);
UNARY(cosh, "math.cosh", std::cosh, nullptr, 16);
UNARY(cbrt, "math.cbrt", std::cbrt, nullptr, 16);
UNARY(floor, "math.floor", std::floor, nullptr, 1);
UNARY(ceil, "math.ceil", std::ceil, nullptr, 1);
UNARY(round, "math.round", std::round, nullptr, 2);
UNARY(roundeven, "math.roundeven", roundevenD, nullptr, 1);
UNARY(trunc, "math.trunc", std::trunc, nullptr, 1);
UNARY(erfc, "math.erfc", std::erfc, nullptr, 16);
const ScalarFn fma = {"math.fma", 3, fmaD, fmaMany, nullptr, 2, false};
} // namespace other

const ScalarFn *const allFns[] = {
    &fn::add,
    &fn::sub,
    &fn::mul,
    &fn::div,
    &fn::max,
    &fn::min,
    &fn::neg,
    &fn::abs,
    &fn::exp,
    &fn::log,
    &fn::sqrt,
    &fn::rsqrt,
    &fn::erf,
    &fn::tanh,
    &fn::select,
    &fn::exp_sub,
    &fn::rel_term,
    &other::cmpEq,
    &other::cmpNe,
    &other::cmpLt,
    &other::cmpLe,
    &other::cmpGt,
    &other::cmpGe,
    &other::maxnum,
    &other::minnum,
    &other::rem,
    &other::powf,
    &other::atan2,
    &other::copysign,
    &other::exp2,
    &other::expm1,
    &other::log2,
    &other::log10,
    &other::log1p,
    &other::sin,
    &other::cos,
    &other::tan,
    &other::atan,
    &other::sinh,
    &other::cosh,
    &other::cbrt,
    &other::floor,
    &other::ceil,
    &other::round,
    &other::roundeven,
    &other::trunc,
    &other::erfc,
    &other::fma,
};
} // namespace

const ScalarFn *mirage::sem::lookupScalarFn(StringRef name) {
  for (const ScalarFn *fn : allFns)
    if (fn->name == name)
      return fn;
  return nullptr;
}

const ScalarFn &mirage::sem::predicateFn(Predicate predicate) {
  using namespace other;
  static const ScalarFn *const fns[] = {&cmpEq, &cmpNe, &cmpLt,
                                        &cmpLe, &cmpGt, &cmpGe};
  return *fns[static_cast<unsigned>(predicate)];
}

//===----------------------------------------------------------------------===//
// Scalar expressions
//===----------------------------------------------------------------------===//

bool ScalarExpr::Token::operator==(const Token &o) const {
  if (kind != o.kind || rounds != o.rounds ||
      ((rounds || kind == Round) && type != o.type))
    return false;
  switch (kind) {
  case Arg:
    return arg == o.arg;
  case Constant:
    return constant == o.constant ||
           (std::isnan(constant) && std::isnan(o.constant));
  case Call:
    return fn->name == o.fn->name;
  case Round:
    return true;
  }
  llvm_unreachable("covered switch");
}

ScalarExpr ScalarExpr::arg(unsigned i) {
  ScalarExpr e;
  Token t;
  t.kind = Token::Arg;
  t.arg = i;
  e.tokens.push_back(t);
  return e;
}

ScalarExpr ScalarExpr::constant(double value) {
  ScalarExpr e;
  Token t;
  t.kind = Token::Constant;
  t.constant = value;
  e.tokens.push_back(t);
  return e;
}

ScalarExpr ScalarExpr::call(const ScalarFn &fn, ArrayRef<ScalarExpr> args) {
  ScalarExpr e;
  for (const ScalarExpr &arg : args)
    e.tokens.append(arg.tokens.begin(), arg.tokens.end());
  Token t;
  t.kind = Token::Call;
  t.fn = &fn;
  e.tokens.push_back(t);
  return e;
}

ScalarExpr ScalarExpr::call(const ScalarFn &fn, ArrayRef<ScalarExpr> args,
                            ElementType type) {
  ScalarExpr e = call(fn, args);
  e.tokens.back().rounds = true;
  e.tokens.back().type = type;
  return e;
}

ScalarExpr ScalarExpr::round(ScalarExpr value, ElementType type) {
  Token t;
  t.kind = Token::Round;
  t.type = type;
  value.tokens.push_back(t);
  return value;
}

const ScalarFn *ScalarExpr::singleCall() const {
  if (tokens.empty() || tokens.back().kind != Token::Call ||
      tokens.size() != tokens.back().fn->arity + 1)
    return nullptr;
  for (unsigned i = 0; i + 1 < tokens.size(); ++i)
    if (tokens[i].kind != Token::Arg || tokens[i].arg != i)
      return nullptr;
  return tokens.back().fn;
}

double ScalarExpr::eval(ArrayRef<double> args) const {
  llvm::SmallVector<double, 8> stack;
  for (const Token &t : tokens) {
    switch (t.kind) {
    case Token::Arg:
      stack.push_back(args[t.arg]);
      break;
    case Token::Constant:
      stack.push_back(t.constant);
      break;
    case Token::Call: {
      double value = t.fn->eval(stack.end() - t.fn->arity);
      stack.resize(stack.size() - t.fn->arity);
      stack.push_back(value);
      break;
    }
    case Token::Round:
      break;
    }
  }
  return stack.back();
}

double ScalarExpr::flops() const {
  double sum = 0;
  for (const Token &t : tokens)
    if (t.kind == Token::Call)
      sum += t.fn->flops;
  return sum;
}

std::string ScalarExpr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Token &t : tokens) {
    switch (t.kind) {
    case Token::Arg:
      os << '%' << t.arg;
      break;
    case Token::Constant:
      os << llvm::format("%.17g", t.constant);
      break;
    case Token::Call:
      os << t.fn->name;
      break;
    case Token::Round:
      os << "round";
      break;
    }
    if (t.rounds || t.kind == Token::Round)
      os << ':' << toString(t.type);
    os << ' ';
  }
  return text;
}

StringRef mirage::sem::toString(Combiner kind) {
  switch (kind) {
  case Combiner::Sum:
    return "sum";
  case Combiner::Max:
    return "max";
  case Combiner::Min:
    return "min";
  case Combiner::Prod:
    return "prod";
  case Combiner::Stack:
    return "stack";
  }
  llvm_unreachable("covered switch");
}

const ScalarFn &mirage::sem::combineFn(Combiner kind) {
  switch (kind) {
  case Combiner::Max:
    return fn::max;
  case Combiner::Min:
    return fn::min;
  case Combiner::Prod:
    return fn::mul;
  case Combiner::Sum:
  case Combiner::Stack:
    return fn::add;
  }
  llvm_unreachable("covered switch");
}

double mirage::sem::identity(Combiner kind) {
  switch (kind) {
  case Combiner::Max:
    return -std::numeric_limits<double>::infinity();
  case Combiner::Min:
    return std::numeric_limits<double>::infinity();
  case Combiner::Prod:
    return 1;
  case Combiner::Sum:
  case Combiner::Stack:
    return 0;
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

std::optional<unsigned> IndexExpr::asDim() const {
  if (terms.size() == 1 && terms[0].second == 1 && offset == 0 && div == 1 &&
      mod == 0)
    return terms[0].first;
  return std::nullopt;
}

int64_t IndexExpr::at(ArrayRef<int64_t> iteration) const {
  int64_t value = offset;
  for (auto [dim, coefficient] : terms)
    value += coefficient * iteration[dim];
  if (div != 1)
    value /= div;
  return mod ? value % mod : value;
}

Shape Structure::outShape() const {
  Shape shape;
  for (const IndexExpr &index : out) {
    std::optional<unsigned> dim = index.asDim();
    shape.push_back(dim ? extents[*dim] : 1);
  }
  return shape;
}

double Structure::flops() const {
  double each = body.flops() + (combine ? combineFn(*combine).flops : 0);
  if (relative)
    each += fn::rel_term.flops;
  return each * static_cast<double>(numElements(extents));
}

static bool mapsArePlain(const Structure &s) {
  for (const IndexMap &map : s.in)
    for (const IndexExpr &index : map)
      if (!index.asDim() && !index.isZero())
        return false;
  return s.pieces.empty();
}

bool Structure::isContraction() const {
  const ScalarFn *fn = body.singleCall();
  return combine == Combiner::Sum && !relative && in.size() == 2 && fn &&
         fn->name == fn::mul.name && mapsArePlain(*this);
}

bool Structure::isElementwise() const { return !combine && mapsArePlain(*this); }

//===----------------------------------------------------------------------===//
// Params
//===----------------------------------------------------------------------===//

Params &Params::set(StringRef name, int64_t value) {
  entries.push_back({name, {value}, false});
  return *this;
}

Params &Params::setArray(StringRef name, ArrayRef<int64_t> values) {
  entries.push_back({name, {values.begin(), values.end()}, true});
  return *this;
}

bool Params::has(StringRef name) const {
  for (const Entry &entry : entries)
    if (entry.name == name)
      return true;
  return false;
}

int64_t Params::get(StringRef name) const {
  for (const Entry &entry : entries)
    if (entry.name == name)
      return entry.ints.front();
  llvm_unreachable("parameter is missing");
}

ArrayRef<int64_t> Params::getArray(StringRef name) const {
  for (const Entry &entry : entries)
    if (entry.name == name)
      return entry.ints;
  llvm_unreachable("parameter is missing");
}

std::string Params::str() const {
  std::string text;
  for (const Entry &entry : entries) {
    text += entry.name.str() + "=";
    for (int64_t value : entry.ints)
      text += std::to_string(value) + ",";
  }
  if (expr)
    text += expr->str();
  return text;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

std::optional<ElementType>
OpSemantics::resultType(ArrayRef<ElementType> operands, const Params &,
                        ElementType requested, std::string &why) const {
  for (ElementType type : operands)
    if (type != operands.front()) {
      why = "operands have element types " + toString(operands.front()).str() +
            " and " + toString(type).str() + "; only cast changes a type";
      return std::nullopt;
    }
  if (!operands.empty() && requested != operands.front()) {
    why = "result has element type " + toString(requested).str() +
          ", operands have " + toString(operands.front()).str();
    return std::nullopt;
  }
  return requested;
}

std::optional<Structure>
mirage::sem::elementwiseStructure(const ScalarExpr &body,
                                  ArrayRef<Shape> operands, std::string &why) {
  Structure s;
  s.body = body;
  if (operands.empty()) {
    why = "an elementwise op needs an operand";
    return std::nullopt;
  }
  size_t rank = operands.front().size();
  s.extents.assign(rank, 1);
  for (const Shape &shape : operands) {
    if (shape.size() != rank) {
      why = "operands have ranks " + std::to_string(rank) + " and " +
            std::to_string(shape.size());
      return std::nullopt;
    }
    for (size_t d = 0; d < rank; ++d) {
      if (shape[d] == 1)
        continue;
      if (s.extents[d] != 1 && s.extents[d] != shape[d]) {
        why = "dimension " + std::to_string(d) + " has extents " +
              std::to_string(s.extents[d]) + " and " + std::to_string(shape[d]);
        return std::nullopt;
      }
      s.extents[d] = shape[d];
    }
  }
  s.reduced.assign(rank, false);
  for (const Shape &shape : operands) {
    IndexMap map;
    for (size_t d = 0; d < rank; ++d)
      map.push_back(shape[d] == 1 ? IndexExpr::zero() : IndexExpr::dim(d));
    s.in.push_back(std::move(map));
  }
  for (size_t d = 0; d < rank; ++d)
    s.out.push_back(IndexExpr::dim(d));
  return s;
}

std::optional<Structure> Elementwise::structure(ArrayRef<Shape> operands,
                                                const Params &,
                                                std::string &why) const {
  if (operands.size() != arity) {
    why = "expects " + std::to_string(arity) + " operands, got " +
          std::to_string(operands.size());
    return std::nullopt;
  }
  return elementwiseStructure(body, operands, why);
}

namespace {
/// An op that copies elements: the identity on one operand.
Structure copyStructure(ArrayRef<int64_t> outShape) {
  Structure s;
  s.body = ScalarExpr::arg(0);
  s.extents.assign(outShape.begin(), outShape.end());
  s.reduced.assign(outShape.size(), false);
  for (size_t d = 0; d < outShape.size(); ++d)
    s.out.push_back(IndexExpr::dim(d));
  return s;
}

bool checkOperands(ArrayRef<Shape> operands, size_t count, std::string &why) {
  if (operands.size() == count)
    return true;
  why = "expects " + std::to_string(count) + " operands, got " +
        std::to_string(operands.size());
  return false;
}

struct Cast final : Elementwise {
  Cast() : Elementwise("mirage.cast", ScalarExpr::arg(0), 1) {}
  std::optional<ElementType> resultType(ArrayRef<ElementType>, const Params &,
                                        ElementType requested,
                                        std::string &) const override {
    return requested;
  }
};

struct Select final : Elementwise {
  Select()
      : Elementwise("mirage.select",
                    ScalarExpr::call(fn::select,
                                     {ScalarExpr::arg(0), ScalarExpr::arg(1),
                                      ScalarExpr::arg(2)}),
                    3) {}
  std::optional<ElementType> resultType(ArrayRef<ElementType> operands,
                                        const Params &params,
                                        ElementType requested,
                                        std::string &why) const override {
    if (operands[0] != ElementType::I1) {
      why = "condition has element type " + toString(operands[0]).str() +
            ", expected i1";
      return std::nullopt;
    }
    return OpSemantics::resultType(operands.drop_front(), params, requested,
                                   why);
  }
};

struct Cmp final : OpSemantics {
  StringRef name() const override { return "mirage.cmp"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (!checkOperands(operands, 2, why))
      return std::nullopt;
    const ScalarFn &fn =
        predicateFn(static_cast<Predicate>(params.get("predicate")));
    return elementwiseStructure(
        ScalarExpr::call(fn, {ScalarExpr::arg(0), ScalarExpr::arg(1)}),
        operands, why);
  }
  std::optional<ElementType> resultType(ArrayRef<ElementType> operands,
                                        const Params &, ElementType requested,
                                        std::string &why) const override {
    if (operands[0] != operands[1]) {
      why = "operands have element types " + toString(operands[0]).str() +
            " and " + toString(operands[1]).str();
      return std::nullopt;
    }
    if (requested != ElementType::I1) {
      why = "result has element type " + toString(requested).str() +
            ", expected i1";
      return std::nullopt;
    }
    return requested;
  }
};

struct Map final : OpSemantics {
  StringRef name() const override { return "mirage.map"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (!params.expr) {
      why = "body holds an op without a meaning";
      return std::nullopt;
    }
    return elementwiseStructure(*params.expr, operands, why);
  }
  std::optional<ElementType> resultType(ArrayRef<ElementType>, const Params &,
                                        ElementType requested,
                                        std::string &) const override {
    return requested; // the region's yield says it; the op's verifier checks
  }
};

struct Matmul final : OpSemantics {
  StringRef name() const override { return "mirage.matmul"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands, const Params &,
                                     std::string &why) const override {
    if (!checkOperands(operands, 2, why))
      return std::nullopt;
    const Shape &a = operands[0], &b = operands[1];
    if (a.size() != b.size() || a.size() < 2) {
      why = "operands have ranks " + std::to_string(a.size()) + " and " +
            std::to_string(b.size()) + ", expected equal ranks of at least 2";
      return std::nullopt;
    }
    size_t rank = a.size(), batch = rank - 2;
    if (a[rank - 1] != b[rank - 2]) {
      why = "contracted dimension has extents " + std::to_string(a[rank - 1]) +
            " and " + std::to_string(b[rank - 2]);
      return std::nullopt;
    }
    Structure s;
    s.body = ScalarExpr::call(fn::mul, {ScalarExpr::arg(0), ScalarExpr::arg(1)});
    s.combine = Combiner::Sum;
    s.in.resize(2);
    for (size_t d = 0; d < batch; ++d) {
      if (a[d] != b[d] && a[d] != 1 && b[d] != 1) {
        why = "leading dimension " + std::to_string(d) + " has extents " +
              std::to_string(a[d]) + " and " + std::to_string(b[d]);
        return std::nullopt;
      }
      s.extents.push_back(std::max(a[d], b[d]));
      s.in[0].push_back(a[d] == 1 ? IndexExpr::zero() : IndexExpr::dim(d));
      s.in[1].push_back(b[d] == 1 ? IndexExpr::zero() : IndexExpr::dim(d));
      s.out.push_back(IndexExpr::dim(d));
    }
    s.extents.append({a[rank - 2], b[rank - 1], a[rank - 1]});
    s.in[0].append({IndexExpr::dim(batch), IndexExpr::dim(batch + 2)});
    s.in[1].append({IndexExpr::dim(batch + 2), IndexExpr::dim(batch + 1)});
    s.out.append({IndexExpr::dim(batch), IndexExpr::dim(batch + 1)});
    s.reduced.assign(rank + 1, false);
    s.reduced.back() = true;
    return s;
  }
  std::optional<ElementType> resultType(ArrayRef<ElementType> operands,
                                        const Params &, ElementType requested,
                                        std::string &why) const override {
    if (operands[0] != operands[1]) {
      why = "operands have element types " + toString(operands[0]).str() +
            " and " + toString(operands[1]).str();
      return std::nullopt;
    }
    if (!isFloat(operands[0])) {
      why = "multiplies matrices of " + toString(operands[0]).str() +
            ", expected a float type";
      return std::nullopt;
    }
    if (!isFloat(requested) ||
        bitWidth(requested) < bitWidth(accumulationType(operands[0]))) {
      why = "accumulates " + toString(operands[0]).str() + " in " +
            toString(requested).str() + ", expected at least " +
            toString(accumulationType(operands[0])).str();
      return std::nullopt;
    }
    return requested;
  }
};

struct Reduce final : OpSemantics {
  StringRef name() const override { return "mirage.reduce"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (operands.empty() || operands.size() > 2) {
      why = "expects 1 or 2 operands, got " + std::to_string(operands.size());
      return std::nullopt;
    }
    int64_t dim = params.get("dim");
    const Shape &x = operands[0];
    int64_t rank = x.size();
    if (dim < 0 || dim >= rank) {
      why = "dim is " + std::to_string(dim) + ", operand has rank " +
            std::to_string(rank);
      return std::nullopt;
    }
    Structure s;
    s.body = ScalarExpr::arg(0);
    s.combine = static_cast<Combiner>(params.get("kind"));
    s.in.emplace_back();
    for (int64_t d = 0; d < rank; ++d)
      if (d != dim) {
        s.in[0].push_back(IndexExpr::dim(s.extents.size()));
        s.out.push_back(IndexExpr::dim(s.extents.size()));
        s.extents.push_back(x[d]);
      } else {
        s.in[0].push_back(IndexExpr::dim(rank - 1));
        s.out.push_back(IndexExpr::zero());
      }
    s.extents.push_back(x[dim]);
    s.reduced.assign(rank, false);
    s.reduced.back() = true;
    if (*s.combine == Combiner::Stack) {
      why = "stack is a combiner of loops only";
      return std::nullopt;
    }
    if (operands.size() == 2) {
      if (*s.combine != Combiner::Sum) {
        why = "rel goes with sum only";
        return std::nullopt;
      }
      const Shape &m = operands[1];
      if (static_cast<int64_t>(m.size()) != rank || m[dim] != x[dim]) {
        why = "rel operand has shape " + toString(m) + ", operand has " +
              toString(x);
        return std::nullopt;
      }
      s.relative = true;
      s.in.push_back(s.in[0]);
      for (int64_t d = 0; d < rank; ++d) {
        if (m[d] == x[d])
          continue;
        if (m[d] != 1) {
          why = "rel operand has shape " + toString(m) + ", operand has " +
                toString(x);
          return std::nullopt;
        }
        s.in[1][d] = IndexExpr::zero();
      }
    }
    return s;
  }
  std::optional<ElementType> resultType(ArrayRef<ElementType> operands,
                                        const Params &, ElementType requested,
                                        std::string &why) const override {
    for (ElementType type : operands)
      if (!isFloat(type)) {
        why = "cannot reduce " + toString(type).str() +
              ", expected a float type";
        return std::nullopt;
      }
    if (requested != operands[0] &&
        (!isFloat(requested) ||
         bitWidth(requested) <= bitWidth(operands[0]))) {
      why = "result has element type " + toString(requested).str() +
            ", operand has " + toString(operands[0]).str() +
            ", expected that or a wider float type";
      return std::nullopt;
    }
    return requested;
  }
};

struct Transpose final : OpSemantics {
  StringRef name() const override { return "mirage.transpose"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (!checkOperands(operands, 1, why))
      return std::nullopt;
    ArrayRef<int64_t> permutation = params.getArray("permutation");
    const Shape &x = operands[0];
    if (permutation.size() != x.size()) {
      why = "permutation has " + std::to_string(permutation.size()) +
            " entries, operand has rank " + std::to_string(x.size());
      return std::nullopt;
    }
    llvm::SmallVector<bool> seen(x.size(), false);
    bool good = true;
    for (int64_t p : permutation) {
      good = good && p >= 0 && p < static_cast<int64_t>(x.size()) && !seen[p];
      if (good)
        seen[p] = true;
    }
    if (!good) {
      why = "permutation is not one of 0.." +
            std::to_string(static_cast<int64_t>(x.size()) - 1);
      return std::nullopt;
    }
    // Result dimension d is operand dimension permutation[d].
    Shape outShape;
    for (int64_t p : permutation)
      outShape.push_back(x[p]);
    Structure s = copyStructure(outShape);
    s.in.emplace_back(x.size());
    for (size_t d = 0; d < x.size(); ++d)
      s.in[0][permutation[d]] = IndexExpr::dim(d);
    return s;
  }
};

struct Broadcast final : OpSemantics {
  StringRef name() const override { return "mirage.broadcast"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (!checkOperands(operands, 1, why))
      return std::nullopt;
    ArrayRef<int64_t> shape = params.getArray("shape");
    const Shape &x = operands[0];
    Structure s = copyStructure(shape);
    s.in.emplace_back();
    bool good = shape.size() == x.size();
    for (size_t d = 0; good && d < x.size(); ++d) {
      good = x[d] == shape[d] || x[d] == 1;
      s.in[0].push_back(x[d] == 1 ? IndexExpr::zero() : IndexExpr::dim(d));
    }
    if (!good) {
      why = "cannot broadcast " + toString(x) + " to " + toString(shape);
      return std::nullopt;
    }
    return s;
  }
};

struct Reshape final : OpSemantics {
  StringRef name() const override { return "mirage.reshape"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (!checkOperands(operands, 1, why))
      return std::nullopt;
    ArrayRef<int64_t> shape = params.getArray("shape");
    const Shape &x = operands[0];
    if (numElements(shape) != numElements(x)) {
      why = "cannot reshape " + toString(x) + " to " + toString(shape);
      return std::nullopt;
    }
    Structure s = copyStructure(shape);
    s.in.emplace_back();
    // Dropping and adding unit dimensions keeps plain maps.
    Shape coreIn, coreOut;
    for (int64_t extent : x)
      if (extent != 1)
        coreIn.push_back(extent);
    llvm::SmallVector<unsigned> outDims;
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d] != 1) {
        coreOut.push_back(shape[d]);
        outDims.push_back(d);
      }
    if (coreIn == coreOut) {
      unsigned next = 0;
      for (int64_t extent : x)
        s.in[0].push_back(extent == 1 ? IndexExpr::zero()
                                      : IndexExpr::dim(outDims[next++]));
      return s;
    }
    IndexExpr linear;
    int64_t stride = 1;
    for (size_t d = shape.size(); d-- > 0;) {
      if (shape[d] != 1)
        linear.terms.push_back({static_cast<unsigned>(d), stride});
      stride *= shape[d];
    }
    stride = 1;
    s.in[0].resize(x.size());
    for (size_t d = x.size(); d-- > 0;) {
      if (x[d] != 1) {
        s.in[0][d] = linear;
        s.in[0][d].div = stride;
        s.in[0][d].mod = x[d];
      }
      stride *= x[d];
    }
    return s;
  }
};

struct Slice final : OpSemantics {
  StringRef name() const override { return "mirage.slice"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (!checkOperands(operands, 1, why))
      return std::nullopt;
    ArrayRef<int64_t> offsets = params.getArray("offsets"),
                      sizes = params.getArray("sizes"),
                      strides = params.getArray("strides");
    const Shape &x = operands[0];
    if (offsets.size() != x.size() || sizes.size() != x.size() ||
        strides.size() != x.size()) {
      why = "offsets, sizes and strides need one entry for each of the " +
            std::to_string(x.size()) + " dimensions";
      return std::nullopt;
    }
    Structure s = copyStructure(sizes);
    s.in.emplace_back();
    for (size_t d = 0; d < x.size(); ++d) {
      if (offsets[d] < 0 || sizes[d] < 1 || strides[d] < 1) {
        why = "offset, size and stride of dimension " + std::to_string(d) +
              " are " + std::to_string(offsets[d]) + ", " +
              std::to_string(sizes[d]) + " and " + std::to_string(strides[d]) +
              ", expected at least 0, 1 and 1";
        return std::nullopt;
      }
      if (offsets[d] >= x[d] ||
          (sizes[d] - 1) > (x[d] - 1 - offsets[d]) / strides[d]) {
        why = "slice of dimension " + std::to_string(d) +
              " leaves its extent " + std::to_string(x[d]);
        return std::nullopt;
      }
      IndexExpr index;
      if (sizes[d] != 1)
        index.terms.push_back({static_cast<unsigned>(d), strides[d]});
      index.offset = offsets[d];
      s.in[0].push_back(index);
    }
    return s;
  }
};

struct Concat final : OpSemantics {
  StringRef name() const override { return "mirage.concat"; }
  std::optional<Structure> structure(ArrayRef<Shape> operands,
                                     const Params &params,
                                     std::string &why) const override {
    if (operands.empty()) {
      why = "expects at least one operand";
      return std::nullopt;
    }
    int64_t dim = params.get("dim");
    Shape shape = operands[0];
    int64_t rank = shape.size();
    if (dim < 0 || dim >= rank) {
      why = "dim is " + std::to_string(dim) + ", operands have rank " +
            std::to_string(rank);
      return std::nullopt;
    }
    shape[dim] = 0;
    Structure s;
    for (const Shape &operand : operands) {
      Shape rest = operand;
      if (static_cast<int64_t>(rest.size()) == rank)
        rest[dim] = 0;
      Shape expected = shape;
      expected[dim] = 0;
      if (rest != expected) {
        why = "cannot concatenate " + toString(operands[0]) + " and " +
              toString(operand) + " along dimension " + std::to_string(dim);
        return std::nullopt;
      }
      Shape start(rank, 0);
      start[dim] = shape[dim];
      s.pieces.push_back(start);
      if (llvm::AddOverflow(shape[dim], operand[dim], shape[dim])) {
        why = "the extents along dimension " + std::to_string(dim) +
              " add up to more than 2^63 - 1";
        return std::nullopt;
      }
    }
    Structure copy = copyStructure(shape);
    copy.pieces = std::move(s.pieces);
    for (size_t p = 0; p < operands.size(); ++p) {
      IndexMap map;
      for (int64_t d = 0; d < rank; ++d) {
        IndexExpr index = IndexExpr::dim(d);
        index.offset = -copy.pieces[p][d];
        map.push_back(index);
      }
      copy.in.push_back(std::move(map));
    }
    return copy;
  }
};
} // namespace

#define SCALAR_UNARY(accessor, opName, f)                                      \
  const OpSemantics &mirage::sem::accessor() {                                 \
    static const Elementwise s(                                                \
        opName, ScalarExpr::call(f, {ScalarExpr::arg(0)}), 1);                 \
    return s;                                                                  \
  }
// With the operands in which it is linear.
#define SCALAR_BINARY(accessor, opName, f, ...)                                \
  const OpSemantics &mirage::sem::accessor() {                                 \
    static const Elementwise s(                                                \
        opName,                                                                \
        ScalarExpr::call(f, {ScalarExpr::arg(0), ScalarExpr::arg(1)}), 2,      \
        {__VA_ARGS__});                                                        \
    return s;                                                                  \
  }
#define SINGLETON(accessor, Class)                                             \
  const OpSemantics &mirage::sem::accessor() {                                 \
    static const Class s;                                                      \
    return s;                                                                  \
  }

SCALAR_BINARY(addSem, "mirage.add", fn::add)
SCALAR_BINARY(subSem, "mirage.sub", fn::sub)
SCALAR_BINARY(mulSem, "mirage.mul", fn::mul, 0, 1)
SCALAR_BINARY(divSem, "mirage.div", fn::div, 0)
SCALAR_BINARY(maxSem, "mirage.max", fn::max)
SCALAR_BINARY(minSem, "mirage.min", fn::min)
SCALAR_BINARY(expSubSem, "mirage.exp_sub", fn::exp_sub)
SCALAR_UNARY(negSem, "mirage.neg", fn::neg)
SCALAR_UNARY(absSem, "mirage.abs", fn::abs)
SCALAR_UNARY(expSem, "mirage.exp", fn::exp)
SCALAR_UNARY(logSem, "mirage.log", fn::log)
SCALAR_UNARY(sqrtSem, "mirage.sqrt", fn::sqrt)
SCALAR_UNARY(rsqrtSem, "mirage.rsqrt", fn::rsqrt)
SCALAR_UNARY(erfSem, "mirage.erf", fn::erf)
SCALAR_UNARY(tanhSem, "mirage.tanh", fn::tanh)
SINGLETON(castSem, Cast)
SINGLETON(selectSem, Select)
SINGLETON(cmpSem, Cmp)
SINGLETON(mapSem, Map)
SINGLETON(matmulSem, Matmul)
SINGLETON(reduceSem, Reduce)
SINGLETON(transposeSem, Transpose)
SINGLETON(broadcastSem, Broadcast)
SINGLETON(reshapeSem, Reshape)
SINGLETON(sliceSem, Slice)
SINGLETON(concatSem, Concat)

const OpSemantics *mirage::sem::lookupOpSemantics(StringRef name) {
  using Accessor = const OpSemantics &(*)();
  static const Accessor all[] = {
      addSem,    subSem,       mulSem,    divSem,     maxSem,   minSem,
      expSubSem, negSem,       absSem,    expSem,     logSem,   sqrtSem,
      rsqrtSem,  erfSem,       tanhSem,   castSem,    selectSem, cmpSem,
      mapSem,    matmulSem,    reduceSem, transposeSem, broadcastSem,
      reshapeSem, sliceSem,    concatSem};
  for (Accessor accessor : all)
    if (accessor().name() == name)
      return &accessor();
  return nullptr;
}
