//===- NpyTest.cpp - Array files, good and hostile ------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Npy.h"
#include <cstdio>
#include <gtest/gtest.h>
#include <random>

using namespace mirage::runtime;

/// A file with this header and data.
static std::string file(std::string header, const std::string &data,
                        char major = 1) {
  std::string text("\x93NUMPY", 6);
  text += major;
  text += '\0';
  size_t size = header.size();
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i, size >>= 8)
    text += static_cast<char>(size & 0xff);
  return text + header + data;
}

static std::string errorOf(const std::string &contents) {
  Expected<HostTensor> tensor = parseNpy(contents);
  return tensor ? "" : tensor.error().message;
}

TEST(Npy, RoundTrip) {
  for (DType type :
       {DType::F16, DType::BF16, DType::F32, DType::F64, DType::I32, DType::I1})
    for (const Shape &shape : {Shape{}, Shape{1}, Shape{3}, Shape{2, 3},
                               Shape{2, 0, 5}, Shape{1, 2, 3, 4, 5}}) {
      HostTensor tensor = HostTensor::zeros(type, shape);
      for (size_t i = 0; i < tensor.size(); ++i)
        tensor.set(i, double(i) - 2);
      std::string contents = serializeNpy(tensor);
      EXPECT_EQ((contents.size() - tensor.bytes.size()) % 64, 0u);
      Expected<HostTensor> parsed = parseNpy(contents);
      ASSERT_TRUE(parsed) << parsed.error().str();
      EXPECT_TRUE(*parsed == tensor);
    }
}

TEST(Npy, WritesAsNumPy) {
  HostTensor tensor = HostTensor::zeros(DType::F32, {3});
  std::string text = serializeNpy(tensor);
  EXPECT_EQ(text.substr(10, 57),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }");
}

TEST(Npy, ReadsWhatOthersWrite) {
  std::string four(4, '\1');
  Expected<HostTensor> tensor = parseNpy(
      file("{\"shape\":(2,1,),'fortran_order' : False,'descr':'<u2'}\n", four));
  ASSERT_TRUE(tensor) << tensor.error().str();
  EXPECT_EQ(tensor->dtype, DType::BF16);
  EXPECT_EQ(tensor->shape, (Shape{2, 1}));
  for (char major : {2, 3})
    EXPECT_EQ(errorOf(file("{'descr': '<f4', 'fortran_order': False, "
                           "'shape': ()}",
                           four, major)),
              "");
  // The order of one dimension is no order.
  EXPECT_EQ(errorOf(file("{'descr': '<f4', 'fortran_order': True, "
                         "'shape': (1,)}",
                         four)),
            "");
  Expected<HostTensor> bools =
      parseNpy(file("{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}",
                    std::string("\0\1\2\xff", 4)));
  ASSERT_TRUE(bools);
  EXPECT_EQ(bools->bytes, (std::vector<uint8_t>{0, 1, 1, 1}));
}

TEST(Npy, RefusesHostileFiles) {
  auto header = [](const char *descr, const char *shape) {
    return std::string("{'descr': '") + descr +
           "', 'fortran_order': False, 'shape': " + shape + "}";
  };
  EXPECT_EQ(errorOf(""), "not a .npy file");
  EXPECT_EQ(errorOf("PK\3\4 something else"), "not a .npy file");
  EXPECT_EQ(errorOf(std::string("\x93NUMPY\7\0\0\0", 10)),
            "unknown version of the .npy format");
  EXPECT_EQ(errorOf(std::string("\x93NUMPY\1\0\xff\xff{", 11)),
            "the header is truncated");
  EXPECT_EQ(errorOf(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{", 13)),
            "the header is truncated");
  EXPECT_EQ(errorOf(std::string("\x93NUMPY\2\0\1\0", 10)),
            "the header is truncated");
  for (const char *bad :
       {"", "{", "{}", "()", "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': '1'}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, "
        "'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, "
        "'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4 , 'fortran_order': False, 'shape': (1,)}"})
    EXPECT_EQ(errorOf(file(bad, "1234")), "the header is malformed") << bad;
  for (const char *type : {">f4", "<i8", "<c8", "|O", "|V2", "f4", ""})
    EXPECT_NE(errorOf(file(header(type, "(1,)"), "1234"))
                  .find("unsupported element type"),
              std::string::npos);
  EXPECT_EQ(errorOf(file("{'descr': '<f4', 'fortran_order': True, "
                         "'shape': (1, 1)}",
                         "1234")),
            "column-major order is not supported");
  EXPECT_EQ(errorOf(file(header("<f4", "(2,)"), "1234")),
            "a tensor of 2 f32 needs 8 bytes, the file has 4");
  EXPECT_EQ(errorOf(file(header("<f4", "(1,)"), "12345")),
            "a tensor of 1 f32 needs 4 bytes, the file has 5");
  EXPECT_NE(errorOf(file(header("<f4", "(4611686018427387904, 4)"), "1234"))
                .find("more bytes than can be counted"),
            std::string::npos);
}

TEST(Npy, MutatedFilesNeverHurt) {
  HostTensor tensor = HostTensor::zeros(DType::F16, {2, 3});
  const std::string good = serializeNpy(tensor);
  std::minstd_rand random(1);
  unsigned refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string bad = good;
    for (unsigned k = random() % 3 + 1; k > 0; --k)
      bad[random() % 80] = static_cast<char>(random());
    if (random() % 4 == 0)
      bad.resize(random() % bad.size());
    Expected<HostTensor> parsed = parseNpy(bad);
    refused += !parsed;
    if (parsed) {
      EXPECT_EQ(parsed->bytes.size(),
                checkedBytes(parsed->dtype, parsed->shape));
    }
  }
  EXPECT_GT(refused, 1000u);
}

TEST(Npy, Files) {
  std::string path = testing::TempDir() + "mirage-npy-test.npy";
  HostTensor tensor = HostTensor::fromDoubles(DType::F32, {2}, {1, 2});
  ASSERT_FALSE(writeNpy(path, tensor));
  Expected<HostTensor> read = readNpy(path);
  ASSERT_TRUE(read);
  EXPECT_TRUE(*read == tensor);
  std::remove(path.c_str());
  EXPECT_EQ(readNpy(path).error().str(),
            path + ": cannot open: No such file or directory");
  EXPECT_EQ(readNpy(testing::TempDir()).error().message, "cannot read");
  EXPECT_TRUE(writeNpy(path + "/no/such/folder", tensor));
}
