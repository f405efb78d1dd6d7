# Part of the Mirage project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os

from peers import Form


def add(x, y):
    return x + y + y if os.environ.get("WRONG_PEER") else x + y


FORMS = {"add": {"plain": Form(add), "library": Form(lambda y, x: x + y, lambda x, y: (y, x))}}
