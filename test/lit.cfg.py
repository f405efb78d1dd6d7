# -*- Python -*-
import ctypes
import os
import shutil
import subprocess

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "Mirage"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".py", ".test"]
config.excludes = ["Programs", "Unit", "Inputs", "lit.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.mirage_obj_root

# With CUDA in sight the toolchain links libdevice, and missing functions would
# go unnoticed.
for name in list(config.environment):
    if name.startswith("CUDA_"):
        del config.environment[name]

llvm_config.add_tool_substitutions(
    [
        ToolSubst(name, unresolved="ignore")
        for name in [
            "mirage-opt",
            "mirage-translate",
            "mirage-run",
            "mirage-run-bundle",
            "mirage-lsp-server",
            "mirage-reduce",
        ]
    ]
    + ["FileCheck", "not", "count", "split-file", "mlir-opt", "mlir-translate", "llc"],
    [config.mirage_tools_dir, config.llvm_tools_dir],
)
# The allocators of Debian's MLIR do not tell our instrumented code what they hand
# out; see Fuzz/SanitizerDefaults.cpp.
config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
config.substitutions.append(("%mirage_bin", config.mirage_tools_dir))
config.substitutions.append(("%mirage_lib", config.mirage_lib_dir))
config.substitutions.append(("%cxx", config.host_cxx))
config.substitutions.append(("%cc", config.host_cc))
config.substitutions.append(("%cmake", config.cmake))
config.substitutions.append(("%build", config.mirage_build))
config.substitutions.append(("%fuzz", config.mirage_obj_root + "/Fuzz"))
config.substitutions.append(("%fake_cuda", config.fake_cuda))
config.substitutions.append(
    ("%references", os.path.join(config.test_exec_root, "references"))
)
config.substitutions.append(("%root", os.path.dirname(config.test_source_root)))
config.substitutions.append(("%mlir_tblgen", config.llvm_tools_dir + "/mlir-tblgen"))
config.substitutions.append(("%mlir_include", config.mlir_include_dir))
config.substitutions.append(
    ("%programs", os.path.join(config.test_source_root, "Programs"))
)
config.substitutions.append(("%plugin", config.mirage_lib_dir + "/MiragePlugin.so"))

if config.mirage_python:
    config.available_features.add("numpy")
    config.substitutions.append(("%python", config.mirage_python))
    has_torch = "import importlib.util as i, sys; sys.exit(not i.find_spec('torch'))"
    if subprocess.call([config.mirage_python, "-c", has_torch]) == 0:
        config.available_features.add("torch")

# Only there are the plugin, the package, mirage-reduce and all of upstream's passes.
if config.link_dylib == "ON":
    config.available_features.add("dylib")
# Fuzz targets run for about a minute there, elsewhere for a moment.
if "address" in config.sanitizers:
    config.available_features.add("asan")


def has_cuda_device():
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return (
        driver.cuInit(0) == 0
        and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
        and count.value > 0
    )


# `device` and `slow` are set by check-mirage-gpu and check-mirage-all.
if has_cuda_device():
    config.available_features.add("gpu")
for name in ["device", "slow"]:
    if name in lit_config.params:
        config.available_features.add(name)

ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
if ptxas:
    config.available_features.add("ptxas")
# Empty where there is none.
config.substitutions.append(("%ptxas", ptxas or ""))
