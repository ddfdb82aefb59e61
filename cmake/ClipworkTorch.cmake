# LibTorch as one imported target, clipwork::torch: the CPU libraries alone, first in link order.
#
# `find_package(Torch)` is not used: it wants a CUDA toolkit and a GPU at configure time and links CUDA into every program.
# The installed package includes this same file, so that plugins built outside get the same flags.

set(CLIPWORK_TORCH_VERSIONS "2.11" CACHE STRING "LibTorch versions (major.minor) this tree was tested with")

function(clipwork_find_torch out)
  set(candidates)
  foreach(given "${CLIPWORK_TORCH}" "$ENV{CLIPWORK_TORCH}")
    if(given)
      list(APPEND candidates "${given}" "${given}/torch" "${given}/libtorch")
    endif()
  endforeach()
  if(NOT candidates)
    if(DEFINED ENV{CLIPWORK_DEPS_DIR})
      set(cache "$ENV{CLIPWORK_DEPS_DIR}")
    elseif(DEFINED ENV{XDG_CACHE_HOME})
      set(cache "$ENV{XDG_CACHE_HOME}/clipwork")
    else()
      set(cache "$ENV{HOME}/.cache/clipwork")
    endif()
    file(GLOB cached "${cache}/libtorch-*/torch")
    list(SORT cached ORDER DESCENDING)
    set(candidates ${cached})
  endif()
  foreach(folder IN LISTS candidates)
    if(EXISTS "${folder}/lib/libtorch_cpu.so" AND EXISTS "${folder}/include/ATen/core/Tensor.h")
      get_filename_component(folder "${folder}" ABSOLUTE)
      set(${out} "${folder}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(JOIN candidates "\n  " tried)
  message(FATAL_ERROR "LibTorch was not found (no lib/libtorch_cpu.so with include/ATen beside it).\n  ${tried}\n"
    "Run tools/deps.sh, or name the folder of an unzipped LibTorch archive with -DCLIPWORK_TORCH=DIR or the "
    "environment variable CLIPWORK_TORCH.")
endfunction()

function(clipwork_torch_version folder out)
  set(numbers)
  foreach(file "${folder}/include/torch/headeronly/version.h" "${folder}/include/torch/csrc/api/include/torch/version.h")
    if(EXISTS "${file}")
      file(STRINGS "${file}" lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
      foreach(part MAJOR MINOR PATCH)
        foreach(line IN LISTS lines)
          if(line MATCHES "TORCH_VERSION_${part} +([0-9]+)")
            list(APPEND numbers "${CMAKE_MATCH_1}")
          endif()
        endforeach()
      endforeach()
      if(numbers)
        break()
      endif()
    endif()
  endforeach()
  list(LENGTH numbers count)
  if(NOT count EQUAL 3)
    message(FATAL_ERROR "${folder} holds no LibTorch version header; it is not a LibTorch that Clipwork knows. "
      "Name LibTorch ${CLIPWORK_TORCH_VERSIONS} with CLIPWORK_TORCH, or run tools/deps.sh.")
  endif()
  list(JOIN numbers "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# What libtorch_cpu.so NEEDs beside libc must be found, or every program would fail at start.
function(clipwork_check_torch_libraries folder)
  execute_process(COMMAND readelf -d "${folder}/lib/libtorch_cpu.so" OUTPUT_VARIABLE dynamic RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "readelf cannot read ${folder}/lib/libtorch_cpu.so: the file is damaged or binutils are missing "
      "(apt-get install binutils; delete the cache folder and run tools/deps.sh again).")
  endif()
  execute_process(COMMAND ldd "${folder}/lib/libtorch_cpu.so" OUTPUT_VARIABLE resolved ERROR_QUIET)
  string(REGEX MATCHALL "[^ \t\n]+ => not found" lost "${resolved}")
  if(lost)
    list(JOIN lost ", " lost)
    message(FATAL_ERROR "LibTorch in ${folder} needs libraries that this system does not find: ${lost}. "
      "Its CUDA build needs libcudart and libcupti even for CPU work: run tools/deps.sh (which brings both), install the CUDA "
      "toolkit's, or use a CPU build of LibTorch.")
  endif()
  string(REGEX MATCH "\\[(libgomp[^]]*)\\]" unused "${dynamic}")
  set(gomp "${CMAKE_MATCH_1}")
  if(NOT gomp)
    message(FATAL_ERROR "libtorch_cpu.so in ${folder} does not use libgomp; a second OpenMP runtime would be loaded beside its own. "
      "Use LibTorch built with GCC's OpenMP (the PyTorch wheels).")
  endif()
  # The very file that LibTorch itself loads, its own or the system's.
  string(REPLACE "." "\\." pattern "${gomp}")
  string(REGEX MATCH "${pattern} => ([^ \t\n]+)" unused "${resolved}")
  set(gomp "${CMAKE_MATCH_1}")
  set(clipwork_gomp_library "${gomp}" PARENT_SCOPE)
endfunction()

function(clipwork_check_torch_abi folder)
  execute_process(COMMAND nm -D --defined-only "${folder}/lib/libc10.so" OUTPUT_VARIABLE symbols ERROR_QUIET)
  if(NOT symbols MATCHES "__cxx11")
    message(FATAL_ERROR "LibTorch in ${folder} was built with the old C++ string ABI (_GLIBCXX_USE_CXX11_ABI=0), which cannot be linked "
      "with this compiler's libraries. Use a LibTorch with the C++11 ABI: tools/deps.sh, or the archive named cxx11-abi.")
  endif()
endfunction()

# Which build of a version it is, as plugins note it: "cuda/" or "cpu/" and the build ID of libc10.so.
function(clipwork_torch_build folder out)
  execute_process(COMMAND readelf -n "${folder}/lib/libc10.so" OUTPUT_VARIABLE notes ERROR_QUIET)
  execute_process(COMMAND readelf -d "${folder}/lib/libtorch_cpu.so" OUTPUT_VARIABLE dynamic ERROR_QUIET)
  if(notes MATCHES "Build ID: ([0-9a-f]+)")
    string(SUBSTRING "${CMAKE_MATCH_1}" 0 16 id)
  else()
    file(SHA256 "${folder}/lib/libc10.so" id)
    string(SUBSTRING "${id}" 0 16 id)
  endif()
  if(dynamic MATCHES "libcudart")
    set(${out} "cuda/${id}" PARENT_SCOPE)
  else()
    set(${out} "cpu/${id}" PARENT_SCOPE)
  endif()
endfunction()

if(NOT TARGET clipwork::torch)
  clipwork_find_torch(CLIPWORK_TORCH_DIR)
  clipwork_torch_version("${CLIPWORK_TORCH_DIR}" CLIPWORK_TORCH_VERSION)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" series "${CLIPWORK_TORCH_VERSION}")
  if(NOT series IN_LIST CLIPWORK_TORCH_VERSIONS)
    message(FATAL_ERROR "LibTorch ${CLIPWORK_TORCH_VERSION} in ${CLIPWORK_TORCH_DIR} is not a version this Clipwork was tested with "
      "(${CLIPWORK_TORCH_VERSIONS}). Run tools/deps.sh for the right one, or try yours with -DCLIPWORK_TORCH_VERSIONS=${series}.")
  endif()
  clipwork_check_torch_libraries("${CLIPWORK_TORCH_DIR}")
  clipwork_check_torch_abi("${CLIPWORK_TORCH_DIR}")

  set(lib "${CLIPWORK_TORCH_DIR}/lib")
  clipwork_torch_build("${CLIPWORK_TORCH_DIR}" CLIPWORK_TORCH_BUILD)
  add_library(clipwork::torch INTERFACE IMPORTED GLOBAL)
  set_target_properties(clipwork::torch PROPERTIES CLIPWORK_BUILD "${CLIPWORK_TORCH_BUILD}")
  target_include_directories(clipwork::torch SYSTEM INTERFACE
    "${CLIPWORK_TORCH_DIR}/include" "${CLIPWORK_TORCH_DIR}/include/torch/csrc/api/include")
  # First in link order, always: a reference BLAS found earlier (OpenCV brings one) would replace LibTorch's own and make every
  # product 34 times slower.
  target_link_options(clipwork::torch INTERFACE
    "LINKER:--push-state,--no-as-needed,${lib}/libtorch_cpu.so,${lib}/libc10.so,--pop-state")
  target_link_libraries(clipwork::torch INTERFACE "${lib}/libtorch_cpu.so" "${lib}/libc10.so" "${clipwork_gomp_library}")
  # Compiled with OpenMP, or at::parallel_for is silently serial; linked with the one runtime that LibTorch uses.
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(clipwork::torch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp=libgomp>)
  else()
    target_compile_options(clipwork::torch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
  endif()
  message(STATUS "LibTorch ${CLIPWORK_TORCH_VERSION} (${CLIPWORK_TORCH_BUILD}): ${CLIPWORK_TORCH_DIR}")
endif()
