//===- Programs.h - What the layers ask of programs -------------*- C++ -*-===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MIRAGE_LIB_VERIFY_PROGRAMS_H
#define MIRAGE_LIB_VERIFY_PROGRAMS_H

#include "mirage/Semantics/Program.h"

namespace mirage::verify {

/// The structure of an op of the algebra in a well-formed program.
sem::Structure structureOf(const sem::Program &program, const sem::Op &op);

/// Dense constants that both programs hold become inputs: what holds for all
/// values holds for these. Returns the data of the new inputs, in order.
std::vector<std::shared_ptr<const std::vector<double>>>
liftDense(sem::Program &reference, sem::Program &candidate);

/// A plan may hold a value wider than the program does, and may round it to a
/// narrower type only for a product, if one of the program takes operands of
/// that type, or where the program rounds such a value too. Empty, or what is
/// rounded otherwise.
std::string narrowingFault(const sem::Program &reference,
                           const sem::Program &candidate);

} // namespace mirage::verify

#endif // MIRAGE_LIB_VERIFY_PROGRAMS_H
