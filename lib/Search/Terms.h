//===- Terms.h - What nodes compute, in a normal form -----------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nodes that are equal under the laws have one term. A term is a product of
// factors above and below the line, a sum over axes of a product that no
// factor can leave, a sum of terms, or a function that no law looks into.
// Products are unordered; a sum in a sum is one sum; a sum over axes of a sum
// of terms is a sum of sums.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_SEARCH_TERMS_H
#define MIRAGE_LIB_SEARCH_TERMS_H

#include "mirage/Search/Graph.h"
#include <set>

namespace mirage::search {

using TermId = unsigned;

struct Factor {
  TermId term;
  bool below = false; // the line
  bool operator<(const Factor &other) const {
    return std::tie(term, below) < std::tie(other.term, other.below);
  }
  bool operator==(const Factor &other) const {
    return term == other.term && below == other.below;
  }
};
using Factors = llvm::SmallVector<Factor, 4>;

struct Term {
  enum Kind : uint8_t {
    Leaf,     // a tensor or a constant: the node `like`
    Function, // the node `like`, of `arguments`
    Linear,   // as a factor: `like`, applied in its operand `operand` to the
              // other factors; `arguments` are its other operands
    Repeated, // as a factor: the others repeated over `axes`
    Product,  // of at least two factors, or of one below the line
    Sum,      // over `bound` of a product; what it sums hangs together
    Add,      // of terms with coefficients
  } kind = Leaf;
  NodeId like = 0;
  unsigned operand = 0;
  AxisSet axes = 0, bound = 0;
  llvm::SmallVector<TermId, 3> arguments;
  Factors factors;                                       // sorted
  llvm::SmallVector<std::pair<int64_t, TermId>, 2> addends; // sorted
  /// More than that of any term that it is made of.
  unsigned weight = 1;
};

/// Terms, each once.
class Terms {
public:
  /// Disabled laws by their names in `ruleNames`.
  Terms(Graph &graph, const std::set<std::string> &disabled);

  /// The term of each node that `roots` need.
  std::map<NodeId, TermId> termsOf(llvm::ArrayRef<NodeId> roots);

  const Term &operator[](TermId t) const { return terms[t]; }
  size_t size() const { return terms.size(); }
  /// The factors of a product; of any other term, itself.
  Factors factorsOf(TermId t) const;
  TermId product(Factors factors);
  TermId sum(AxisSet bound, TermId t);
  /// The sum with all factors in it, also those that could leave it: a term of
  /// its own.
  TermId sumOfAll(AxisSet bound, Factors factors);
  /// Factors that hang together by axes that they share, of some.
  struct Group {
    AxisSet axes = 0;
    Factors factors;
  };
  /// The groups by the axes `bound`; `others` gets the factors without any.
  std::vector<Group> connect(const Factors &factors, AxisSet bound,
                             Factors &others) const;
  TermId add(llvm::ArrayRef<std::pair<int64_t, TermId>> addends);
  /// Nothing if the law on quotients does not hold for these.
  std::optional<TermId> quotient(TermId above, TermId below);
  /// What a function of the program is of other arguments.
  TermId function(NodeId like, llvm::ArrayRef<TermId> arguments);

private:
  TermId termOf(NodeId n);
  TermId function(NodeId n);
  TermId linear(NodeId n, unsigned operand);
  TermId repeated(int axis);
  TermId count(int axis);
  TermId intern(Term term);

  Graph &graph;
  bool factorOut, reassociate, linearFirst, distribute;
  std::vector<Term> terms;
  std::map<std::string, TermId> interned;
  std::map<std::string, NodeId> functions; // by what is not their operands
  std::map<NodeId, TermId> ofNode;
};

/// The terms by way of which `roots` can be computed.
std::set<TermId> piecesOf(Graph &graph, Terms &terms,
                          llvm::ArrayRef<NodeId> roots);

} // namespace mirage::search

#endif // MIRAGE_LIB_SEARCH_TERMS_H
