//===- mirage-plugin.cpp - Dialects and passes for a stock mlir-opt -------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/InitAll.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"
#include <dlfcn.h>
#include <link.h>

using namespace mlir;

/// The start of the shared object that holds `address`.
static const void *objectOf(const void *address) {
  Dl_info info;
  return dladdr(address, &info) ? info.dli_fbase : nullptr;
}

/// Whether the shared object of `first` was loaded before that of `second`.
static bool isLoadedBefore(const void *first, const void *second) {
  struct Search {
    const void *first, *second;
    bool found = false;
  } search{objectOf(first), objectOf(second)};
  // Objects come in the order of loading; a result other than 0 ends it.
  return dl_iterate_phdr(
             [](dl_phdr_info *info, size_t, void *data) {
               auto *search = static_cast<Search *>(data);
               const void *base = objectOf(info->dlpi_phdr);
               if (base == search->first)
                 return 1;
               return base == search->second ? 2 : 0;
             },
             &search) == 1;
}

/// Whether the host runs the MLIR that this was built with. The plugin brings
/// its own if the host has none, or another: types and ops would then exist
/// twice, and the first op would crash.
static bool hostFits() {
  llvm::raw_ostream &os = llvm::errs();
  if (!isLoadedBefore(reinterpret_cast<const void *>(&mlir::registerAllPasses),
                      reinterpret_cast<const void *>(&hostFits))) {
    os << "error: MiragePlugin needs a program that uses the shared MLIR "
       << LLVM_VERSION_STRING << "; this one links MLIR statically, or another "
       << "version\n";
    return false;
  }
  // The host's is first in the global scope.
  using GetVersion = void (*)(unsigned *, unsigned *, unsigned *);
  auto getVersion =
      reinterpret_cast<GetVersion>(dlsym(RTLD_DEFAULT, "LLVMGetVersion"));
  unsigned major = 0, minor = 0, patch = 0;
  if (getVersion)
    getVersion(&major, &minor, &patch);
  if (major == LLVM_VERSION_MAJOR && minor == LLVM_VERSION_MINOR)
    return true;
  os << "error: MiragePlugin was built for LLVM " << LLVM_VERSION_STRING
     << ", this program uses " << major << '.' << minor << '.' << patch << '\n';
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
