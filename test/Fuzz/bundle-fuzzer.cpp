//===- bundle-fuzzer.cpp - The reader of bundles -------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is read is written as a text that reads the same.
//
//===----------------------------------------------------------------------===//

#include "Fail.h"
#include "mirage/Runtime/Bundle.h"

using namespace mirage::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Expected<Bundle> bundle =
      parseBundle({reinterpret_cast<const char *>(data), size});
  if (!bundle)
    return 0;
  std::string text = serializeBundle(*bundle);
  Expected<Bundle> again = parseBundle(text);
  if (!again)
    fail("a written bundle is refused: " + again.error().str());
  if (serializeBundle(*again) != text)
    fail("a written bundle changes when it is read");
  return 0;
}
