# Python and its PyTorch: a process has one LibTorch, so the library is built with PyTorch's unless CLIPWORK_TORCH names another copy of it.
# pip builds in an environment of its own, which hides PyTorch from `import`, but not the folder that it is installed in.
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Module)
set(CLIPWORK_PYTHON_TORCH "${Python_SITEARCH}/torch")
if(NOT EXISTS "${CLIPWORK_PYTHON_TORCH}/lib/libtorch_python.so")
  execute_process(COMMAND "${Python_EXECUTABLE}" -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE CLIPWORK_PYTHON_TORCH OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT EXISTS "${CLIPWORK_PYTHON_TORCH}/lib/libtorch_python.so")
  message(FATAL_ERROR "${Python_EXECUTABLE} has no PyTorch, which the Python package is built with. Install it first: "
    "pip install torch==2.11.*")
endif()
if(NOT CLIPWORK_TORCH AND NOT DEFINED ENV{CLIPWORK_TORCH})
  set(CLIPWORK_TORCH "${CLIPWORK_PYTHON_TORCH}")
endif()
