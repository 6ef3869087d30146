# What `make install` puts where: the program, the library as one archive with its headers, and the
# two ways to find them, find_package(weighlock) and pkg-config.

include(CMakePackageConfigHelpers)

target_include_directories(weighlock INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(weighlock INTERFACE cxx_std_20)

install(TARGETS weighlock_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS weighlock EXPORT weighlockTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/weighlock DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)

set(WL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/weighlock)
install(EXPORT weighlockTargets NAMESPACE weighlock:: DESTINATION ${WL_CMAKE_DIR})
configure_package_config_file(cmake/weighlockConfig.cmake.in
  ${PROJECT_BINARY_DIR}/weighlockConfig.cmake INSTALL_DESTINATION ${WL_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weighlockConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/weighlockConfig.cmake
  ${PROJECT_BINARY_DIR}/weighlockConfigVersion.cmake DESTINATION ${WL_CMAKE_DIR})

configure_file(cmake/weighlock.pc.in ${PROJECT_BINARY_DIR}/weighlock.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/weighlock.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
