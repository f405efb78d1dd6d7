# The package: find_package(Mirage) works on the install tree and on the build
# tree. Included last, when all targets are known.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Mirage)
set(build_package ${PROJECT_BINARY_DIR}/lib/cmake/Mirage)
set(config ${PROJECT_SOURCE_DIR}/cmake/MirageConfig.cmake.in)

install(TARGETS Mirage MirageRuntime EXPORT MirageTargets)
install(EXPORT MirageTargets NAMESPACE Mirage:: DESTINATION ${package})
export(EXPORT MirageTargets NAMESPACE Mirage::
  FILE ${build_package}/MirageTargets.cmake)

foreach(tree ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  install(DIRECTORY ${tree}/include/mirage DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
    PATTERN CMakeFiles EXCLUDE)
endforeach()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CONFIG_INCLUDE_DIRS "${PROJECT_SOURCE_DIR}/include;${PROJECT_BINARY_DIR}/include")
set(CONFIG_TOOLS_DIR ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
set(CONFIG_LIB_DIR ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
configure_package_config_file(${config} ${build_package}/MirageConfig.cmake
  INSTALL_DESTINATION ${build_package})
set(CONFIG_INCLUDE_DIRS \${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_INCLUDEDIR})
set(CONFIG_TOOLS_DIR \${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_BINDIR})
set(CONFIG_LIB_DIR \${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_LIBDIR})
configure_package_config_file(${config}
  ${PROJECT_BINARY_DIR}/cmake/MirageConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${build_package}/MirageConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/MirageConfig.cmake
  ${build_package}/MirageConfigVersion.cmake DESTINATION ${package})
