//===- Graph.h - Programs over named axes -----------------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The search's view of a program: hash-consed nodes whose dimensions are named
// axes, united by the program's ops. Transposes, broadcasts and unit
// dimensions vanish; a matrix product is a sum of products.
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_SEARCH_GRAPH_H
#define MIRAGE_SEARCH_GRAPH_H

#include "mirage/Semantics/Program.h"
#include <map>

namespace mirage::search {

using NodeId = unsigned;
/// A set of axes, by bit.
using AxisSet = uint64_t;
/// The axis of each dimension; -1 for a dimension of extent 1.
using Layout = llvm::SmallVector<int, 4>;

struct Node {
  enum Kind : uint8_t {
    Tensor, // stands in device memory: a program value with a layout
    Constant,
    Map,       // elementwise: sem, params
    Broadcast, // operand 0 repeated over more axes
    Copy,      // operand 0 once more, as output `copy` of the region
    Reduce,    // combiner over `reduced`; of a sum, operand 1 may be the
               // maximum that operand 0 is relative to
  } kind = Map;
  const sem::OpSemantics *sem = nullptr;
  sem::Params params;
  sem::Combiner combiner = sem::Combiner::Sum;
  AxisSet reduced = 0;
  llvm::SmallVector<NodeId, 3> operands;
  AxisSet axes = 0;
  /// The type in which the value is held inside a kernel.
  sem::ElementType type = sem::ElementType::F32;
  double constant = 0;
  unsigned copy = 0;
  /// Tensor: which program value.
  sem::ValueId tensor = 0;
  Layout layout;
  /// Map of a matrix product: the type that the program's product took.
  std::optional<sem::ElementType> productType;
  /// Map: operand types that the op insists on (mirage.map).
  llvm::SmallVector<sem::ElementType, 2> operandTypes;

  /// Whether this is the op `name`, elementwise.
  bool isFn(llvm::StringRef name) const {
    return kind == Map && sem->name() == name;
  }
  bool isRelative() const { return kind == Reduce && operands.size() == 2; }
  std::string key() const;
};

struct Output {
  NodeId node;
  sem::ValueId value; // the program value that is computed
  Layout layout;
};

struct Graph {
  std::vector<Node> nodes; // topologically ordered
  std::vector<int64_t> extents; // of each axis
  std::vector<std::string> axisNames;
  /// Of an axis that is cut into pieces: the axis that counts them, which
  /// every node that holds the former holds as well; else -1. In memory the
  /// two are one dimension, of the cut axis.
  std::vector<int> outer;
  /// Products and quotients are kept in one normal form: by associativity and
  /// commutativity, factors over the fewest axes are multiplied first.
  bool normalizeProducts = false;
  std::map<std::string, NodeId> interned;

  NodeId add(Node node);
  NodeId map(const sem::OpSemantics &sem, llvm::ArrayRef<NodeId> operands,
             sem::ElementType type);
  NodeId reduce(sem::Combiner combiner, AxisSet reduced, NodeId operand,
                sem::ElementType type);
  /// n over other operands.
  NodeId withOperands(NodeId n, llvm::ArrayRef<NodeId> operands);
  /// The outer axes of the axes in `axes`.
  AxisSet outerOf(AxisSet axes) const;
  /// Elements of a tensor over `axes`.
  int64_t size(AxisSet axes) const;

private:
  NodeId intern(Node node);
  std::optional<NodeId> normalProduct(const Node &node);
};

/// A graph and what it computes.
struct Region {
  Graph graph;
  std::vector<Output> outputs;
};

struct ImportOptions {
  /// Casts are the identity and values are held in at least f32; otherwise
  /// every value keeps the program's type.
  bool eraseCasts = true;
  /// Products remember the element type that they took in the program, to
  /// which their operands are then rounded.
  bool narrowProducts = true;
};

/// Builds the graph of the ops `ops` of `program` (kernel-level algebra and
/// constants), computing `outputs`. Values defined elsewhere are tensors. On
/// failure `why` says which op or axis cannot be named.
std::optional<Region> importRegion(const sem::Program &program,
                                   llvm::ArrayRef<const sem::Op *> ops,
                                   llvm::ArrayRef<sem::ValueId> outputs,
                                   const ImportOptions &options,
                                   std::string &why);

/// Whether the op can be part of a graph.
bool isNameable(const sem::Program &program, const sem::Op &op);

/// Whether `node` is linear in one operand, the others held fixed.
bool isLinearIn(const Node &node, size_t operand);

inline AxisSet axisBit(int axis) { return AxisSet(1) << axis; }

} // namespace mirage::search

#endif // MIRAGE_SEARCH_GRAPH_H
