#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/error.h>
#include <clipwork/host/doctor.h>
#include <clipwork/host/platform.h>
#include <clipwork/host/threads.h>
#include <clipwork/parallel.h>
#include <clipwork/read_file.h>
#include <clipwork/text.h>
#include <clipwork/version.h>
#include <dlfcn.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

#include "elf_file.h"
#include "note.h"

namespace fs = std::filesystem;

namespace clipwork {
namespace {

constexpr double kSlowProduct =
    20;  // GFLOP/s of one core; LibTorch's own BLAS reaches 30 on old machines, a reference BLAS 5

struct Variable {
  const char *name, *effect;
};
constexpr Variable kVariables[] = {
    {"CLIPWORK_PLUGIN_PATH", "folders that are searched for plugins"},
    {"CLIPWORK_PLUGIN_LOCK", "the file that lists all plugins that may be loaded"},
    {"CLIPWORK_TORCH", "the LibTorch that programs and builds use"},
    {"CLIPWORK_DEPS_DIR", "the folder in which LibTorch is stored"},
    {"OMP_NUM_THREADS", "threads of the models"},
    {"OMP_WAIT_POLICY", "how idle threads wait"},
    {"GOMP_SPINCOUNT", "how long idle threads spin before they sleep"},
    {"MKL_NUM_THREADS", "threads of matrix products"},
    {"ATEN_CPU_CAPABILITY", "which processor instructions LibTorch uses"},
    {"ONEDNN_MAX_CPU_ISA", "which processor instructions convolutions use"},
    {"MKL_ENABLE_INSTRUCTIONS", "which processor instructions matrix products use"},
    {"MALLOC_ARENA_MAX", "how many memory arenas threads may use"},
    {"LD_LIBRARY_PATH", "where libraries are searched for before this program's own folders"},
    {"LD_PRELOAD", "libraries that are loaded before all others"},
    {"CUDA_VISIBLE_DEVICES", "which GPUs are visible"},
    {"TMPDIR", "where temporary files of long videos go"},
};

Finding torch_finding() {
  Finding finding{Finding::State::good, "LibTorch", {}, {}};
  uint64_t loaded = aoti_torch_abi_version(), built = TORCH_ABI_VERSION;
  auto version = [](uint64_t abi) {
    return cat(abi >> 56, '.', abi >> 48 & 0xff, '.', abi >> 40 & 0xff);
  };
  std::string folder = "an unknown folder";
  for (const std::string& library : loaded_libraries()) {
    if (fs::path(library).filename() == "libtorch_cpu.so")
      folder = fs::path(library).parent_path().string();
  }
  finding.text = cat(version(loaded), " (", own_note().torch_build, ") in ", folder);
  if (loaded != built) {
    finding.state = Finding::State::fault;
    finding.text += cat("; this program was built with ", version(built));
    finding.advice =
        "remove the other LibTorch from LD_LIBRARY_PATH, or set CLIPWORK_TORCH to it and rebuild";
  }
  return finding;
}

Finding openmp_finding() {
  std::vector<std::string> runtimes = openmp_runtimes();
  Finding finding{Finding::State::good, "OpenMP", join(runtimes), {}};
  if (runtimes.size() != 1) {
    finding.state = Finding::State::fault;
    finding.text = cat(runtimes.size(), " runtimes in the process: ", finding.text);
    finding.advice =
        "there must be exactly one; link plugins and their libraries with the one that LibTorch "
        "uses";
  }
  return finding;
}

/// The first library of the program. An installed program links none of LibTorch: it loads LibTorch
/// and then the rest.
std::string first_linked() {
  const std::string first = first_needed("/proc/self/exe");
  const auto is_named = [](const char* name) {
    return [name](const std::string& path) { return fs::path(path).filename() == name; };
  };
  const std::vector<std::string> loaded = loaded_libraries();
  const auto torch = std::ranges::find_if(loaded, is_named("libtorch_cpu.so"));
  const auto core = std::ranges::find_if(loaded, is_named("libclipwork.so"));
  return first.starts_with("libstdc++") && torch < core ? "libtorch_cpu.so" : first;
}

Finding link_order_finding() {
  Finding finding{Finding::State::good, "link order", {}, {}};
  const std::string first = first_linked();
  finding.text = first + " is the program's first library";
  // A sanitizer's runtime must stand before everything.
  if (!first.starts_with("libtorch_cpu") && !first.starts_with("libasan")) {
    finding.state = Finding::State::fault;
    finding.advice =
        "link LibTorch first (the target clipwork::torch does), or another library's BLAS replaces "
        "LibTorch's";
  }
  return finding;
}

Finding product_finding() {
  double speed = matrix_product_speed();
  std::string library = matrix_product_library();
  Finding finding{
      Finding::State::good, "matrix product", cat(std::lround(speed), " GFLOP/s on one core"), {}};
  if (!library.empty() && !fs::path(library).filename().string().starts_with("libtorch")) {
    finding.state = Finding::State::fault;
    finding.text += cat(", computed by ", library, " instead of LibTorch's own library");
    finding.advice =
        "it is found before LibTorch's: link LibTorch first, and remove the library from "
        "LD_PRELOAD";
  } else if (speed < kSlowProduct) {
    finding.state = Finding::State::fault;
    finding.text += cat("; expected at least ", kSlowProduct);
    finding.advice =
        "if the machine is idle, something replaces LibTorch's linear algebra or slows the "
        "processor down";
  }
  return finding;
}

/// Threads that a loop really runs on.
size_t threads_used() {
  std::mutex lock;
  std::set<std::thread::id> threads;
  parallel_for(0, 1024, 1, [&](int64_t, int64_t) {
    std::lock_guard guard(lock);
    threads.insert(std::this_thread::get_id());
  });
  return threads.size();
}

Finding threads_finding() {
  auto cores = static_cast<size_t>(usable_cores());
  auto wanted = static_cast<size_t>(at::get_num_threads());
  size_t used = threads_used();
  Finding finding{Finding::State::good,
                  "threads",
                  cat(used, " used, ", cores, " usable cores, ",
                      std::thread::hardware_concurrency(), " processors"),
                  {}};
  if (used < wanted) {
    finding.state = Finding::State::fault;
    finding.text = cat("loops run on ", used, " thread, expected ", wanted);
    finding.advice = "Clipwork was compiled without OpenMP: build it with its own CMake files";
  } else if (used < cores && !std::getenv("OMP_NUM_THREADS")) {
    finding.state = Finding::State::remark;
  }
  return finding;
}

Finding processor_finding() {
  Finding finding{Finding::State::good, "processor", {}, {}};
#if defined(__x86_64__)
  std::string features;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) features += " avx2";
  if (__builtin_cpu_supports("avx512f")) features += " avx512f";
  if (__builtin_cpu_supports("avx512vnni")) features += " avx512_vnni";
  if (__builtin_cpu_supports("avx512bf16")) features += " avx512_bf16";
  finding.text = "x86-64," + (features.empty() ? " without AVX2: slow" : features);
  if (features.empty()) finding.state = Finding::State::remark;
#else
  finding.text = "not x86-64: only the plain kernels are available";
  finding.state = Finding::State::remark;
#endif
  return finding;
}

Finding cache_finding() {
  const char* capacity = std::getenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY");
  if (capacity)
    return {
        Finding::State::good, "convolution cache", cat("limited to ", capacity, " entries"), {}};
  return {Finding::State::remark, "convolution cache",
          "unlimited: memory grows with every new frame size",
          "set ONEDNN_PRIMITIVE_CACHE_CAPACITY=32 before the program starts"};
}

}  // namespace

double matrix_product_speed() {
  auto thread_seconds = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  c10::InferenceMode inference;
  constexpr int64_t kSide = 1024;
  int threads = at::get_num_threads();
  at::set_num_threads(1);
  at::Tensor a = at::full({kSide, kSide}, 0.5), b = at::full({kSide, kSide}, 0.25);
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    // Time of this thread alone, so that other work on the machine does not count.
    double start = thread_seconds();
    at::mm(a, b);
    best = std::max(best, 2e-9 * kSide * kSide * kSide / (thread_seconds() - start));
  }
  at::set_num_threads(threads);
  return best;
}

std::string matrix_product_library() {
  void* function = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  return function && dladdr(function, &info) && info.dli_fname ? info.dli_fname : std::string();
}

std::string first_needed(const std::string& file) {
  const std::string bytes = read_file(file);
  const ElfFile elf =
      read_elf({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
  return elf.needed.empty() ? std::string() : std::string(elf.needed[0]);
}

std::vector<Finding> examine_process() {
  std::vector<Finding> findings = {
      {Finding::State::good,
       "Clipwork",
       cat(CLIPWORK_VERSION, ", plugin ABI ", kAbiNumber, ", layout ", std::hex,
           own_note().layout_hash(), ", ", own_note().compiler),
       {}},
      torch_finding(),
      openmp_finding(),
      link_order_finding(),
      product_finding(),
      threads_finding(),
      processor_finding(),
      cache_finding(),
  };
  for (const Variable& variable : kVariables) {
    if (chose_spin_count() && std::string_view(variable.name) == "GOMP_SPINCOUNT") continue;
    if (const char* value = std::getenv(variable.name)) {
      findings.push_back({Finding::State::remark,
                          "environment",
                          cat(variable.name, "=", value, " (", variable.effect, ")"),
                          {}});
    }
  }
  return findings;
}

}  // namespace clipwork
