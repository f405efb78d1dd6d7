# Tools that hold MLIR and LLVM, and need libc and libm alone.

# Before find_package(MLIR): the libraries that LLVM itself links.
macro(mirage_find_static_dependencies)
  set(ZLIB_USE_STATIC_LIBS ON)
  find_library(MIRAGE_ZSTD_STATIC libzstd.a REQUIRED)
  # The name that LLVM's export asks for.
  add_library(zstd::libzstd_shared STATIC IMPORTED)
  set_target_properties(zstd::libzstd_shared PROPERTIES
    IMPORTED_LOCATION ${MIRAGE_ZSTD_STATIC})
endmacro()

# After AddLLVM: MirageUpstreamStatic, to link instead of MLIR and LLVM.
function(mirage_define_static_upstream)
  # Code for the host (X86) and for NVIDIA GPUs; the host's is run in process.
  llvm_map_components_to_libnames(llvm_libs Core Support TargetParser MC Target
    Passes Linker IRReader BitReader BitWriter IRPrinter ExecutionEngine OrcJIT PerfJITEvents SupportLSP
    NVPTXCodeGen NVPTXDesc NVPTXInfo X86CodeGen X86AsmParser X86Desc X86Info)
  # Debian's static MLIR libraries ask for the shared libLLVM and, some of them,
  # for the shared libMLIR: both would be mixed with the static ones.
  get_property(mlir_libs GLOBAL PROPERTY MLIR_ALL_LIBS)
  foreach(lib IN LISTS mlir_libs ITEMS MLIRExecutionEngine MLIRJitRunner MLIRMlirOptMain)
    if(TARGET ${lib})
      get_target_property(needed ${lib} INTERFACE_LINK_LIBRARIES)
      if(needed)
        list(FILTER needed EXCLUDE REGEX "^([$]<LINK_ONLY:)?(MLIR|LLVM)>?$")
        set_target_properties(${lib} PROPERTIES INTERFACE_LINK_LIBRARIES "${needed}")
      endif()
    endif()
  endforeach()
  add_library(MirageUpstreamStatic INTERFACE)
  # Of the archives only what is referred to is linked.
  target_link_libraries(MirageUpstreamStatic INTERFACE
    MLIRRegisterAllPasses MLIRRegisterAllExtensions MLIRExecutionEngine MLIROptLib
    MLIRLspServerLib
    MLIRTranslateLib MLIRToLLVMIRTranslationRegistration ${llvm_libs})
  target_link_options(MirageUpstreamStatic INTERFACE
    LINKER:--gc-sections LINKER:--icf=all LINKER:-O2 LINKER:--as-needed LINKER:--strip-all
    -static-libstdc++ -static-libgcc)
endfunction()
