//===- RunMain.cpp - Runs and checks programs -----------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads a program or a bundle, and evaluates the reference; what all runners
// share is in the runtime library.
//
//===----------------------------------------------------------------------===//

#include "mirage/Tools/RunMain.h"
#include "mirage/Compiler/CPURunner.h"
#include "mirage/Compiler/ProgramIO.h"
