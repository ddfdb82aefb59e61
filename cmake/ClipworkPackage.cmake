# `cpack -G DEB` and `cpack -G TZST` in the build folder: packages with everything but LibTorch, or with it (CLIPWORK_BUNDLE_TORCH).
set(CPACK_PACKAGE_NAME clipwork)
set(CPACK_PACKAGE_CONTACT "The Clipwork contributors")
set(CPACK_PACKAGE_VENDOR Clipwork)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR DEB TZST)
set(CPACK_PACKAGE_FILE_NAME clipwork-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# LibTorch belongs to no package of the distribution.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR} ${CLIPWORK_TORCH_DIR}/lib)
if(NOT CLIPWORK_BUNDLE_TORCH)
  # For tools/deps.sh, which fetches it.
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-pip, ca-certificates")
endif()
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, ninja-build")
include(CPack)
