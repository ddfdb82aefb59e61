# libclipwork_cuda.so: kernels for NVIDIA GPUs, compiled by the CUDA Toolkit where it is. nvcc is called directly, because
# CMake 3.25 has no C++20 for nvcc 13.
set(CLIPWORK_CUDA AUTO CACHE STRING "Build the kernels for NVIDIA GPUs: AUTO (if nvcc is found), ON, OFF")
set_property(CACHE CLIPWORK_CUDA PROPERTY STRINGS AUTO ON OFF)
# Code for 8.0 also runs on 8.6 and 8.9; on GPUs that are newer than all of these, the driver compiles the last one's PTX.
set(CLIPWORK_CUDA_ARCHITECTURES 80 90 100 CACHE STRING "Compute capabilities that kernels are compiled for")
if(NOT CLIPWORK_CUDA)
  return()
endif()
find_program(CLIPWORK_NVCC nvcc HINTS ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
if(NOT CLIPWORK_NVCC)
  if(NOT CLIPWORK_CUDA STREQUAL AUTO)
    message(FATAL_ERROR "CLIPWORK_CUDA is ${CLIPWORK_CUDA}, but nvcc was not found: install the CUDA Toolkit and set CUDA_HOME to its folder")
  endif()
  return()
endif()
file(REAL_PATH ${CLIPWORK_NVCC} nvcc)
cmake_path(GET nvcc PARENT_PATH clipwork_cuda_folder)
cmake_path(GET clipwork_cuda_folder PARENT_PATH clipwork_cuda_folder)
find_library(CLIPWORK_CUDART cudart HINTS ${clipwork_cuda_folder} PATH_SUFFIXES lib64 lib REQUIRED)

foreach(architecture IN LISTS CLIPWORK_CUDA_ARCHITECTURES)
  list(APPEND architectures -gencode arch=compute_${architecture},code=sm_${architecture})
endforeach()
list(GET CLIPWORK_CUDA_ARCHITECTURES -1 newest)
list(APPEND architectures -gencode arch=compute_${newest},code=compute_${newest})
set(objects)
file(GLOB kernels CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/src/kernels/gpu/*.cu)
foreach(source IN LISTS kernels)
  cmake_path(GET source STEM name)
  set(object ${CMAKE_BINARY_DIR}/core/gpu/${name}.o)
  # A kernel that spills registers does not compile.
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${nvcc} -std=c++20 -O3 -Xcompiler=-fPIC,-Wall,-Wextra,-Werror
      -Xptxas=--warn-on-spills -Werror all-warnings ${architectures} -I${CMAKE_SOURCE_DIR}/core/src -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
  list(APPEND objects ${object})
endforeach()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/core/gpu)
add_library(clipwork_cuda SHARED ${objects})
# The CUDA runtime is the one that LibTorch has loaded.
target_link_libraries(clipwork_cuda PRIVATE ${CLIPWORK_CUDART})
target_link_options(clipwork_cuda PRIVATE LINKER:-z,defs)
set_target_properties(clipwork_cuda PROPERTIES LINKER_LANGUAGE CXX INSTALL_RPATH ""
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR})
install(TARGETS clipwork_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
