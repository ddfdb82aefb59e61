#include "kernels/gpu/gpu_kernels.h"

#include <clipwork/host/log.h>
#include <clipwork/host/platform.h>
#include <dlfcn.h>

#include <filesystem>

namespace clipwork::gpu {

namespace {

constexpr const char* kLibrary = "libclipwork_cuda.so";
constexpr const char* kFunction = "clipwork_gpu_kernels";

const Kernels* find_kernels() {
  // A library that the program already has comes first, as in tests without a GPU.
  void* function = dlsym(RTLD_DEFAULT, kFunction);
  if (!function) {
    const std::filesystem::path file = library_folder() / kLibrary;
    if (!std::filesystem::exists(file)) return nullptr;
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    function = library ? dlsym(library, kFunction) : nullptr;
    if (!function) {
      const char* reason = dlerror();
      log_warn("running without GPU kernels: ", file.string(),
               " cannot be loaded: ", reason ? reason : "unknown");
      return nullptr;
    }
  }
  return reinterpret_cast<decltype(&clipwork_gpu_kernels)>(function)();
}

}  // namespace

const Kernels* kernels() {
  static const Kernels* const found = find_kernels();
  return found;
}

}  // namespace clipwork::gpu
