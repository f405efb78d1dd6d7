//===- RulesTest.cpp - One test for each rule of the field test -----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// R1 to R15 say what a value is, S1 to S6 which shapes are tried. Each test has
// the pair of programs that its rule exists for. Where a weaker rule can be
// put in its place, the test shows that the weaker one is wrong about the pair.
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "mirage/Semantics/Evaluate.h"
#include "mirage/Semantics/Field.h"
#include "mirage/Verify/FieldTest.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <set>

using namespace mirage::test;
using namespace mirage::verify;

namespace {

//===----------------------------------------------------------------------===//
// The field test, and a test with fewer rules
//===----------------------------------------------------------------------===//

/// The reason, if it is the same for three seeds.
std::optional<FieldReason> verdict(const Program &reference,
                                   const Program &candidate,
                                   FieldTestOptions options = {}) {
  std::set<FieldReason> reasons;
  for (uint64_t seed : {1, 2, 3}) {
    options.seed = seed;
    FieldTestResult r = fieldTest(reference, candidate, options);
    EXPECT_EQ(r.accepted, r.reason == FieldReason::Accepted ||
                              r.reason == FieldReason::Uncovered);
    reasons.insert(r.reason);
  }
  return reasons.size() == 1 ? std::optional(*reasons.begin()) : std::nullopt;
}

enum class Says { Equal, Different, Nothing };

/// One draw at the programs' own shapes, with shadows of one size, no repair,
/// and no rule but that defined residues agree.
struct Draw {
  Tower tower = fieldTowers()[5];
  unsigned levels = 2;
  bool deep = false;
  double scale = 1;
  uint64_t seed = 1;
  /// Residues above level 0 are forgotten, in the inputs.
  bool lowestLevelOnly = false;

  Says operator()(const Program &reference, const Program &candidate) const {
    FieldDomain domain(tower, levels, seed, deep);
    Random random(seed);
    std::vector<FieldTensor> inputs;
    for (ValueId v : reference.inputs) {
      FieldTensor t;
      t.shape = reference.shape(v);
      for (int64_t i = 0, n = numElements(t.shape); i < n; ++i) {
        t.data.push_back(domain.random(random, scale * random.normal()));
        for (unsigned l = 1; lowestLevelOnly && l < levels; ++l)
          t.data.back().residue[l] = 0;
      }
      inputs.push_back(std::move(t));
    }
    auto expected = evaluate(domain, reference, inputs),
         actual = evaluate(domain, candidate, inputs);
    Says says = Says::Nothing;
    for (size_t o = 0; o < expected.size(); ++o)
      for (auto [r, c] : llvm::zip(expected[o].data, actual[o].data))
        if (domain.comparable(r, c)) {
          if (!domain.same(r, c))
            return Says::Different;
          says = Says::Equal;
        }
    return says;
  }
};

/// One output, a function of the inputs.
Program function(std::vector<Shape> inputs,
                 std::function<ValueId(Builder &, Builder::Values)> body) {
  Builder b;
  Builder::Values values;
  for (const Shape &shape : inputs)
    values.push_back(b.input(shape));
  ValueId result = body(b, values);
  return b.done({result});
}
using In = Builder::Values;
using Unary = std::function<ValueId(Builder &, ValueId)>;

Program unary(Unary f, Shape shape = {4, 8}) {
  return function({shape}, [f](Builder &b, In x) { return f(b, x[0]); });
}

/// A loop over the second dimension of x, in tiles.
Program looped(int64_t rows, int64_t extent, int64_t steps, int64_t tile,
               std::function<std::vector<Accumulator>(Builder &, ValueId)> body,
               std::function<ValueId(Builder &, In)> finish =
                   [](Builder &, In sums) { return sums[0]; }) {
  return function({{rows, extent}}, [=](Builder &b, In x) {
    AxisId k = b.axis(steps, "k");
    return b.kernel({}, {f32({rows, 1})}, [&](const auto &res) {
      auto sums = b.loop(
          {k}, [&] { return body(b, b.load(x[0], {{}, {k}}, {rows, tile})); });
      b.store(finish(b, sums), res[0], {{}, {}});
    })[0];
  });
}

Program sumOf(int64_t rows, int64_t extent) {
  return unary([](Builder &b, ValueId x) { return b.sum(x, 1); },
               {rows, extent});
}

/// Attention twice; the keys of the second layer are scaled.
Program twoLayers(bool safe, double scale, unsigned layers = 2) {
  AttentionSizes z{1, 4, 8, 16, 8};
  Builder b;
  ValueId q = b.input({z.b, z.m, z.d});
  for (unsigned i = 2 - layers; i < 2; ++i) {
    ValueId kt = b.input({z.b, z.d, z.k}), v = b.input({z.b, z.k, z.d});
    ValueId s = b.matmul(q, kt);
    if (i)
      s = b.mul(s, b.c(scale, 3));
    if (safe)
      s = b.sub(s, b.maximum(s, 2));
    ValueId p = b.exp(s);
    q = b.div(b.matmul(p, v), b.sum(p, 2));
  }
  return b.done({q});
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

// A pair of primes loses the shift of the second layer's scores.
TEST(Rules, R01_TowerNotPair) {
  Program safe = twoLayers(true, 1), unsafe = twoLayers(false, 1);
  EXPECT_EQ(verdict(safe, unsafe), FieldReason::Accepted);
  EXPECT_EQ(fieldTest(safe, unsafe).levels, 3u);
  Draw pair;
  pair.levels = 2;
  EXPECT_EQ(pair(safe, unsafe), Says::Nothing);
  pair.deep = true; // uninterpreted below the pair
  EXPECT_EQ(pair(safe, unsafe), Says::Different);
}

bool isResidue(uint64_t a, uint64_t p) {
  PrimeField f(p);
  return f.pow(f.to(a), (p - 1) / 2) == f.one;
}

TEST(Rules, R02_SignFaithfulPrimes) {
  for (const Tower &tower : fieldTowers())
    for (uint64_t p : tower) {
      EXPECT_FALSE(isResidue(p - 1, p));
      for (uint64_t q : {2, 3, 5, 7, 11, 13, 17, 19, 23})
        EXPECT_TRUE(isResidue(q, p));
    }
  auto of = [](Unary f) {
    return unary(
        [f](Builder &b, ValueId x) { return f(b, b.sum(b.mul(x, x), 1)); },
        {8, 64});
  };
  Program seven = of([](Builder &b, ValueId s) {
    return b.div(b.c(7), b.sqrt(b.add(s, b.c(49 * 0.5))));
  });
  Program folded = of([](Builder &b, ValueId s) {
    return b.rsqrt(b.add(b.div(s, b.c(49)), b.c(0.5)));
  });
  EXPECT_EQ(verdict(seven, folded), FieldReason::Accepted);
  // A safe prime that is 3 mod 4, but 7 is no residue.
  Draw ordinary;
  ordinary.tower = {1612424321536776563ull, 806212160768388281ull};
  ordinary.levels = 1;
  ASSERT_FALSE(isResidue(7, ordinary.tower[0]));
  EXPECT_EQ(ordinary(seven, folded), Says::Different);
}

TEST(Rules, R03_Montgomery) {
  using uint128 = unsigned __int128;
  Random random(3);
  const Tower &tower = fieldTowers()[11];
  FieldDomain domain(tower, 3, 4);
  for (unsigned level : {0, 1}) {
    EXPECT_LT(tower[level], 1ull << 62);
    const PrimeField &f = domain.field(level);
    uint64_t p = f.prime, q = domain.field(level + 1).prime;
    uint64_t omega = f.from(domain.omegaPower(level, 1));
    EXPECT_NE(omega, 1u);
    EXPECT_EQ(domain.omegaPower(level, q), f.one) << "the order is q";
    for (int i = 0; i < 50; ++i) {
      uint64_t a = random.below(p), b = random.below(p), e = random.below(q);
      EXPECT_EQ(f.from(f.mul(f.to(a), f.to(b))),
                static_cast<uint64_t>(static_cast<uint128>(a) * b % p));
      EXPECT_EQ(domain.omegaPower(level, e), f.pow(f.to(omega), e));
    }
  }
}

// A coefficient that is 0 modulo the first prime.
TEST(Rules, R04_AnotherTowerForEachDraw) {
  Shape large = {300, 4000}; // so that only a surrogate is tested
  Program same = unary([](Builder &, ValueId x) { return x; }, large);
  FieldTestOptions options;
  options.seed = 9;
  FieldTestResult r = fieldTest(same, same, options);
  EXPECT_GE(r.primes.size(), 2u);
  EXPECT_EQ(std::set<uint64_t>(r.primes.begin(), r.primes.end()).size(),
            r.primes.size());
  uint64_t p = r.primes[0];
  double low = static_cast<double>(p & 0xffff),
         high = static_cast<double>(p - (p & 0xffff));
  Program more = unary(
      [=](Builder &b, ValueId x) {
        return b.add(x, b.add(b.mul(x, b.c(high)), b.mul(x, b.c(low))));
      },
      large);
  EXPECT_EQ(fieldTest(same, more, options).reason, FieldReason::Different);
  options.draws = 1;
  EXPECT_TRUE(fieldTest(same, more, options).accepted);
}

TEST(Rules, R05_LiteralsAreExact) {
  auto scaled = [](double c) {
    return unary([c](Builder &b, ValueId x) { return b.mul(x, b.c(c)); });
  };
  EXPECT_EQ(verdict(scaled(0.1f), scaled(13421773 * 0x1p-27)),
            FieldReason::Accepted);
  EXPECT_EQ(verdict(scaled(0.1f), scaled(0.1)), FieldReason::Different);
  // exp2 with a folded log2(e) is no rewriting of exp.
  Program exp = unary([](Builder &b, ValueId x) { return b.exp(x); });
  Program exp2 = unary([](Builder &b, ValueId x) {
    Params map;
    map.expr =
        ScalarExpr::call(*lookupScalarFn("math.exp2"), {ScalarExpr::arg(0)});
    return b.op(mapSem(), {b.mul(x, b.c(static_cast<float>(M_LOG2E)))}, map);
  });
  EXPECT_EQ(verdict(exp, exp2), FieldReason::Different);
}

// What is undefined everywhere is refused, though nothing differs.
TEST(Rules, R06_BadElementsAreNotAccepted) {
  Program zero = unary(
      [](Builder &b, ValueId x) { return b.div(b.c(1), b.sub(x, x)); });
  EXPECT_EQ(Draw()(zero, zero), Says::Nothing);
  EXPECT_EQ(verdict(zero, zero), FieldReason::NeverCompared);
  // -inf is a value: a masked column takes no part in a softmax.
  auto masked = [](double low) {
    return unary([low](Builder &b, ValueId x) {
      std::vector<double> mask(8, 0.0);
      mask[3] = low;
      ValueId s = b.add(x, b.dense({1, 8}, mask));
      ValueId p = b.exp(b.sub(s, b.maximum(s, 1)));
      return b.div(p, b.sum(p, 1));
    });
  };
  Program without = unary([](Builder &b, ValueId x) {
    std::vector<double> keep(8, 1.0);
    keep[3] = 0;
    ValueId p = b.mul(b.exp(x), b.dense({1, 8}, keep));
    return b.div(p, b.sum(p, 1));
  });
  EXPECT_EQ(verdict(masked(-HUGE_VAL), without), FieldReason::Accepted);
  EXPECT_EQ(verdict(masked(-30), without), FieldReason::Different);
}

TEST(Rules, R07_CastsAreTheIdentity) {
  auto program = [](ElementType inner) {
    return unary([inner](Builder &b, ValueId x) {
      return b.cast(b.mul(b.cast(x, inner), b.cast(x, inner)),
                    ElementType::F32);
    });
  };
  EXPECT_EQ(verdict(program(ElementType::F32), program(ElementType::F16)),
            FieldReason::Accepted);
}

TEST(Rules, R07_CastsToIntegersAreNot) {
  constexpr ElementType i1 = ElementType::I1, i32 = ElementType::I32,
                        f32 = ElementType::F32;
  auto through = [](ElementType type) {
    return [=](Builder &b, ValueId x) { return b.cast(b.cast(x, type), f32); };
  };
  auto truncate = through(i32), notZero = through(i1);
  auto twice = [](Builder &b, ValueId x) { return b.mul(x, b.c(2)); };
  auto sum = [](Builder &b, ValueId x) { return b.sum(x, 1); };
  auto ofBoth = [](Unary f, Unary g) {
    return unary([=](Builder &b, ValueId x) { return g(b, f(b, x)); });
  };
  for (Unary cast : {Unary(truncate), Unary(notZero)}) {
    EXPECT_EQ(
        verdict(unary(cast), unary([](Builder &, ValueId x) { return x; })),
        FieldReason::Different);
    EXPECT_EQ(verdict(ofBoth(cast, twice), ofBoth(twice, cast)),
              FieldReason::Different);
    EXPECT_EQ(verdict(ofBoth(cast, sum), ofBoth(sum, cast)),
              FieldReason::Different);
  }
  // A scale that is almost 1: no shadow tells.
  EXPECT_EQ(verdict(unary(truncate), unary([&](Builder &b, ValueId x) {
                      return truncate(b, b.mul(x, b.c(1 + 0x1p-20)));
                    })),
            FieldReason::Different);
  // In the body of a map, too.
  auto mapped = [](bool before) {
    return unary([=](Builder &b, ValueId x) {
      using E = ScalarExpr;
      E two = E::constant(2), arg = E::arg(0);
      E in = before ? E::call(fn::mul, {arg, two}, f32) : arg;
      E cast = E::round(E::round(in, i32), f32);
      Params params;
      params.expr = before ? cast : E::call(fn::mul, {cast, two}, f32);
      return b.op(mapSem(), {x}, params);
    });
  };
  EXPECT_EQ(verdict(mapped(true), mapped(true)), FieldReason::Accepted);
  EXPECT_EQ(verdict(mapped(true), mapped(false)), FieldReason::Different);

  // A function of its argument, the identity on what it gave and on integers.
  EXPECT_EQ(verdict(ofBoth(twice, truncate), unary([&](Builder &b, ValueId x) {
                      return truncate(b, b.add(x, x));
                    })),
            FieldReason::Accepted);
  EXPECT_EQ(verdict(unary(truncate), ofBoth(truncate, truncate)),
            FieldReason::Accepted);
  auto ofIntegers = [&](ElementType type, Unary f) {
    Builder b;
    ValueId x = b.cast(b.input({4, 8}, type), f32);
    return b.done({f(b, x)});
  };
  for (ElementType type : {i1, i32}) {
    EXPECT_EQ(verdict(ofIntegers(type, sum),
                      ofIntegers(type,
                                 [&](Builder &b, ValueId x) {
                                   return truncate(b, sum(b, x));
                                 })),
              FieldReason::Accepted);
    EXPECT_EQ(
        verdict(
            ofIntegers(type, [&](Builder &b,
                                 ValueId x) { return twice(b, sum(b, x)); }),
            ofIntegers(type, [&](Builder &b,
                                 ValueId x) { return sum(b, twice(b, x)); })),
        FieldReason::Accepted);
    // Half of an integer is none.
    auto half = [](Builder &b, ValueId x) { return b.mul(x, b.c(0.5)); };
    EXPECT_EQ(verdict(ofIntegers(type, half),
                      ofIntegers(type,
                                 [&](Builder &b, ValueId x) {
                                   return truncate(b, half(b, x));
                                 })),
              FieldReason::Different);
  }
  // Not 0: decided as a comparison is.
  auto positive = [&](Builder &b, ValueId x) {
    return notZero(b, b.max(x, b.c(0)));
  };
  EXPECT_EQ(verdict(unary(positive), unary([&](Builder &b, ValueId x) {
                      return positive(b, twice(b, x));
                    })),
            FieldReason::Uncovered);
  EXPECT_EQ(verdict(unary(positive), unary([&](Builder &b, ValueId x) {
                      return positive(b, b.neg(x));
                    })),
            FieldReason::Different);
}

TEST(Rules, R08_OrderByShadow) {
  auto relu = [](Builder &b, ValueId x) { return b.max(x, b.c(0)); };
  EXPECT_EQ(verdict(unary(relu),
                    unary([](Builder &b, ValueId x) { return b.neg(b.neg(x)); })),
            FieldReason::Different);
  // The numeric order of residues takes relu for the identity, and does not
  // know that a maximum moves along with a shift.
  PrimeField f(fieldTowers()[0][0]);
  Random random(8);
  unsigned moves = 0;
  for (int i = 0; i < 100; ++i) {
    uint64_t a = random.below(f.prime), b = random.below(f.prime),
             c = random.below(f.prime);
    EXPECT_EQ(std::max<uint64_t>(a, 0), a);
    moves += f.add(std::max(a, b), c) == std::max(f.add(a, c), f.add(b, c));
  }
  EXPECT_LT(moves, 90u);
  auto shifted = [](bool before) {
    return function({{4, 8}, {4, 8}, {4, 8}}, [=](Builder &b, In x) {
      return before ? b.max(b.add(x[0], x[2]), b.add(x[1], x[2]))
                    : b.add(b.max(x[0], x[1]), x[2]);
    });
  };
  EXPECT_EQ(verdict(shifted(true), shifted(false)), FieldReason::Accepted);
}

ValueId clamp(Builder &b, ValueId x, double bound) {
  return b.min(b.max(x, b.c(-bound)), b.c(bound));
}

TEST(Rules, R09_Coverage) {
  auto clamped = [](double bound, double scale = 1) {
    return unary([=](Builder &b, ValueId x) {
      return clamp(b, scale == 1 ? x : b.mul(x, b.c(scale)), bound);
    });
  };
  Draw small, large;
  large.scale = 10;
  EXPECT_EQ(small(clamped(5), clamped(6)), Says::Equal);
  EXPECT_EQ(large(clamped(5), clamped(6)), Says::Different);
  EXPECT_EQ(verdict(clamped(5), clamped(6)), FieldReason::Different);
  EXPECT_EQ(verdict(clamped(5), clamped(5)), FieldReason::Accepted);
  // What is compared is a small part of the input.
  EXPECT_EQ(verdict(clamped(5, 1e-3), clamped(6, 1e-3)),
            FieldReason::Different);
  EXPECT_EQ(verdict(clamped(5, 1e-3), clamped(5, 1e-3)),
            FieldReason::Accepted);
  // Beyond both thresholds, and below both, these agree.
  auto threshold = [](double at) {
    return unary([=](Builder &b, ValueId x) {
      Params gt;
      gt.set("predicate", static_cast<int64_t>(Predicate::gt));
      ValueId bound = b.c(at), zero = b.c(0);
      ValueId c = b.op(cmpSem(), {x, bound}, gt, ElementType::I1);
      return b.op(selectSem(), {c, x, zero});
    });
  };
  for (double other : {6., 5.125, 4.5})
    EXPECT_EQ(verdict(threshold(5), threshold(other)), FieldReason::Different)
        << other;
  EXPECT_EQ(verdict(threshold(5), threshold(5)), FieldReason::Accepted);
}

// What never went the other way is said in the verdict.
TEST(Rules, R09_Uncovered) {
  Program square = unary(
      [](Builder &b, ValueId x) { return b.max(b.mul(x, x), b.c(-1)); });
  Program plain = unary([](Builder &b, ValueId x) { return b.mul(x, x); });
  EXPECT_EQ(verdict(square, square), FieldReason::Uncovered);
  FieldTestResult r = fieldTest(square, plain);
  EXPECT_TRUE(r.accepted);
  EXPECT_EQ(r.reason, FieldReason::Uncovered);
  ASSERT_EQ(r.uncovered.size(), 1u);
  EXPECT_EQ(r.uncovered[0], "max with -1 in the reference");
  EXPECT_TRUE(fieldTest(plain, plain).uncovered.empty());
}

TEST(Rules, R10_DomainMayNotShrink) {
  Program logOfSquare =
      unary([](Builder &b, ValueId x) { return b.log(b.mul(x, x)); });
  Program twiceLog =
      unary([](Builder &b, ValueId x) { return b.mul(b.c(2), b.log(x)); });
  EXPECT_EQ(Draw()(logOfSquare, twiceLog), Says::Equal);
  EXPECT_EQ(verdict(logOfSquare, twiceLog), FieldReason::Undefined);
  EXPECT_EQ(verdict(twiceLog, logOfSquare), FieldReason::Accepted);
}

TEST(Rules, R11_RootsAreResidues) {
  auto of = [](Unary f) {
    return unary(
        [f](Builder &b, ValueId x) { return f(b, b.sum(b.mul(x, x), 1)); },
        {1, 64});
  };
  Program squared =
      of([](Builder &b, ValueId s) { return b.mul(b.sqrt(s), b.sqrt(s)); });
  EXPECT_EQ(verdict(squared, of([](Builder &, ValueId s) { return s; })),
            FieldReason::Accepted);
  EXPECT_EQ(verdict(squared, of([](Builder &b, ValueId s) { return b.neg(s); })),
            FieldReason::Different);
  // A root of s or of -s, whichever exists: two draws of one output take
  // sqrt(s)^2 for -s in a quarter of the trials.
  Random random(11);
  unsigned accepted = 0;
  for (int trial = 0; trial < 400; ++trial) {
    bool all = true;
    for (unsigned draw : {0, 1}) {
      PrimeField f(fieldTowers()[2 * (trial % 30) + draw][0]);
      uint64_t s = f.to(random.below(f.prime)), root;
      uint64_t of = f.inverseRoot(s, root) ? s : f.neg(s);
      all &= of == f.neg(s);
    }
    accepted += all;
  }
  EXPECT_GT(accepted, 60u);
  // Laws of roots, products and exponentials.
  auto two = [](bool product) {
    return function({{4, 64}, {4, 64}}, [=](Builder &b, In x) {
      ValueId s = b.sum(b.mul(x[0], x[0]), 1), t = b.sum(b.mul(x[1], x[1]), 1);
      return product ? b.sqrt(b.mul(s, t)) : b.mul(b.sqrt(s), b.sqrt(t));
    });
  };
  EXPECT_EQ(verdict(two(false), two(true)), FieldReason::Accepted);
  auto ofExp = [](bool half) {
    return unary([=](Builder &b, ValueId x) {
      return half ? b.exp(b.mul(b.c(0.5), x)) : b.sqrt(b.exp(x));
    });
  };
  EXPECT_EQ(verdict(ofExp(false), ofExp(true)), FieldReason::Accepted);
}

TEST(Rules, R11_InputsAreRepaired) {
  AttentionSizes small{1, 3, 4, 12, 3};
  // A residue for the query and for each of twelve keys: one draw in 2^13.
  EXPECT_EQ(Draw()(qkNormReference(small), qkNormReference(small)),
            Says::Nothing);
  AttentionSizes z;
  FieldTestResult r =
      fieldTest(qkNormReference(z), qkNormOnline(z, 64, false));
  EXPECT_TRUE(r.accepted) << r.text;
  EXPECT_GT(r.repairs, 10u);
  EXPECT_EQ(verdict(qkNormReference(z), qkNormOnline(z, 64, true)),
            FieldReason::Different);
}

TEST(Rules, R12_ActivationsThroughExp) {
  Program reference = gatedMlp(MlpForm::Reference);
  EXPECT_EQ(verdict(reference, gatedMlp(MlpForm::OtherSilu)),
            FieldReason::Accepted);
  auto half = [](bool tanh) {
    return unary([=](Builder &b, ValueId x) {
      if (!tanh)
        return b.silu(x);
      ValueId h = b.mul(b.c(0.5), x);
      return b.mul(h, b.add(b.op(tanhSem(), {h}), b.c(1)));
    });
  };
  EXPECT_EQ(verdict(half(true), half(false)), FieldReason::Accepted);
  // With nothing left above level 0 after an exponential, the second layer's
  // scores are 0 whatever its keys are.
  EXPECT_EQ(verdict(twoLayers(true, 1), twoLayers(true, 3)),
            FieldReason::Different);
  Draw forgetful;
  forgetful.lowestLevelOnly = true;
  EXPECT_EQ(forgetful(twoLayers(true, 1, 1), twoLayers(true, 3, 1)),
            Says::Equal);
}

TEST(Rules, R13_OpaqueFunctionsAreFreshAtAllLevels) {
  // gelu, erf being odd; its softmax needs a level above.
  auto program = [](bool odd, double c) {
    return unary([=](Builder &b, ValueId x) {
      ValueId e = b.op(erfSem(), {odd ? b.neg(x) : x});
      ValueId g = b.mul(x, odd ? b.sub(b.c(1), e) : b.add(b.c(1), e));
      g = b.mul(g, b.c(c));
      if (odd)
        g = b.sub(g, b.maximum(g, 1));
      ValueId p = b.exp(g);
      return b.div(p, b.sum(p, 1));
    });
  };
  EXPECT_EQ(verdict(program(false, 1), program(true, 1)),
            FieldReason::Accepted);
  EXPECT_EQ(verdict(program(false, 1), program(true, 2)),
            FieldReason::Different);
}

TEST(Rules, R14_LogInExponentForm) {
  auto lse = [](int form) {
    return unary(
        [=](Builder &b, ValueId x) {
          if (form == 0)
            return b.log(b.sum(b.exp(x), 1));
          ValueId m = b.maximum(x, 1);
          ValueId l = b.log(b.sum(b.exp(b.sub(x, m)), 1));
          return form == 1 ? b.add(m, l) : b.sub(l, m);
        },
        {4, 4096});
  };
  EXPECT_EQ(verdict(lse(0), lse(1)), FieldReason::Accepted);
  EXPECT_EQ(verdict(lse(0), lse(2)), FieldReason::Different);
  EXPECT_EQ(fieldTest(lse(0), lse(1)).levels, 3u) << "one level more";
}

TEST(Rules, R15_AsManyLevelsAsExponentials) {
  EXPECT_EQ(fieldTest(rmsReference(), rmsFused()).levels, 1u);
  EXPECT_EQ(fieldTest(lora(LoraForm::Reference), lora(LoraForm::Concat)).levels,
            1u);
  EXPECT_EQ(exponentialDepth(attentionReference()), 1u);
  EXPECT_EQ(exponentialDepth(twoLayers(true, 1)), 2u);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

struct Shrunk {
  Program reference, candidate;
};

/// The programs on a surrogate; `options.kind` and `tieMeans` matter.
Shrunk shrink(const Program &reference, const Program &candidate,
              const SurrogateOptions &options) {
  std::string why;
  auto classes = SizeClasses::compute(reference, candidate, why);
  auto assignment =
      classes ? classes->assign(options, why) : std::optional<Assignment>();
  auto r = assignment ? instantiate(reference, assignment->reference, why)
                      : std::nullopt;
  auto c =
      r ? instantiate(candidate, assignment->candidate, why) : std::nullopt;
  if (c)
    return {*r, *c};
  ADD_FAILURE() << why;
  return {reference, reference};
}

Says on(SurrogateKind kind, const Program &reference, const Program &candidate,
        bool tieMeans = false) {
  SurrogateOptions options;
  options.kind = kind;
  options.tieMeans = tieMeans;
  Shrunk s = shrink(reference, candidate, options);
  return Draw()(s.reference, s.candidate);
}

// The ops say which extents are one; that others have the same size is chance.
TEST(Rules, S1_AxesAreUnitedByOps) {
  auto program = [] {
    return function({{64, 64}, {64, 64}, {64, 64}}, [](Builder &b, In x) {
      return b.add(b.matmul(x[0], x[1]), x[2]);
    });
  };
  Shrunk s = shrink(program(), program(), {});
  auto shape = [&](unsigned i) {
    return s.reference.shape(s.reference.inputs[i]);
  };
  EXPECT_EQ(shape(0)[1], shape(1)[0]);
  EXPECT_EQ(shape(0)[0], shape(2)[0]);
  EXPECT_EQ(shape(1)[1], shape(2)[1]);
  EXPECT_NE(shape(0)[0], shape(0)[1]);
  EXPECT_NE(shape(0)[1], shape(1)[1]);
  EXPECT_NE(shape(0)[0], shape(1)[1]);
}

TEST(Rules, S2_WidthExceedsProductsOfSums) {
  // s^3 - 3 s s2 + 2 s3 is 0 at widths 1 and 2.
  auto program = [](bool zero, int64_t width) {
    return unary(
        [=](Builder &b, ValueId x) {
          ValueId x2 = b.mul(x, x), s = b.sum(x, 1), s2 = b.sum(x2, 1),
                  s3 = b.sum(b.mul(x2, x), 1);
          ValueId e = b.sub(b.mul(s, b.mul(s, s)),
                            b.mul(b.c(3), b.mul(s, s2)));
          e = b.add(e, b.mul(b.c(2), s3));
          return zero ? b.sub(e, e) : e;
        },
        {4, width});
  };
  for (int64_t width : {1, 2})
    EXPECT_EQ(Draw()(program(false, width), program(true, width)), Says::Equal);
  EXPECT_EQ(verdict(program(false, 2048), program(true, 2048)),
            FieldReason::Different);
}

TEST(Rules, S2_ExtentsOfOneHideSums) {
  auto scores = [](int64_t d, bool product) {
    return function({{16, d}, {d, 48}}, [=](Builder &b, In x) {
      return product ? b.matmul(x[0], x[1])
                     : b.mul(b.maximum(x[0], 1), b.sum(x[1], 0));
    });
  };
  EXPECT_EQ(Draw()(scores(1, true), scores(1, false)), Says::Equal);
  EXPECT_EQ(verdict(scores(64, true), scores(64, false)),
            FieldReason::Different);
}

TEST(Rules, S3_TileWidth) {
  auto plan = [](int64_t steps, int64_t tile) {
    return looped(4, steps * tile, steps, tile, [](Builder &b, ValueId t) {
      return std::vector<Accumulator>{{Combiner::Sum, b.maximum(t, 1)}};
    });
  };
  EXPECT_EQ(Draw()(sumOf(4, 5), plan(5, 1)), Says::Equal);
  EXPECT_EQ(verdict(sumOf(4, 4096), plan(64, 64)), FieldReason::Different);
}

TEST(Rules, S3_Blocks) {
  // Only the first block's part is stored.
  auto plan = [](int64_t splits, int64_t steps) {
    return function({{4, splits * steps * 64}}, [=](Builder &b, In x) {
      AxisId s = b.axis(splits, "s"), k = b.axis(steps, "k");
      return b.kernel({s}, {f32({4, 1})}, [&](const auto &res) {
        auto sums = b.loop({k}, [&] {
          ValueId t = b.load(x[0], {{}, {s, k}}, {4, 64});
          return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)}};
        });
        b.store(sums[0], res[0], {{}, {}}, {s});
      })[0];
    });
  };
  EXPECT_EQ(Draw()(sumOf(4, 256), plan(1, 4)), Says::Equal);
  EXPECT_EQ(verdict(sumOf(4, 4096), plan(4, 16)), FieldReason::Different);
  EXPECT_EQ(verdict(sumOf(4, 4096), plan(2, 32)), FieldReason::Different);
}

TEST(Rules, S3_ThreeSteps) {
  // One step: a maximum over the steps for a sum.
  auto maximum = [](int64_t steps) {
    return looped(4, 64 * steps, steps, 64, [](Builder &b, ValueId t) {
      return std::vector<Accumulator>{{Combiner::Max, b.sum(t, 1)}};
    });
  };
  EXPECT_EQ(Draw()(sumOf(4, 64), maximum(1)), Says::Equal);
  EXPECT_EQ(verdict(sumOf(4, 4096), maximum(64)), FieldReason::Different);
  // Two steps: the first and the last tile.
  auto ends = [](int64_t extent) {
    return unary(
        [=](Builder &b, ValueId x) {
          auto tile = [&](int64_t at) {
            return b.sum(b.slice(x, {0, at}, {4, 64}, {1, 1}), 1);
          };
          return b.add(tile(0), tile(extent - 64));
        },
        {4, extent});
  };
  EXPECT_EQ(Draw()(sumOf(4, 128), ends(128)), Says::Equal);
  EXPECT_EQ(verdict(sumOf(4, 4096), ends(4096)), FieldReason::Different);
  EXPECT_EQ(verdict(sumOf(4, 192), ends(192)), FieldReason::Different);
}

// Two steps: the rescale from the first maximum, not from the last one.
TEST(Rules, S3_RescaleFromTheFirstMaximum) {
  auto program = [](int64_t steps, bool first) {
    return unary(
        [=](Builder &b, ValueId x) {
          ValueId m = 0, m0 = 0, l = 0;
          for (int64_t i = 0; i < steps; ++i) {
            ValueId t = b.slice(x, {0, 64 * i}, {4, 64}, {1, 1});
            ValueId mi = b.maximum(t, 1),
                    li = b.sum(b.exp(b.sub(t, mi)), 1);
            if (i == 0) {
              m = m0 = mi;
              l = li;
              continue;
            }
            ValueId top = b.max(m, mi), old = first ? m0 : m;
            l = b.add(b.mul(l, b.exp(b.sub(old, top))),
                      b.mul(li, b.exp(b.sub(mi, top))));
            m = top;
          }
          return b.mul(l, b.exp(m));
        },
        {4, 64 * steps});
  };
  EXPECT_EQ(verdict(program(2, false), program(2, true)),
            FieldReason::Accepted);
  EXPECT_EQ(verdict(program(3, false), program(3, true)),
            FieldReason::Different);
}

/// sum of x + 1, the ones counted in full tiles.
Program onesCounted(int64_t extent, int64_t tile) {
  int64_t steps = (extent + tile - 1) / tile;
  return looped(
      4, extent, steps, tile,
      [=](Builder &b, ValueId t) {
        ValueId one = b.c(1);
        ValueId ones = b.op(broadcastSem(), {one},
                            Params().setArray("shape", {4, tile}));
        return std::vector<Accumulator>{{Combiner::Sum, b.sum(t, 1)},
                                        {Combiner::Sum, b.sum(ones, 1)}};
      },
      [](Builder &b, In sums) { return b.add(sums[0], sums[1]); });
}

TEST(Rules, S3_RaggedToo) {
  auto reference = [](int64_t extent) {
    return unary(
        [](Builder &b, ValueId x) { return b.sum(b.add(x, b.c(1)), 1); },
        {4, extent});
  };
  EXPECT_EQ(on(SurrogateKind::Dividing, reference(4000), onesCounted(4000, 64)),
            Says::Equal);
  EXPECT_EQ(on(SurrogateKind::Ragged, reference(4000), onesCounted(4000, 64)),
            Says::Different);
  FieldTestOptions onlySurrogates;
  onlySurrogates.realWork = 0;
  EXPECT_EQ(verdict(reference(4000), onesCounted(4000, 64), onlySurrogates),
            FieldReason::Different);
  EXPECT_EQ(verdict(reference(4096), onesCounted(4096, 64), onlySurrogates),
            FieldReason::Accepted);
}

// Tiles of 6 in the range of tiles of 7 cover 16 by accident. A surrogate is
// new values for the same extents, so the program as it is must cover.
TEST(Rules, S4_NoRederivation) {
  auto plan = [](int64_t extent, int64_t tile, int64_t rangeOf) {
    return looped(4, extent, (extent + rangeOf - 1) / rangeOf, tile,
                  [](Builder &b, ValueId t) {
                    return std::vector<Accumulator>{
                        {Combiner::Sum, b.sum(t, 1)}};
                  });
  };
  EXPECT_EQ(Draw()(sumOf(4, 16), plan(16, 6, 7)), Says::Equal);
  EXPECT_EQ(verdict(sumOf(4, 16), plan(16, 6, 7)), FieldReason::Accepted);
  EXPECT_EQ(verdict(sumOf(4, 4096), plan(4096, 60, 64)),
            FieldReason::IllFormed);
  EXPECT_EQ(verdict(sumOf(4, 4096), plan(4096, 64, 64)),
            FieldReason::Accepted);
}

TEST(Rules, S5_MeansAreTiedOrNot) {
  Program reference = layerNorm(false), onePass = layerNorm(true);
  // Divided by 4096, a row of a dozen has no mean of centred values 0.
  EXPECT_EQ(on(SurrogateKind::Dividing, reference, onePass, false),
            Says::Different);
  EXPECT_EQ(verdict(reference, onePass), FieldReason::Accepted);
  EXPECT_EQ(verdict(reference, layerNorm(true, 4095)), FieldReason::Different);
  // A literal that is no mean, by chance as large as the extent.
  auto scaled = [](double c, bool twice) {
    return unary(
        [=](Builder &b, ValueId x) {
          ValueId s = b.mul(b.sum(x, 1), b.c(c));
          return twice ? b.add(s, s) : b.mul(s, b.c(2));
        },
        {4, 4096});
  };
  EXPECT_EQ(verdict(scaled(4096, true), scaled(4096, false)),
            FieldReason::Accepted);
  EXPECT_EQ(verdict(scaled(4096, true), scaled(4095, false)),
            FieldReason::Different);
}

// The real shape sees what the dividing surrogate alone does not, and takes what
// surrogates take.
TEST(Rules, S6_RealShapeOnSampledElements) {
  Program reference = unary(
      [](Builder &b, ValueId x) { return b.sum(b.add(x, b.c(1)), 1); },
      {4, 4000});
  EXPECT_EQ(on(SurrogateKind::Dividing, reference, onesCounted(4000, 64)),
            Says::Equal);
  EXPECT_EQ(realShapeTest(reference, onesCounted(4000, 64)).reason,
            FieldReason::Different);
  EXPECT_TRUE(realShapeTest(reference, onesCounted(4000, 80)).accepted);
  AttentionSizes z{16, 256, 64, 4096, 64};
  FieldTestResult r =
      realShapeTest(qkNormReference(z), qkNormOnline(z, 64, false));
  EXPECT_TRUE(r.accepted) << r.text;
  // A root for the query and for each of the 4096 keys.
  EXPECT_GT(r.repairs, 4096u);
}

} // namespace
