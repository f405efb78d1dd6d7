//===- PiecesTest.cpp - Equal programs, against growing prefixes ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify/Builder.h"
#include "NormWithGain.h"
#include "Prefixes.h"
#include "lib/Search/Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mirage;
using namespace mirage::search;
using mirage::test::Builder;

namespace {
/// A region over all ops of a program.
struct Fixture {
  sem::Program program;
  Region region;
  std::vector<NodeId> roots;

  explicit Fixture(sem::Program p) : program(std::move(p)) {
    region = regionOf(program);
    for (const Output &output : region.outputs)
      roots.push_back(output.node);
  }
  std::vector<std::vector<NodeId>> equal(std::set<std::string> disabled = {},
                                         size_t limit = 1024) {
    bool hit = false;
    return equalPrograms(region.graph, roots, disabled, limit, hit);
  }
  std::set<TermId> termsOf(const std::vector<std::vector<NodeId>> &programs) {
    Terms terms(region.graph, {});
    std::set<TermId> result;
    for (const std::vector<NodeId> &program : programs)
      for (NodeId root : program)
        result.insert(terms.termsOf({root}).at(root));
    return result;
  }
};

sem::Program chain() {
  Builder b;
  sem::ValueId x = b.input({64, 32}), y = b.input({32, 48}),
               z = b.input({48, 4});
  return b.done({b.matmul(b.matmul(x, y), z)});
}

sem::Program twoProducts() {
  Builder b;
  sem::ValueId x = b.input({8, 64}), v = b.input({64, 16}),
               w = b.input({64, 16});
  return b.done({b.add(b.matmul(x, v), b.matmul(x, w))});
}

sem::Program attention() {
  Builder b;
  sem::ValueId q = b.input({8, 16}), k = b.input({16, 64}),
               v = b.input({64, 24});
  sem::ValueId s = b.matmul(q, k);
  sem::ValueId e = b.expSub(s, b.maximum(s, 1));
  return b.done({b.matmul(b.div(e, b.sum(e, 1)), v)});
}
} // namespace

// Every equal program has the outputs' terms, and all of what it computes is
// reached by growing prefixes of pieces.
TEST(Pieces, ProgramsAreReachedByPrefixes) {
  for (sem::Program program : {normWithGain(4, 64, 32), chain(), twoProducts(),
                               attention()}) {
    Fixture f(std::move(program));
    std::vector<std::vector<NodeId>> programs = f.equal();
    EXPECT_GT(programs.size(), 1u);
    EXPECT_EQ(f.termsOf(programs).size(), f.roots.size());
    Prefixes prefixes(f.region.graph, f.roots);
    PrefixOptions options;
    for (const std::vector<NodeId> &equal : programs)
      options.maxOps = std::max<unsigned>(options.maxOps,
                                          prefixes.statesOf(equal).size());
    ASSERT_LE(options.maxOps, 14u);
    PrefixResult result = prefixes.grow(options);
    EXPECT_TRUE(result.exhausted);
    std::set<std::set<TermId>> sets; // some programs differ in types alone
    for (const std::vector<NodeId> &equal : programs) {
      sets.insert(prefixes.statesOf(equal));
      EXPECT_TRUE(prefixes.reached(prefixes.statesOf(equal)));
    }
    EXPECT_GE(result.complete, sets.size());
  }
}

TEST(Pieces, NoPruningFindsNothingShorter) {
  // All programs of so few ops: what pieces leave out does not get there.
  Fixture f(twoProducts());
  for (unsigned ops = 1; ops <= 3; ++ops) {
    Prefixes prefixes(f.region.graph, f.roots);
    PrefixOptions options;
    options.maxOps = ops;
    PrefixResult pruned = prefixes.grow(options);
    options.prune = false;
    PrefixResult all = prefixes.grow(options);
    EXPECT_GT(all.total(), pruned.total());
    EXPECT_EQ(all.complete > 0, pruned.complete > 0) << ops << " ops";
  }
}

TEST(Pieces, ThreadsDoNotMatter) {
  Fixture f(normWithGain(4, 64, 32));
  std::vector<uint64_t> first;
  for (unsigned threads : {1, 2, 8}) {
    Prefixes prefixes(f.region.graph, f.roots);
    PrefixOptions options;
    options.maxOps = 9;
    options.threads = threads;
    std::vector<uint64_t> states = prefixes.grow(options).states;
    if (threads == 1)
      first = states;
    EXPECT_EQ(states, first);
  }
}

// Without a law, what only it gives is gone.
TEST(Pieces, LawsCanBeDisabled) {
  auto least = [](sem::Program program, std::set<std::string> disabled) {
    Fixture f(std::move(program));
    int64_t least = std::numeric_limits<int64_t>::max();
    for (const std::vector<NodeId> &equal : f.equal(std::move(disabled))) {
      int64_t total = 0;
      std::set<NodeId> seen;
      std::function<void(NodeId)> visit = [&](NodeId n) {
        if (!seen.insert(n).second)
          return;
        const Node &node = f.region.graph.nodes[n];
        total += f.region.graph.size(node.axes | node.reduced);
        llvm::for_each(node.operands, visit);
      };
      llvm::for_each(equal, visit);
      least = std::min(least, total);
    }
    return least;
  };
  EXPECT_LT(least(chain(), {}), least(chain(), {"reassociate-sums"}));
  EXPECT_LT(least(twoProducts(), {}),
            least(twoProducts(), {"distribute-sums"}));
  EXPECT_GT(Fixture(attention()).equal().size(),
            Fixture(attention()).equal({"factor-out-of-sum"}).size());
}

TEST(Pieces, TheGivenProgramComesFirstAndLimitsAreKept) {
  Fixture f(normWithGain(4, 64, 32));
  EXPECT_EQ(f.equal()[0], f.roots);
  EXPECT_EQ(f.equal({}, 2).size(), 2u);
  bool hit = false;
  equalPrograms(f.region.graph, f.roots, {}, 2, hit);
  EXPECT_TRUE(hit);
}

// x w1 + x w2 = x (w1 + w2): one product less.
TEST(Pieces, SumsAreMerged) {
  Fixture f(twoProducts());
  size_t fewest = ~size_t(0);
  for (const std::vector<NodeId> &program : f.equal()) {
    size_t reductions = 0;
    std::set<NodeId> seen;
    std::function<void(NodeId)> visit = [&](NodeId n) {
      if (!seen.insert(n).second)
        return;
      reductions += f.region.graph.nodes[n].kind == Node::Reduce;
      for (NodeId operand : f.region.graph.nodes[n].operands)
        visit(operand);
    };
    llvm::for_each(program, visit);
    fewest = std::min(fewest, reductions);
  }
  EXPECT_EQ(fewest, 1u);
}
