//===- FieldDraws.cpp - One draw of a field test --------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FieldDraws.h"
#include "Programs.h"
#include "mirage/Verify/FieldTest.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mirage::sem;
using namespace mirage::verify;

//===----------------------------------------------------------------------===//
// What the programs need
//===----------------------------------------------------------------------===//

namespace {
/// Levels used up on the way to each value. An uninterpreted function starts
/// anew: it reads level 0 and gives all levels.
struct DepthFinder {
  const Program &program;
  std::vector<unsigned> depth;
  unsigned deepest = 0;

  void set(ValueId v, unsigned d) {
    depth[v] = std::max(depth[v], d);
    deepest = std::max(deepest, d);
  }
  unsigned ofBody(const Op &op) {
    llvm::SmallVector<unsigned, 8> stack;
    Structure s = structureOf(program, op);
    for (const ScalarExpr::Token &t : s.body.tokens) {
      if (t.kind == ScalarExpr::Token::Arg)
        stack.push_back(depth[op.operands[t.arg]]);
      else if (t.kind == ScalarExpr::Token::Constant)
        stack.push_back(0);
      else if (t.kind == ScalarExpr::Token::Call) {
        unsigned d = 0;
        for (unsigned i = 0; i < t.fn->arity; ++i)
          d = std::max(d, stack.pop_back_val());
        llvm::StringRef name = t.fn->name;
        if (name == fn::exp.name || name == fn::exp_sub.name ||
            name == fn::log.name || name == fn::tanh.name)
          ++d;
        deepest = std::max(deepest, d);
        if (!t.fn->field || name == fn::erf.name)
          d = 0;
        stack.push_back(d);
      }
    }
    return stack.back();
  }
  void visit(llvm::ArrayRef<Op> ops) {
    for (const Op &op : ops) {
      switch (op.kind) {
      case Op::Algebra: {
        unsigned d = ofBody(op);
        for (ValueId v : op.operands)
          if (op.sem->elementwise() == nullptr &&
              op.sem->name() == concatSem().name())
            d = std::max(d, depth[v]);
        if (op.operands.size() == 2 && op.sem->name() == reduceSem().name())
          d = std::max(d, depth[op.operands[1]] + 1);
        set(op.results[0], d);
        break;
      }
      case Op::Load:
      case Op::Store:
        set(op.results[0], depth[op.operands[0]]);
        break;
      case Op::Kernel:
      case Op::Loop:
        visit(op.body);
        for (size_t i = 0; i < op.accumulators.size(); ++i) {
          const Accumulator &a = op.accumulators[i];
          unsigned d = depth[a.value];
          if (a.rel >= 0)
            d = std::max(d, depth[op.accumulators[a.rel].value] + 1);
          set(op.results[i], d);
        }
        break;
      case Op::Constant:
      case Op::Dense:
        break;
      }
    }
  }
};
} // namespace

unsigned mirage::verify::exponentialDepth(const Program &program) {
  DepthFinder finder{program, std::vector<unsigned>(program.values.size(), 0)};
  finder.visit(program.ops);
  return finder.deepest;
}

Levels mirage::verify::levelsFor(const Program &reference,
                                 const Program &candidate) {
  unsigned needed =
      std::max(exponentialDepth(reference), exponentialDepth(candidate)) + 1;
  return {std::min(needed, FieldValue::maxLevels),
          needed > FieldValue::maxLevels};
}

bool mirage::verify::hasRoots(const Program &program, const Op &op) {
  if (op.kind != Op::Algebra)
    return false;
  Structure s = structureOf(program, op);
  return llvm::any_of(s.body.tokens, [](const ScalarExpr::Token &t) {
    return t.kind == ScalarExpr::Token::Call &&
           (t.fn->name == fn::sqrt.name || t.fn->name == fn::rsqrt.name ||
            t.fn->name == fn::log.name);
  });
}

bool mirage::verify::hasRoots(const Program &program) {
  bool found = false;
  walk(program.ops,
       [&](const Op &op) { found = found || hasRoots(program, op); });
  return found;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

FieldValue mirage::verify::drawElement(const FieldDomain &domain,
                                       Random &random, ElementType type,
                                       double shadow) {
  if (isFloat(type))
    return domain.random(random, shadow);
  FieldValue value = domain.constant(
      type == ElementType::I1 ? shadow > 0 : std::round(shadow));
  value.literal = false;
  return value;
}

Comparison mirage::verify::compare(const FieldDomain &domain,
                                   const FieldValue &expected,
                                   const FieldValue &actual) {
  bool defined = expected.lost || !std::isnan(expected.shadow);
  if (defined && !expected.lost && std::isnan(actual.shadow) && !actual.lost)
    return Comparison::Undefined;
  if (!domain.comparable(expected, actual))
    return Comparison::Skipped;
  if (!domain.same(expected, actual))
    return Comparison::Different;
  return defined ? Comparison::Same : Comparison::Skipped;
}

//===----------------------------------------------------------------------===//
// Roots
//===----------------------------------------------------------------------===//

uint8_t mirage::verify::levelsToRedraw(const FieldDomain &domain,
                                       uint8_t failed, unsigned tries) {
  constexpr unsigned patience = 6;
  uint8_t levels = failed;
  for (unsigned i = 0; tries > patience && i < domain.levels(); ++i)
    levels |= levels << 1 & domain.allLevels();
  return levels;
}

uint64_t mirage::verify::repairRoots(const FieldDomain &domain, Random &random,
                                     FieldRecorder &recorder,
                                     const Elements &inputs,
                                     llvm::function_ref<void()> evaluate) {
  constexpr unsigned maxRounds = 200;
  uint64_t repairs = 0;
  Tape tape;
  for (uint32_t i = 0; i < inputs.count; ++i)
    inputs.at(i).node = tape.input(i, inputs.at(i));
  recorder.tape = &tape;
  evaluate();
  recorder.tape = nullptr;
  std::vector<llvm::SmallVector<uint32_t>> own;
  TapeWalk walk(tape);
  for (const FieldRecorder::Root &root : recorder.roots)
    own.push_back(walk.inputs(root.node));
  std::vector<FieldRecorder::Root> all = recorder.roots;
  std::vector<unsigned> tries(all.size(), 0);
  for (unsigned round = 0; round < maxRounds; ++round) {
    if (recorder.roots.size() != all.size())
      break; // another path was taken
    auto redraw = [&](unsigned root, llvm::ArrayRef<uint32_t> set) {
      uint8_t levels =
          levelsToRedraw(domain, recorder.roots[root].failed, ++tries[root]);
      for (uint32_t i : set)
        for (unsigned level = 0; level < domain.levels(); ++level)
          if (levels >> level & 1) {
            domain.redraw(inputs.at(i), level, random);
            ++repairs;
          }
    };
    bool redrawn = false;
    std::optional<unsigned> first;
    for (unsigned r = 0; r < all.size(); ++r) {
      if (!recorder.roots[r].failed)
        continue;
      if (!first)
        first = r;
      if (!own[r].empty()) {
        redraw(r, own[r]);
        redrawn = true;
      }
    }
    if (!first)
      break;
    if (!redrawn)
      redraw(*first, TapeWalk(tape).inputs(all[*first].node));
    recorder.roots.clear();
    evaluate();
  }
  return repairs;
}
