//===- CudaDriver.cpp - The part of the CUDA driver that is used ----------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include <dlfcn.h>

using namespace mirage::runtime;
using namespace mirage::runtime::cuda;

Expected<Driver> Driver::open(const std::string &library) {
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return Error{"no CUDA driver: " + std::string(dlerror()), "",
                 Error::Kind::NoDevice};
  Driver driver;
  const char *missing = nullptr;
#define MIRAGE_CUDA_LOOKUP(member, symbol, parameters)                         \
  driver.member =                                                              \
      reinterpret_cast<Result(*) parameters>(dlsym(handle, #symbol));          \
  if (!driver.member)                                                          \
    missing = #symbol;
  MIRAGE_CUDA_FUNCTIONS(MIRAGE_CUDA_LOOKUP)
#undef MIRAGE_CUDA_LOOKUP
  if (missing)
    return Error{"the CUDA driver is too old: it has no " +
                     std::string(missing),
                 "", Error::Kind::NoDevice};
  return driver;
}

MaybeError Driver::check(Result result, const std::string &operation,
                         const std::string &where) const {
  if (result == success)
    return std::nullopt;
  const char *name = nullptr, *description = nullptr;
  std::string message = operation + " failed: ";
  if (getErrorName(result, &name) == success && name)
    message += name;
  else
    message += "CUresult " + std::to_string(result);
  if (getErrorString(result, &description) == success && description)
    message += std::string(" (") + description + ")";
  return Error{message, where};
}

Expected<OpenedDevice>
mirage::runtime::cuda::openDevice(const std::string &library) {
  Expected<Driver> driver = Driver::open(library);
  if (!driver)
    return driver.error();
  OpenedDevice device{*driver};
  int count = 0;
  MaybeError error = driver->check(driver->init(0), "cuInit");
  if (!error)
    error =
        driver->check(driver->deviceGetCount(&count), "cuDeviceGetCount");
  if (!error && count == 0)
    error = Error{"there is no CUDA device"};
  if (!error)
    error = driver->check(driver->deviceGet(&device.handle, 0), "cuDeviceGet");
  if (!error)
    return device;
  error->kind = Error::Kind::NoDevice;
  return *error;
}
