#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <clipwork/error.h>
#include <clipwork/host/device.h>
#include <clipwork/host/platform.h>
#include <dlfcn.h>

#include <charconv>
#include <filesystem>
#include <string>

namespace clipwork {

namespace {
namespace fs = std::filesystem;

constexpr const char* kCudaLibrary = "libtorch_cuda.so";
constexpr const char* kOnCpu = "use --device cpu";

std::string torch_folder() {
  for (const std::string& library : loaded_libraries()) {
    if (fs::path(library).filename() == "libtorch_cpu.so") {
      return fs::path(library).parent_path().string();
    }
  }
  return {};
}

/// True if LibTorch's CUDA library is loaded. This query does not make LibTorch cache the answer.
bool cuda_is_loaded() { return at::CUDAHooksRegistry()->Has("CUDAHooks"); }

void load_cuda(const std::string& where) {
  const fs::path library = fs::path(torch_folder()) / kCudaLibrary;
  if (!fs::exists(library)) {
    throw InputError(
        cat("this LibTorch has no CUDA support: ", library.string(), " is missing"), where,
        cat("install LibTorch with CUDA and set CLIPWORK_TORCH to its folder when building, or ",
            kOnCpu));
  }
  // Global: LibTorch's other CUDA libraries look for its symbols.
  if (!dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL)) {
    const char* reason = dlerror();
    throw InputError(cat("LibTorch's CUDA library cannot be loaded: ", reason ? reason : "unknown"),
                     where, cat("install the missing library, or ", kOnCpu));
  }
}

}  // namespace

c10::Device parse_device(std::string_view name) {
  if (name == "cpu") return {c10::kCPU};
  if (name == "cuda") return {c10::kCUDA, 0};
  constexpr std::string_view kNumbered = "cuda:";
  if (name.starts_with(kNumbered)) {
    const char *first = name.data() + kNumbered.size(), *last = name.data() + name.size();
    int index = -1;
    const auto [end, error] = std::from_chars(first, last, index);
    if (error == std::errc() && end == last && index >= 0 && index < 128) {
      return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
    }
  }
  throw InputError(cat("'", name, "' is not a device"), {}, "write cpu, cuda, cuda:0, cuda:1, ...");
}

void open_device(c10::Device device) {
  if (device.is_cpu()) return;
  const std::string where = cat("device ", device.str());
  if (!cuda_is_loaded()) load_cuda(where);
  const int count = at::detail::getCUDAHooks().deviceCount();
  if (count == 0) {
    throw InputError("no NVIDIA GPU was found, or its driver is not installed", where, kOnCpu);
  }
  if (device.index() >= count) {
    throw InputError(
        cat("there ", count == 1 ? "is one GPU" : cat("are ", count, " GPUs"), ", numbered from 0"),
        where, cat("use cuda:0", count > 1 ? cat(" to cuda:", count - 1) : ""));
  }
}

void allow_tf32(bool allowed) { at::globalContext().setAllowTF32CuDNN(allowed); }

}  // namespace clipwork
