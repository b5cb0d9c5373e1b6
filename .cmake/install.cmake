#  SPDX-License-Identifier: MIT
#
#  Installs the library for find_package(zpatterns) and for pkg-config, and the
#  modules' own files for `zp copy`.

include (CMakePackageConfigHelpers)
set (package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/zpatterns)

list (JOIN MODULE_LINKS ", " requires)
string (REPLACE ">=" " >= " requires "${requires}")
list (JOIN MODULE_FLAGS " " flags)
file (RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file (.cmake/zpatterns.pc.in zpatterns.pc @ONLY)
configure_package_config_file (.cmake/zpatternsConfig.cmake.in
    zpatternsConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file (zpatternsConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)

install (TARGETS zpatterns EXPORT zpatternsTargets
    PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zpatterns)
install (EXPORT zpatternsTargets NAMESPACE zpatterns::
    DESTINATION ${package_dir})
install (FILES
    ${PROJECT_BINARY_DIR}/zpatternsConfig.cmake
    ${PROJECT_BINARY_DIR}/zpatternsConfigVersion.cmake
    DESTINATION ${package_dir})
install (FILES ${PROJECT_BINARY_DIR}/zpatterns.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
foreach (module IN LISTS MODULES)
    install (DIRECTORY ${module}/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zpatterns/${module})
endforeach ()
