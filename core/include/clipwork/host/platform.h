#pragma once
// The machine of this process, and the shared libraries in it.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// The shared libraries in this process, in the order in which they were loaded; absolute paths.
std::vector<std::string> loaded_libraries();

/// The folder of libclipwork.so, links resolved: what an installation brings is found from there.
std::filesystem::path library_folder();

/// Those of them that are OpenMP runtimes. Two of them have two sets of threads, and hang or
/// compute wrong numbers.
std::vector<std::string> openmp_runtimes();

/// True if a file name is that of an OpenMP runtime: "libgomp.so.1", "libiomp5.so".
bool is_openmp_runtime(std::string_view file_name);

/// The name of the processor, "unknown" where the system does not tell.
std::string processor_name();

/// The name of the machine, "unknown" where the system does not tell.
std::string host_name();

}  // namespace clipwork
