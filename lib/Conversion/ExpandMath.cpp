//===- ExpandMath.cpp - Scalar math without a math library ----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function is written once, with operations that are one or a few
// instructions on NVPTX and exist on every CPU. Selects instead of branches.
//
// MLIR's own approximations were measured and are not used: exp is 41% off near
// -87.7 and zero below, log is wrong on subnormals, sin and cos lose all digits
// from a few thousand on, atan is 40 ulp off, and most divide, which costs more
// on a GPU than the rest of the function.
//
// The polynomials are minimax in the relative error of the result, with the
// coefficients restricted to the type (Sollya's fpminimax); intervals and
// errors stand beside them.
//
//===----------------------------------------------------------------------===//

#include "mirage/Conversion/ExpandMath.h"
#include "mirage/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include <cfloat>
#include <limits>

namespace mlir::mirage {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "mirage/Conversion/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double log2e = 0x1.71547652b82fep+0;
constexpr double ln2 = 0x1.62e42fefa39efp-1;
// ln2 in f32, and what is missing from it; the same for f64.
constexpr double ln2f = 0x1.62e43p-1, ln2fRest = -0x1.05c61p-29;
constexpr double ln2Rest = 0x1.abc9e3b39803fp-56;
/// What 2^t is taken of at most in f32, so that the rest, which is exact where
/// t is rounded, decides about overflow.
constexpr double slack = 0x1p-12, belowOverflow = 128 - slack;
constexpr double halfPi = 0x1.921fb54442d18p+0;

using Predicate = arith::CmpFPredicate;

/// `llvm.call_intrinsic`, since `convert-gpu-to-nvvm` forbids most of the ops
/// that stand for these intrinsics.
Value callIntrinsic(OpBuilder &b, Location loc, Type type, StringRef intrinsic,
                    ValueRange args, LLVM::FastmathFlags flags = {}) {
  return LLVM::CallIntrinsicOp::create(
             b, loc, TypeRange(type), b.getStringAttr(intrinsic), args,
             LLVM::FastmathFlagsAttr::get(b.getContext(), flags))
      .getResult(0);
}

/// Makes scalar code in one floating-point type.
class ScalarBuilder {
public:
  /// An operand: a value, or a constant of the builder's type.
  struct Arg {
    Arg(Value value) : value(value) {}
    Arg(double constant) : constant(constant) {}
    Value value;
    double constant = 0;
  };

  ScalarBuilder(OpBuilder &builder, Location loc, FloatType type,
                FloatType resultType, bool approx)
      : resultType(resultType), approx(approx || resultType != type),
        b(loc, builder), type(type),
        intType(b.getIntegerType(type.getWidth())) {}

  /// What the result will be rounded to.
  const FloatType resultType;
  /// The last bits of an f32 result do not matter.
  const bool approx;

  Value get(Arg a) {
    if (a.value)
      return a.value;
    bool inexact;
    APFloat constant(a.constant);
    constant.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                     &inexact);
    return arith::ConstantOp::create(b, FloatAttr::get(type, constant));
  }

  Value add(Arg x, Arg y) { return make<arith::AddFOp>(x, y); }
  Value sub(Arg x, Arg y) { return make<arith::SubFOp>(x, y); }
  Value mul(Arg x, Arg y) { return make<arith::MulFOp>(x, y); }
  Value div(Arg x, Arg y) { return make<arith::DivFOp>(x, y); }
  Value neg(Value x) { return make<arith::NegFOp>(x); }
  /// A NaN operand gives a NaN.
  Value min(Arg x, Arg y) { return make<arith::MinimumFOp>(x, y); }
  Value max(Arg x, Arg y) { return make<arith::MaximumFOp>(x, y); }
  Value fma(Arg x, Arg y, Arg z) { return make<LLVM::FMAOp>(x, y, z); }
  Value abs(Value x) { return call("llvm.fabs", x); }
  Value trunc(Value x) { return call("llvm.trunc", x); }
  Value exp2(Value x) { return call("llvm.exp2", x); }
  Value sqrt(Value x) { return call("llvm.sqrt", x); }
  Value approxSqrt(Value x) {
    return call("llvm.sqrt", x, LLVM::FastmathFlags::afn);
  }
  /// 1 / x to the last bit or two. Only `afn`, so that x86 divides.
  Value reciprocal(Value x) {
    return arith::DivFOp::create(b, get(1.0), x, arith::FastMathFlags::afn);
  }
  Value cmp(Predicate predicate, Value x, Arg y) {
    return arith::CmpFOp::create(b, predicate, x, get(y));
  }
  Value select(Value condition, Arg x, Arg y) {
    return arith::SelectOp::create(b, condition, get(x), get(y));
  }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, x, y); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, x, y); }
  Value isFinite(Value magnitude) {
    return cmp(Predicate::OLT, magnitude, inf);
  }

  /// c[0] + c[1] x + c[2] x^2 + ...
  Value horner(Value x, ArrayRef<double> c) {
    Arg r = c.back();
    for (double next : llvm::reverse(c.drop_back()))
      r = fma(r, x, next);
    return r.value;
  }

  // Integers; those without a type of their own are as wide as the floats.
  Value bits(Value x) { return arith::BitcastOp::create(b, intType, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, type, x); }
  /// `x`, negative if `sign` is. `x` itself is positive or has that sign; so
  /// one instruction will do, and none of f16's six for copysign.
  Value withSign(Value x, Value sign) {
    return fromBits(ints<arith::OrIOp>(bits(x), signBit(sign)));
  }
  Value signBit(Value x) {
    int64_t mask =
        std::numeric_limits<int64_t>::min() >> (64 - type.getWidth());
    return ints<arith::AndIOp>(bits(x), mask);
  }
  Value fromInt(Value x) { return arith::SIToFPOp::create(b, type, x); }
  Value integer(Type ofType, int64_t c) {
    return arith::ConstantOp::create(b, IntegerAttr::get(ofType, c));
  }
  template <typename OpTy>
  Value ints(Value x, Value y) {
    return OpTy::create(b, x, y);
  }
  template <typename OpTy>
  Value ints(Value x, int64_t y) {
    return OpTy::create(b, x, integer(x.getType(), y));
  }

  ImplicitLocOpBuilder &builder() { return b; }
  FloatType getType() const { return type; }

private:
  Value call(StringRef intrinsic, ValueRange args,
             LLVM::FastmathFlags flags = {}) {
    return callIntrinsic(b, b.getLoc(), type, intrinsic, args, flags);
  }
  template <typename OpTy, typename... Args>
  Value make(Args... args) {
    Value operands[] = {get(args)...};
    return OpTy::create(b, TypeRange(type), ValueRange(operands));
  }

  ImplicitLocOpBuilder b;
  FloatType type;
  IntegerType intType;
};

using SB = ScalarBuilder;
using Expansion = Value (*)(SB &, ValueRange);

//===----------------------------------------------------------------------===//
// exp and log
//===----------------------------------------------------------------------===//

Value exp2F32(SB &b, ValueRange args) { return b.exp2(args[0]); }

/// exp(x) = 2^t (1 + r), r = x - t ln2, where t is x log2(e) as rounded.
Value expF32(SB &b, ValueRange args) {
  if (b.approx)
    return b.exp2(b.mul(args[0], log2e));
  Value x = b.max(args[0], -200.0);
  Value t = b.min(b.mul(x, log2e), belowOverflow);
  Value r = b.fma(t, -ln2fRest, b.fma(t, -ln2f, x));
  Value power = b.exp2(t);
  return b.fma(power, r, power);
}

/// x = k ln2 + f with integer k, found by adding a number whose last bit is 1.
struct ExpArgument {
  Value f, kBits;
};
ExpArgument reduceExp(SB &b, Value x, double magic, double ln2Hi,
                      double ln2Lo) {
  Value sum = b.fma(x, log2e, magic);
  Value k = b.sub(sum, magic);
  return {b.fma(k, -ln2Lo, b.fma(k, -ln2Hi, x)), b.bits(sum)};
}

Value expm1F32(SB &b, ValueRange args) {
  Value x = b.min(b.max(args[0], -30.0), 89.0);
  auto [f, kBits] = reduceExp(b, x, 0x1.8p23, ln2f, ln2fRest);
  // |f| <= 0.35: 1.5e-8.
  Value p = b.horner(f, {0x1.fffffep-2, 0x1.5554aap-3, 0x1.55571p-5,
                         0x1.122cb8p-7, 0x1.6b80c8p-10});
  p = b.fma(b.mul(f, f), p, f);
  // Half of the result, so that 2^(k-1) does not overflow; the shift drops the
  // bits of the magic number.
  Value half = b.fromBits(
      b.ints<arith::AddIOp>(b.ints<arith::ShLIOp>(kBits, 23), 126 << 23));
  Value r = b.fma(p, half, b.sub(half, 0.5));
  return b.withSign(b.add(r, r), args[0]);
}

Value expF64(SB &b, ValueRange args) {
  Value x = b.min(b.max(args[0], -746.0), 710.0);
  auto [f, kBits] = reduceExp(b, x, 0x1.8p52, ln2, ln2Rest);
  // |f| <= 0.347: 4e-18.
  Value p = b.horner(f, {1.0, 1.0, 0x1.000000000000ap-1, 0x1.55555555554fcp-3,
                         0x1.555555555067bp-5, 0x1.1111111127257p-7,
                         0x1.6c16c1848d831p-10, 0x1.a01a012dd547ep-13,
                         0x1.a01999128cabfp-16, 0x1.71df1ce668897p-19,
                         0x1.28ae4e47596bcp-22, 0x1.ad8dcc53f5ac6p-26});
  // In two halves, since 2^k alone may overflow or be subnormal.
  Value k = b.ints<arith::SubIOp>(kBits, 0x4338000000000000);
  Value k1 = b.ints<arith::ShRSIOp>(k, 1);
  for (Value part : {k1, b.ints<arith::SubIOp>(k, k1)})
    p = b.mul(p, b.fromBits(b.ints<arith::ShLIOp>(
                     b.ints<arith::AddIOp>(part, 1023), 52)));
  return p;
}

/// x = 2^k (1 + f) for positive finite x, f between -1/3 and 1/3.
struct LogArgument {
  Value f, k;
};
LogArgument reduceLog(SB &b, Value x) {
  bool isDouble = b.getType().isF64();
  int fraction = isDouble ? 52 : 23;
  double scale = std::ldexp(1.0, fraction);
  Value tiny = b.cmp(Predicate::OLT, x, isDouble ? DBL_MIN : FLT_MIN);
  Value bits = b.bits(b.select(tiny, b.mul(x, scale), x));
  // The exponent relative to 2/3, in place.
  int64_t twoThirds = isDouble ? 0x3fe5555555555555 : 0x3f2aaaab;
  Value exponent = b.ints<arith::AndIOp>(b.ints<arith::SubIOp>(bits, twoThirds),
                                         int64_t(~uint64_t(0) << fraction));
  Value k = b.fma(b.fromInt(exponent), 1 / scale,
                  b.select(tiny, double(-fraction), 0.0));
  Value m = b.fromBits(b.ints<arith::SubIOp>(bits, exponent));
  return {b.sub(m, 1.0), k};
}

/// log(1 + f) for |f| <= 1/3: 2.6e-8.
Value logPolynomialF32(SB &b, Value f) {
  Value p = b.horner(f, {-0x1.ffffd6p-2, 0x1.5554fcp-2, -0x1.00144ep-2,
                         0x1.99d398p-3, -0x1.5038e4p-3, 0x1.1eaacap-3,
                         -0x1.3b0c36p-3, 0x1.1f1bb8p-3});
  return b.fma(b.mul(f, f), p, f);
}

/// 2 atanh(q) = 2q + q^3 P(q^2) for |q| <= 0.2: 1.5e-17.
Value logPolynomialF64(SB &b, Value f) {
  Value q = b.div(f, b.add(f, 2.0));
  Value s = b.mul(q, q);
  Value p = b.horner(s, {0x1.555555555579bp-1, 0x1.99999998e6d06p-2,
                         0x1.249249b91fa0bp-2, 0x1.c71bfcecf38dcp-3,
                         0x1.747599c259dfbp-3, 0x1.38448963b17bcp-3,
                         0x1.3b2d53476c1b6p-3});
  return b.fma(b.mul(q, s), p, b.add(q, q));
}

Value logPolynomial(SB &b, Value f) {
  return b.getType().isF64() ? logPolynomialF64(b, f) : logPolynomialF32(b, f);
}

/// The logarithm `r` of `x`, with what `r` is not good for put right.
Value finishLog(SB &b, Value x, Value r) {
  r = b.select(b.isFinite(x), r, x);
  r = b.select(b.cmp(Predicate::OEQ, x, 0.0), -inf, r);
  return b.select(b.cmp(Predicate::OLT, x, 0.0), nan, r);
}

Value logF(SB &b, ValueRange args) {
  auto [f, k] = reduceLog(b, args[0]);
  return finishLog(b, args[0], b.fma(k, ln2, logPolynomial(b, f)));
}

Value log2F(SB &b, ValueRange args) {
  auto [f, k] = reduceLog(b, args[0]);
  return finishLog(b, args[0], b.fma(logPolynomial(b, f), log2e, k));
}

/// As log of u = 1 + x, with f = (1 + x) / 2^k - 1 from x itself.
Value log1pF32(SB &b, ValueRange args) {
  Value x = args[0];
  Value u = b.add(x, 1.0);
  Value exponent = b.ints<arith::AndIOp>(
      b.ints<arith::SubIOp>(b.bits(u), 0x3f2aaaab), int32_t(0xff800000));
  Value four = b.integer(exponent.getType(), 0x40800000);
  // 2^-k, by way of 4 * 2^-k, since it may be subnormal.
  Value scale = b.mul(b.fromBits(b.ints<arith::SubIOp>(four, exponent)), 0.25);
  Value f = b.fma(x, scale, b.sub(scale, 1.0));
  Value k = b.mul(b.fromInt(exponent), 0x1p-23);
  Value r = b.fma(k, ln2, logPolynomialF32(b, f));
  return b.withSign(finishLog(b, u, r), x);
}

//===----------------------------------------------------------------------===//
// Powers
//===----------------------------------------------------------------------===//

Value sqrtF(SB &b, ValueRange args) {
  return b.approx ? b.approxSqrt(args[0]) : b.sqrt(args[0]);
}

/// NVPTX makes one instruction of the two.
Value rsqrtF32(SB &b, ValueRange args) {
  return b.reciprocal(b.approxSqrt(args[0]));
}

Value rsqrtF64(SB &b, ValueRange args) { return b.div(1.0, b.sqrt(args[0])); }

/// log2 of a value that is not negative, as a sum of two f32: 2^-29.
std::pair<Value, Value> preciseLog2(SB &b, Value x) {
  auto [f, k] = reduceLog(b, x);
  // q = f / (2 + f) and its rest; 2 + f may lose a bit.
  Value d = b.add(f, 2.0);
  Value dRest = b.sub(f, b.sub(d, 2.0));
  Value inverse = b.reciprocal(d);
  Value q = b.mul(f, inverse);
  Value minusQ = b.neg(q);
  Value qRest = b.mul(b.fma(minusQ, dRest, b.fma(minusQ, d, f)), inverse);
  // 2 atanh(q + qRest) = 2q + rest; |q| <= 0.2: 2.7e-11.
  Value s = b.mul(q, q);
  Value p =
      b.horner(s, {0x1.555554p-1, 0x1.999cp-2, 0x1.23e3ep-2, 0x1.ee1db2p-3});
  Value rest = b.fma(qRest, b.fma(s, 2.0, 2.0), b.mul(b.mul(q, s), p));
  // Times log2(e), plus k.
  constexpr double log2ef = 0x1.715476p+0, log2efRest = 0x1.4ae0cp-26;
  Value twice = b.add(q, q);
  Value hi = b.mul(twice, log2ef);
  Value lo = b.fma(twice, log2efRest, b.fma(twice, log2ef, b.neg(hi)));
  lo = b.fma(rest, log2ef, lo);
  Value sum = b.add(k, hi);
  lo = b.add(b.sub(hi, b.sub(sum, k)), lo);
  hi = b.add(sum, lo);
  lo = b.sub(lo, b.sub(hi, sum));
  hi = b.select(b.isFinite(x), hi, x);
  return {b.select(b.cmp(Predicate::OEQ, x, 0.0), -inf, hi), lo};
}

/// 2^(y log2|x|), then the sign and the cases in which IEEE says otherwise.
Value powF32(SB &b, ValueRange args) {
  Value x = args[0], magnitude = b.abs(x);
  // An infinite exponent acts as the largest finite one: even, and big enough.
  Value y = b.min(b.max(args[1], -FLT_MAX), FLT_MAX);
  Value r;
  if (b.approx) {
    r = b.exp2(b.mul(y, log2F(b, magnitude)));
  } else {
    auto [hi, lo] = preciseLog2(b, magnitude);
    // As in exp.
    Value t = b.min(b.mul(y, hi), belowOverflow);
    Value rest = b.fma(y, lo, b.fma(y, hi, b.neg(t)));
    // Else the result is infinite or zero.
    Value isSmall = b.cmp(Predicate::OLT, b.abs(rest), slack);
    r = b.mul(b.exp2(t), b.select(isSmall, b.fma(rest, ln2, 1.0), 2.0));
  }
  Value whole = b.trunc(y);
  Value isInteger = b.cmp(Predicate::OEQ, whole, y);
  Value half = b.mul(y, 0.5);
  Value isOdd = b.both(isInteger, b.cmp(Predicate::ONE, b.trunc(half), half));
  r = b.withSign(r, b.select(isOdd, x, 1.0));
  Value isNegative =
      b.both(b.cmp(Predicate::OLT, x, 0.0), b.isFinite(magnitude));
  r = b.select(b.both(isNegative, b.cmp(Predicate::UNE, whole, y)), nan, r);
  Value isOne =
      b.either(b.cmp(Predicate::OEQ, x, 1.0), b.cmp(Predicate::OEQ, y, 0.0));
  return b.select(isOne, 1.0, r);
}

//===----------------------------------------------------------------------===//
// erf and tanh
//===----------------------------------------------------------------------===//

Value erfF32(SB &b, ValueRange args) {
  Value x = args[0], s = b.mul(x, x), magnitude = b.abs(x);
  // erf(x) - x for |x| <= 0.95: 4.1e-8.
  Value p = b.horner(s, {0x1.06eba2p-3, -0x1.812694p-2, 0x1.ce1032p-4,
                         -0x1.b60fp-6, 0x1.44b7fep-8, -0x1.30bf9p-11});
  Value small = b.fma(p, x, x);
  // log2(1 - erf(t)) / t for t from 0.95 to 4, where erf rounds to 1: 5.9e-9.
  Value t = b.min(magnitude, 4.0);
  Value q =
      b.horner(t, {-0x1.a0e1e2p0, -0x1.d4d96ep-1, -0x1.3bed86p-3, 0x1.1fc00cp-5,
                   -0x1.72243ep-8, 0x1.25fc56p-11, -0x1.ac5ap-16});
  Value large = b.sub(1.0, b.exp2(b.mul(t, q)));
  return b.select(b.cmp(Predicate::OLT, magnitude, 0.95), small,
                  b.withSign(large, x));
}

Value erfF64(SB &b, ValueRange args) {
  Value x = args[0], s = b.mul(x, x), magnitude = b.abs(x);
  // erf(x) - x for |x| <= 1: 3.8e-14.
  Value p = b.horner(
      s, {0x1.06eba8214db51p-3, -0x1.812746b0370e7p-2, 0x1.ce2f219ff81b6p-4,
          -0x1.b82ce3034824fp-6, 0x1.565bcb720d2e8p-8, -0x1.c02d8019f8a16p-11,
          0x1.f99edfd596bb3p-14, -0x1.f4938700e54dbp-17, 0x1.b759862b4ee81p-20,
          -0x1.4d68a691bc8fcp-23, 0x1.6041fcf7f0449p-27});
  Value small = b.fma(p, x, x);
  // log(1 - erf(t)) for t from 1 to 6, where erf rounds to 1: 7.7e-14.
  Value t = b.min(magnitude, 6.0);
  Value q = b.horner(
      t, {-0x1.e1778a01c3242p-19, -0x1.20db4efd5acadp0, -0x1.46052618c91d3p-1,
          -0x1.a37db07e77225p-4, 0x1.2ef60a2ca5aaap-6, 0x1.10256bf260f01p-10,
          -0x1.492d590d09a98p-9, 0x1.3c4ca54488839p-10, -0x1.934c63d431167p-12,
          0x1.82cbc9da78d98p-14, -0x1.1f8bc5e3ad8afp-16, 0x1.4b7d8b6dfaa28p-19,
          -0x1.236e3f7f10f24p-22, 0x1.79ec970f5f0eep-26, -0x1.54a715aa17664p-30,
          0x1.7d00fffc8be03p-35, -0x1.8df1f990e56e3p-41});
  Value large = b.sub(1.0, expF64(b, q));
  return b.select(b.cmp(Predicate::OLT, magnitude, 1.0), small,
                  b.withSign(large, x));
}

Value tanhF32(SB &b, ValueRange args) {
  Value x = args[0], s = b.mul(x, x), magnitude = b.abs(x);
  // |x| <= 0.55: 3.7e-8.
  Value p = b.horner(
      s, {-0x1.555452p-2, 0x1.10cefcp-3, -0x1.af7d38p-5, 0x1.0d5184p-6});
  Value small = b.fma(b.mul(x, s), p, x);
  // 1 - 2 / (exp(2|x|) + 1)
  Value e = b.exp2(b.mul(magnitude, 2 * log2e));
  Value large = b.fma(b.reciprocal(b.add(e, 1.0)), -2.0, 1.0);
  Value r = b.select(b.cmp(Predicate::OLT, magnitude, 0.55), small, large);
  return b.withSign(r, x);
}

Value tanhF64(SB &b, ValueRange args) {
  Value x = args[0], s = b.mul(x, x), magnitude = b.abs(x);
  // |x| <= 0.5: 1.2e-16.
  Value p = b.horner(s, {-0x1.555555555513cp-2, 0x1.11111110be88cp-3,
                         -0x1.ba1ba1726ee1bp-5, 0x1.664f393675468p-6,
                         -0x1.226c5ac6e028cp-7, 0x1.d68df213e3cc1p-9,
                         -0x1.7a7027550b22fp-10, 0x1.1e489437000cdp-11,
                         -0x1.34bc4ddc7d4acp-13});
  Value small = b.fma(b.mul(x, s), p, x);
  Value e = expF64(b, b.add(magnitude, magnitude));
  Value large = b.sub(1.0, b.div(2.0, b.add(e, 1.0)));
  Value r = b.select(b.cmp(Predicate::OLT, magnitude, 0.5), small, large);
  return b.withSign(r, x);
}

//===----------------------------------------------------------------------===//
// Trigonometry
//===----------------------------------------------------------------------===//

/// |x| = quadrant * pi/2 + r, |r| <= pi/4, quadrant modulo 4.
struct TrigArgument {
  Value r, quadrant;
};

/// By the method of Payne and Hanek, since the arguments may be of any size:
/// the integer part of x times 2/pi does not matter beyond its last two bits,
/// so 96 bits of 2/pi, from the place that x's exponent says, are enough.
TrigArgument reduceTrig(SB &b, Value x) {
  ImplicitLocOpBuilder &ib = b.builder();
  Type i32 = ib.getI32Type(), i64 = ib.getI64Type();
  Value magnitude = b.abs(x);
  Value bits = b.bits(magnitude);
  Value exponent = b.ints<arith::ShRUIOp>(bits, 23);
  // |x| = mantissa * 2^(shift - 24) for |x| >= 1/2.
  Value mantissa =
      b.ints<arith::OrIOp>(b.ints<arith::AndIOp>(bits, 0x7fffff), 0x800000);
  Value shift = b.ints<arith::MaxSIOp>(b.ints<arith::SubIOp>(exponent, 127), 0);
  Value isOneUp = arith::CmpIOp::create(ib, arith::CmpIPredicate::uge, exponent,
                                        b.integer(i32, 127));
  mantissa =
      b.ints<arith::ShLIOp>(mantissa, arith::ExtUIOp::create(ib, i32, isOneUp));
  // 26 zero bits, then 2/pi.
  constexpr uint32_t twoOverPi[] = {0x00000028, 0xbe60db93, 0x91054a7f,
                                    0x09d5f47d, 0x4d377036, 0xd8a5664f,
                                    0x10e4107f};
  SmallVector<Value> words;
  for (uint32_t word : twoOverPi)
    words.push_back(b.integer(i32, int32_t(word)));
  // Move by `shift` bits: by two words, by one, by less.
  for (int step : {2, 1}) {
    Value move = arith::CmpIOp::create(ib, arith::CmpIPredicate::ne,
                                       b.ints<arith::AndIOp>(shift, 32 * step),
                                       b.integer(i32, 0));
    for (size_t i = 0; i + step < words.size(); ++i)
      words[i] = b.select(move, words[i + step], words[i]);
    words.pop_back_n(step);
  }
  Value within = b.ints<arith::AndIOp>(shift, 31);
  for (size_t i = 0; i + 1 < words.size(); ++i)
    words[i] = LLVM::FshlOp::create(ib, words[i], words[i + 1], within);
  // The upper 64 of the lower 96 bits of the product: 2 bits of quadrant, the
  // rest a fraction of pi/2.
  auto widen = [&](Value v) { return arith::ExtUIOp::create(ib, i64, v); };
  Value m = widen(mantissa);
  Value product =
      b.ints<arith::ShRUIOp>(b.ints<arith::MulIOp>(m, widen(words[2])), 32);
  product =
      b.ints<arith::AddIOp>(product, b.ints<arith::MulIOp>(m, widen(words[1])));
  product = b.ints<arith::AddIOp>(
      product, b.ints<arith::ShLIOp>(
                   widen(b.ints<arith::MulIOp>(mantissa, words[0])), 32));
  // To the nearest quadrant: what is left is the fraction, signed.
  Value quadrant = arith::TruncIOp::create(
      ib, i32,
      b.ints<arith::ShRUIOp>(b.ints<arith::AddIOp>(product, int64_t(1) << 61),
                             62));
  Value r =
      b.mul(b.fromInt(b.ints<arith::ShLIOp>(product, 2)), halfPi * 0x1p-64);
  Value isReduced = b.cmp(Predicate::OLT, magnitude, halfPi / 2);
  r = b.select(isReduced, magnitude, r);
  // inf and NaN give NaN, all else adds nothing.
  r = b.fma(magnitude, 0.0, r);
  return {r, b.select(isReduced, b.integer(i32, 0), quadrant)};
}

/// sin of r + quadrant * pi/2, with the sign bit of `sign` flipped in.
Value sinOfReduced(SB &b, Value r, Value quadrant, Value sign) {
  ImplicitLocOpBuilder &ib = b.builder();
  Value s = b.mul(r, r);
  // |r| <= pi/4: 4.1e-9 and 1.2e-10.
  Value p = b.horner(s, {-0x1.555546p-3, 0x1.110776p-7, -0x1.9952c8p-13});
  Value sin = b.fma(b.mul(r, s), p, r);
  Value cos =
      b.horner(s, {1.0, -0.5, 0x1.55554ap-5, -0x1.6c0c28p-10, 0x1.99e81p-16});
  Value isCos = arith::TruncIOp::create(ib, ib.getI1Type(), quadrant);
  Value flip = b.ints<arith::AndIOp>(b.ints<arith::ShLIOp>(quadrant, 30),
                                     int32_t(0x80000000));
  if (sign)
    flip = b.ints<arith::XOrIOp>(flip, b.signBit(sign));
  return b.fromBits(
      b.ints<arith::XOrIOp>(b.bits(b.select(isCos, cos, sin)), flip));
}

Value sinF32(SB &b, ValueRange args) {
  auto [r, quadrant] = reduceTrig(b, args[0]);
  return sinOfReduced(b, r, quadrant, args[0]);
}

Value cosF32(SB &b, ValueRange args) {
  auto [r, quadrant] = reduceTrig(b, args[0]);
  return sinOfReduced(b, r, b.ints<arith::AddIOp>(quadrant, 1), nullptr);
}

Value atanF32(SB &b, ValueRange args) {
  Value x = args[0], magnitude = b.abs(x);
  // atan(t) = pi/2 - atan(1/t)
  Value isLarge = b.cmp(Predicate::OGT, magnitude, 1.0);
  Value t = b.select(isLarge, b.reciprocal(magnitude), magnitude);
  Value s = b.mul(t, t);
  // t <= 1: 1.7e-8.
  Value p = b.horner(s, {-0x1.5554dcp-2, 0x1.9978eep-3, -0x1.230abp-3,
                         0x1.b4dfdcp-4, -0x1.3553f4p-4, 0x1.61f756p-5,
                         -0x1.0c23fep-6, 0x1.7ec1c4p-9});
  Value r = b.fma(b.mul(t, s), p, t);
  return b.withSign(b.select(isLarge, b.sub(halfPi, r), r), x);
}

//===----------------------------------------------------------------------===//
// Remainder
//===----------------------------------------------------------------------===//

/// Long division with digits of about 51 bits. With f32 operands every step is
/// exact in f64.
Value remF32(SB &b, ValueRange args) {
  ImplicitLocOpBuilder &ib = b.builder();
  FloatType f64 = ib.getF64Type();
  SB d(ib, ib.getLoc(), f64, f64, /*approx=*/false);
  auto magnitude = [&](Value v) -> Value {
    return arith::ExtFOp::create(ib, f64, b.abs(v));
  };
  Value r = magnitude(args[0]);
  // A finite number above all of f32 has the remainders of infinity.
  Value y = d.min(magnitude(args[1]), 0x1p200);
  Value inverse = d.div(1.0, y), minusY = d.neg(y);
  // A quotient of f16 values is below 2^41, one of f32 values below 2^278.
  for (int digits = b.resultType.isF16() ? 1 : 6; digits > 0; --digits)
    r = d.fma(d.trunc(d.mul(r, inverse)), minusY, r);
  // The last digit may be off by one.
  r = d.select(d.cmp(Predicate::OLT, r, 0.0), d.add(r, y), r);
  r = d.select(d.cmp(Predicate::OGE, r, y), d.sub(r, y), r);
  r = arith::TruncFOp::create(ib, b.getType(), r);
  return b.withSign(r, args[0]);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// Rewrites one op by `f32` on f16, bf16 and f32, by `f64` on f64.
struct ExpandOp : RewritePattern {
  ExpandOp(StringRef name, MLIRContext *context, Expansion f32, Expansion f64)
      : RewritePattern(name, /*benefit=*/1, context), f32(f32), f64(f64) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<FloatType>(op->getResult(0).getType());
    bool isNarrow = type && (type.isF16() || type.isBF16());
    bool isDouble = type && type.isF64();
    Expansion expand = isDouble ? f64 : f32;
    if (!expand || !(isNarrow || isDouble || (type && type.isF32())))
      return rewriter.notifyMatchFailure(op, "no expansion for this type");

    Location loc = op->getLoc();
    FloatType computeType = isNarrow ? rewriter.getF32Type() : type;
    SmallVector<Value> operands(op->getOperands());
    if (isNarrow)
      for (Value &operand : operands)
        operand = arith::ExtFOp::create(rewriter, loc, computeType, operand);
    auto flags = cast<arith::ArithFastMathInterface>(op).getFastMathFlagsAttr();
    SB builder(rewriter, loc, computeType, type,
               flags && bitEnumContainsAll(flags.getValue(),
                                           arith::FastMathFlags::afn));
    Value result = expand(builder, operands);
    if (isNarrow)
      result = arith::TruncFOp::create(rewriter, loc, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }

  Expansion f32, f64;
};

/// Rewrites one op to the LLVM intrinsic of the same meaning, which NVPTX
/// selects, or promotes to f32 without loss, in all four types.
struct ToIntrinsic : RewritePattern {
  ToIntrinsic(StringRef name, MLIRContext *context, StringRef intrinsic)
      : RewritePattern(name, /*benefit=*/1, context), intrinsic(intrinsic) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    Type type = op->getResult(0).getType();
    if (!type.isF16() && !type.isBF16() && !type.isF32() && !type.isF64())
      return rewriter.notifyMatchFailure(op, "no intrinsic for this type");
    rewriter.replaceOp(op, callIntrinsic(rewriter, op->getLoc(), type,
                                         intrinsic, op->getOperands()));
    return success();
  }

  StringRef intrinsic;
};

struct ExpandMath : mirage::impl::ExpandMathPassBase<ExpandMath> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    mirage::populateExpandMathPatterns(set);
    patterns = std::move(set);
    return success();
  }
  void runOnOperation() override {
    walkAndApplyPatterns(getOperation(), patterns);
  }
  FrozenRewritePatternSet patterns;
};

} // namespace

void mlir::mirage::populateExpandMathPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  struct {
    StringRef name;
    Expansion f32, f64;
  } expansions[] = {
      {math::ExpOp::getOperationName(), expF32, expF64},
      {math::Exp2Op::getOperationName(), exp2F32, nullptr},
      {math::ExpM1Op::getOperationName(), expm1F32, nullptr},
      {math::LogOp::getOperationName(), logF, logF},
      {math::Log2Op::getOperationName(), log2F, log2F},
      {math::Log1pOp::getOperationName(), log1pF32, nullptr},
      {math::SqrtOp::getOperationName(), sqrtF, sqrtF},
      {math::RsqrtOp::getOperationName(), rsqrtF32, rsqrtF64},
      {math::PowFOp::getOperationName(), powF32, nullptr},
      {math::ErfOp::getOperationName(), erfF32, erfF64},
      {math::TanhOp::getOperationName(), tanhF32, tanhF64},
      {math::SinOp::getOperationName(), sinF32, nullptr},
      {math::CosOp::getOperationName(), cosF32, nullptr},
      {math::AtanOp::getOperationName(), atanF32, nullptr},
      {arith::RemFOp::getOperationName(), remF32, nullptr},
  };
  for (auto &e : expansions)
    patterns.add<ExpandOp>(e.name, context, e.f32, e.f64);

  struct {
    StringRef name, intrinsic;
  } intrinsics[] = {
      {math::FmaOp::getOperationName(), "llvm.fma"},
      {math::AbsFOp::getOperationName(), "llvm.fabs"},
      {math::CopySignOp::getOperationName(), "llvm.copysign"},
      {math::FloorOp::getOperationName(), "llvm.floor"},
      {math::CeilOp::getOperationName(), "llvm.ceil"},
      {math::RoundOp::getOperationName(), "llvm.round"},
      {math::RoundEvenOp::getOperationName(), "llvm.roundeven"},
      {math::TruncOp::getOperationName(), "llvm.trunc"},
      {arith::MaxNumFOp::getOperationName(), "llvm.maxnum"},
      {arith::MinNumFOp::getOperationName(), "llvm.minnum"},
  };
  for (auto &i : intrinsics)
    patterns.add<ToIntrinsic>(i.name, context, i.intrinsic);
}
