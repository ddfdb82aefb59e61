#include <clipwork/host/platform.h>
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace clipwork {

std::vector<std::string> loaded_libraries() {
  std::vector<std::string> libraries;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        // The program itself has an empty name, the kernel's own library one without a folder.
        std::string name = info->dlpi_name;
        if (name.starts_with('/')) static_cast<std::vector<std::string>*>(out)->push_back(name);
        return 0;
      },
      &libraries);
  return libraries;
}

std::filesystem::path library_folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&library_folder), &info) || !info.dli_fname) return {};
  std::error_code unknown;
  return std::filesystem::canonical(info.dli_fname, unknown).parent_path();
}

bool is_openmp_runtime(std::string_view file_name) {
  return file_name.starts_with("libgomp") || file_name.starts_with("libiomp") ||
         file_name.starts_with("libomp");
}

std::vector<std::string> openmp_runtimes() {
  std::vector<std::string> runtimes;
  for (const std::string& library : loaded_libraries()) {
    if (is_openmp_runtime(std::filesystem::path(library).filename().string()))
      runtimes.push_back(library);
  }
  return runtimes;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace clipwork
