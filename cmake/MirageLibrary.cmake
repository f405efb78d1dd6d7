# One object library a folder, or two where part of it knows no IR. All but the
# runtime are linked into one shared libMirage: TypeIDs are per shared object, so
# dialect, plugin, tools and third parties must share one copy.

# mirage_library(NAME sources... [IR] [DEPENDS targets...])
# IR: the sources include MLIR headers; they share one precompiled header. What
# is without is also in MirageCore, which needs LLVMSupport alone; its unit tests
# link all of it.
function(mirage_library name)
  cmake_parse_arguments(ARG "IR" "" "DEPENDS" ${ARGN})
  add_library(${name} OBJECT ${ARG_UNPARSED_ARGUMENTS})
  if(ARG_IR)
    add_dependencies(${name} mirage-headers)
  else()
    set_property(GLOBAL APPEND PROPERTY MIRAGE_CORE_LIBS ${name})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(ARG_IR AND MIRAGE_ENABLE_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_precompile_headers(${name} REUSE_FROM MiragePCH)
  endif()
  set_property(GLOBAL APPEND PROPERTY MIRAGE_OBJECT_LIBS ${name})
endfunction()

# mirage_tool(NAME sources... [LIBS targets...])
function(mirage_tool name)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} mirage-headers)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  install(TARGETS ${name})
endfunction()
