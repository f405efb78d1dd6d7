//===- mirage-plugin.cpp - Dialects and passes for a stock mlir-opt -------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/InitAll.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

/// Whether the host runs the MLIR that this was built with. The plugin's own
/// calls would always reach the right libLLVM, so the host's is looked up by
/// name.
static bool hostFits() {
  using GetVersion = void (*)(unsigned *, unsigned *, unsigned *);
  auto getVersion = reinterpret_cast<GetVersion>(
      llvm::sys::DynamicLibrary::SearchForAddressOfSymbol("LLVMGetVersion"));
  unsigned major = 0, minor = 0, patch = 0;
  if (getVersion)
    getVersion(&major, &minor, &patch);
  if (major == LLVM_VERSION_MAJOR && minor == LLVM_VERSION_MINOR)
    return true;
  llvm::errs() << "error: MiragePlugin was built for LLVM "
               << LLVM_VERSION_STRING << ", this program uses " << major << '.'
               << minor << '.' << patch << '\n';
  return false;
}

static void registerPasses() {
  static const bool once = (mirage::registerAllPasses(), true);
  (void)once;
}

// With API version 0 the host refuses the plugin by its own means.

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  // With the passes, so that one flag is enough.
  return {hostFits() ? MLIR_PLUGIN_API_VERSION : 0u, "Mirage",
          LLVM_VERSION_STRING, [](DialectRegistry *registry) {
            mirage::registerAllDialects(*registry);
            registerPasses();
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {hostFits() ? MLIR_PLUGIN_API_VERSION : 0u, "Mirage",
          LLVM_VERSION_STRING, registerPasses};
}
