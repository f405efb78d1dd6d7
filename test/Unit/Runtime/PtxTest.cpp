//===- PtxTest.cpp - The kernels that a PTX module declares ---------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Ptx.h"
#include <gtest/gtest.h>

using namespace mirage::runtime;

using Kernels = std::map<std::string, std::vector<uint64_t>>;

TEST(Ptx, Parameters) {
  EXPECT_EQ(ptxKernels(R"(
.version 8.6
.target sm_90a
.address_size 64
.extern .shared .align 1024 .b8 dsmem[];
// .entry comment(.param .u64 x)
/* .entry comment2() */
.visible .entry main_kernel_0(
	.param .u64 .ptr .align 1 main_kernel_0_param_0,
	.param .u64 .ptr .global .align 16 main_kernel_0_param_1, // the second
	.param .u32 main_kernel_0_param_2,
	.param .f32 main_kernel_0_param_3,
	.param .align 8 .b8 main_kernel_0_param_4[24]
)
.maxntid 128, 1, 1
{
	ld.param.b64 %rd1, [main_kernel_0_param_0];
	ret;
}
.visible .func (.param .b32 r) helper(.param .b32 a) { ret; }
.entry none() { ret; }
.weak .entry $odd%name.1 { ret; }
)"),
            (Kernels{{"main_kernel_0", {8, 8, 4, 4, 24}},
                     {"none", {}},
                     {"$odd%name.1", {}}}));
}

TEST(Ptx, Fragments) {
  EXPECT_EQ(ptxKernels(""), Kernels{});
  EXPECT_EQ(ptxKernels(".entry a(.param .u64 x"), (Kernels{{"a", {8}}}));
  EXPECT_EQ(ptxKernels(".entry a(.param .texref x)"), (Kernels{{"a", {0}}}));
  EXPECT_EQ(ptxKernels("/* .entry a("), Kernels{});
  EXPECT_EQ(ptxKernels(".entry a(.param .b64 x[9999999999999999999])"),
            (Kernels{{"a", {0}}}));
}
