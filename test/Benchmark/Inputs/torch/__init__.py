# Part of the Mirage project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""As much of PyTorch as compare.py asks for, on numpy.

A clock stands for the device: an operation takes 5 us, the first one after a flush
20. FAKE_TORCH says what is wrong: missing (no PyTorch), no-gpu, stale (replays
compute nothing), no-compiler.
"""

import os

import numpy as np

WRONG = os.environ.get("FAKE_TORCH")
if WRONG == "missing":
    raise ModuleNotFoundError("No module named 'torch'")

__version__ = "0.fake"
uint8, bfloat16 = "uint8", "bfloat16"


class Device:
    clock, cold, recording = 0, False, None


def run(operation):
    operation()
    Device.clock += 20 if Device.cold else 5
    Device.cold = False


class Tensor:
    def __init__(self, array):
        self.array = array

    def __add__(self, other):
        result = Tensor(np.empty_like(self.array))

        def add():
            np.add(self.array, other.array, out=result.array)

        if Device.recording is None:
            run(add)
        else:
            Device.recording.append(add)
        return result

    def fill_(self, value):
        self.array[...] = value
        Device.cold = self.array.dtype == np.uint8

    def to(self, _):
        return self

    def double(self):
        return Tensor(self.array.astype(np.float64))

    def cpu(self):
        return self

    def numpy(self):
        return self.array


class cuda:
    class CUDAGraph:
        def __init__(self):
            self.operations = []

        def replay(self):
            for operation in self.operations:
                run((lambda: None) if WRONG == "stale" else operation)

    class graph:
        def __init__(self, graph):
            self.graph = graph

        def __enter__(self):
            Device.recording = self.graph.operations

        def __exit__(self, *_):
            Device.recording = None

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            self.at = Device.clock

        def synchronize(self):
            pass

        def elapsed_time(self, end):
            return (end.at - self.at) * 1e-3

    class Stream:
        def wait_stream(self, _):
            pass

        def __enter__(self):
            pass

        def __exit__(self, *_):
            pass

    class Properties:
        L2_cache_size = 50 << 20

    @staticmethod
    def is_available():
        return WRONG != "no-gpu"

    @staticmethod
    def get_device_name(_):
        return "Fake device"

    @staticmethod
    def get_device_properties(_):
        return cuda.Properties

    @staticmethod
    def current_stream():
        return cuda.Stream()

    @staticmethod
    def stream(stream):
        return stream

    @staticmethod
    def synchronize():
        pass


class _dynamo:
    @staticmethod
    def reset():
        pass


def empty(size, dtype, device):
    return Tensor(np.empty(size, dtype))


def from_numpy(array):
    return Tensor(array)


def set_grad_enabled(_):
    pass


def compile(function, dynamic, mode=None):
    if WRONG == "no-compiler":
        raise RuntimeError("there is no compiler")
    return function
