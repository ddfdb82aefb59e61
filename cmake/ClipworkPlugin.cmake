# clipwork_plugin(NAME SOURCES... [LIBRARIES ...] [VERSION 1.2.0] [LICENSE SPDX] [MAINTAINER TEXT] [URL TEXT]
#   [KIND_HEADERS FILES...]): one shared library of components, NAME.so, loaded by name at run time.
# clipwork_install_plugin(NAME): `cmake --install` puts it where Clipwork finds it.
# Used by this tree and, through find_package(clipwork), by plugins built outside it. docs/plugins.md describes both.

# The text of a header that decides how it is compiled: without line comments and spaces.
function(clipwork_header_text file out)
  file(READ "${file}" text)
  # A comment between /* and */ counts as text, which is harmless.
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "[ \t\r\n]+" "" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# "scorer:0123456789abcdef" for each kind that a header declares. The hash covers the headers that it includes with quotes, too.
function(clipwork_kinds_of_header header out)
  set(open "${header}")
  set(read)
  set(whole "")
  while(open)
    list(POP_FRONT open file)
    if(file IN_LIST read)
      continue()
    endif()
    list(APPEND read "${file}")
    clipwork_header_text("${file}" text)
    string(APPEND whole "${text}")
    file(STRINGS "${file}" includes REGEX "^[ \t]*#[ \t]*include[ \t]*\"")
    get_filename_component(folder "${file}" DIRECTORY)
    foreach(line IN LISTS includes)
      string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*" "\\1" name "${line}")
      if(EXISTS "${folder}/${name}")
        list(APPEND open "${folder}/${name}")
      endif()
    endforeach()
  endwhile()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${read})
  string(SHA256 hash "${whole}")
  string(SUBSTRING "${hash}" 0 16 hash)
  string(REGEX MATCHALL "kKind=\"[a-z0-9_]+\"" declared "${whole}")
  if(NOT declared)
    message(FATAL_ERROR "clipwork_plugin: the header ${header} declares no kind of component; "
      "KIND_HEADERS expects headers with a class that has kKind = \"NAME\".")
  endif()
  set(kinds)
  foreach(kind IN LISTS declared)
    string(REGEX REPLACE "kKind=\"(.*)\"" "\\1:${hash}" kind "${kind}")
    list(APPEND kinds "${kind}")
  endforeach()
  set(${out} "${kinds}" PARENT_SCOPE)
endfunction()

function(clipwork_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "VERSION;LICENSE;MAINTAINER;URL" "LIBRARIES;KIND_HEADERS")
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    message(STATUS "clipwork_plugin: no build type was given, ${name} is built as Release")
    set(default_flags -O2 -DNDEBUG)
  endif()
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE clipwork::clipwork ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE ${default_flags})
  get_target_property(torch_build clipwork::torch CLIPWORK_BUILD)
  target_compile_definitions(${name} PRIVATE CLIPWORK_TORCH_BUILD="${torch_build}")
  foreach(field VERSION LICENSE MAINTAINER URL)
    if(arg_${field})
      target_compile_definitions(${name} PRIVATE "CLIPWORK_PLUGIN_${field}=\"${arg_${field}}\"")
    endif()
  endforeach()
  set(kinds)
  foreach(header IN LISTS arg_KIND_HEADERS)
    get_filename_component(header "${header}" ABSOLUTE)
    clipwork_kinds_of_header("${header}" found)
    list(APPEND kinds ${found})
  endforeach()
  if(kinds)
    list(JOIN kinds " " kinds)
    target_compile_definitions(${name} PRIVATE "CLIPWORK_PLUGIN_KINDS=\"${kinds}\"")
  endif()
  # As C++ files are compiled; the CUDA runtime is LibTorch's. CMake 3.25 has no CUDA_STANDARD 20 for nvcc 13.
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:-std=c++20;-Xcompiler=-fopenmp>")
  set_target_properties(${name} PROPERTIES
    CUDA_RUNTIME_LIBRARY Shared
    PREFIX "" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    # No RPATH: a plugin finds LibTorch and the core already loaded, and cannot bring a second one.
    INSTALL_RPATH "" INSTALL_RPATH_USE_LINK_PATH OFF BUILD_WITH_INSTALL_RPATH ON)
  # Every symbol is resolved now, not in the middle of a video; a plugin stays in memory once it is loaded.
  target_link_options(${name} PRIVATE LINKER:-z,defs LINKER:-z,nodelete)
endfunction()

# Without a prefix of its own, the project is installed into the Clipwork that it was built with; `--prefix ~/.local` is for one user.
function(clipwork_install_plugin name)
  if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT AND CLIPWORK_PREFIX)
    set(CMAKE_INSTALL_PREFIX "${CLIPWORK_PREFIX}" CACHE PATH "where plugins are installed" FORCE)
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION lib/clipwork/plugins)
endfunction()
