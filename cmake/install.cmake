# SPDX-License-Identifier: MIT
include(CMakePackageConfigHelpers)

install(DIRECTORY include/mountplan DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY bindings/cpp/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS mountplan mountplan_static mountplan_cpp EXPORT mountplan-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT mountplan-targets NAMESPACE mountplan:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/mountplan)

configure_package_config_file(cmake/mountplan-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/mountplan-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/mountplan)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mountplan-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mountplan-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/mountplan-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/mountplan)

# The .pc file finds its prefix from where it lies, so that `cmake --install --prefix` and a moved tree are right, too.
file(RELATIVE_PATH pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
foreach(directory libdir includedir datadir)
  string(TOUPPER ${directory} variable)
  cmake_path(IS_ABSOLUTE CMAKE_INSTALL_${variable} absolute)
  if(absolute)
    set(pc_${directory} ${CMAKE_INSTALL_${variable}})
  else()
    set(pc_${directory} "\${prefix}/${CMAKE_INSTALL_${variable}}")
  endif()
endforeach()
configure_file(pkgconfig/mountplan.pc.in ${CMAKE_CURRENT_BINARY_DIR}/mountplan.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mountplan.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The crates and the Go module are built from source, where `pkg-config --variable=bindings mountplan` says.
install(DIRECTORY bindings/rust DESTINATION ${CMAKE_INSTALL_DATADIR}/mountplan PATTERN target EXCLUDE PATTERN tests EXCLUDE)
install(DIRECTORY bindings/go DESTINATION ${CMAKE_INSTALL_DATADIR}/mountplan PATTERN "*_test.go" EXCLUDE)
