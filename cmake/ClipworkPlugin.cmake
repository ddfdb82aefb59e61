# clipwork_plugin(NAME SOURCES... [LIBRARIES ...]): one shared library of components, NAME.so, loaded by name at run time.
# Used by this tree and, through find_package(clipwork), by plugins built outside it.
function(clipwork_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    message(STATUS "clipwork_plugin: no build type was given, ${name} is built as Release")
    set(default_flags -O2 -DNDEBUG)
  endif()
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE clipwork::clipwork ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE ${default_flags})
  get_target_property(torch_build clipwork::torch CLIPWORK_BUILD)
  target_compile_definitions(${name} PRIVATE CLIPWORK_TORCH_BUILD="${torch_build}")
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    # No RPATH: a plugin finds LibTorch and the core already loaded, and cannot bring a second one.
    INSTALL_RPATH "" INSTALL_RPATH_USE_LINK_PATH OFF BUILD_WITH_INSTALL_RPATH ON)
  # Every symbol is resolved now, not in the middle of a video; a plugin stays in memory once it is loaded.
  target_link_options(${name} PRIVATE LINKER:-z,defs LINKER:-z,nodelete)
endfunction()
