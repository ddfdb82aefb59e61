#include "base/threads.h"

#include <ATen/Parallel.h>
#include <clipwork/host/threads.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "base/openmp_defaults.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

/// Processors of the affinity mask.
std::vector<int> allowed_processors() {
  // Large enough for every kernel: NR_CPUS is at most 8192.
  constexpr int kMostProcessors = 8192;
  std::vector<int> processors;
  cpu_set_t* set = CPU_ALLOC(kMostProcessors);
  const size_t size = CPU_ALLOC_SIZE(kMostProcessors);
  if (::sched_getaffinity(0, size, set) == 0) {
    for (int i = 0; i < kMostProcessors; ++i) {
      if (CPU_ISSET_S(static_cast<size_t>(i), size, set)) processors.push_back(i);
    }
  }
  CPU_FREE(set);
  return processors;
}

/// The first line of a file; empty where it cannot be read.
std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// True if `word` is one of the words that commas separate.
bool lists(std::string_view words, std::string_view word) {
  while (true) {
    const size_t comma = words.find(',');
    if (words.substr(0, comma) == word) return true;
    if (comma == words.npos) return false;
    words.remove_prefix(comma + 1);
  }
}

/// The processor time that a group grants, in processors; none where it sets no limit.
std::optional<double> quota_of(const fs::path& group, bool unified) {
  double quota = 0, period = 0;
  if (unified) {
    std::istringstream(first_line(group / "cpu.max")) >> quota >> period;  // "max" is no number
  } else {
    std::istringstream(first_line(group / "cpu.cfs_quota_us")) >> quota;  // -1: no limit
    std::istringstream(first_line(group / "cpu.cfs_period_us")) >> period;
  }
  if (quota <= 0 || period <= 0) return {};
  return quota / period;
}

/// A hierarchy of control groups that limits processor time, as mounted.
struct Hierarchy {
  bool unified = false;  ///< version 2
  std::string root;      ///< the group that is mounted
  std::string mounted;   ///< where
};

std::vector<Hierarchy> hierarchies(const fs::path& root) {
  std::vector<Hierarchy> found;
  std::ifstream stream(root / "proc/self/mountinfo");
  for (std::string line; std::getline(stream, line);) {
    // ID PARENT DEVICE ROOT MOUNTED OPTIONS [FIELDS...] - TYPE SOURCE OPTIONS
    std::istringstream words(line);
    std::string skipped, type, options;
    Hierarchy one;
    words >> skipped >> skipped >> skipped >> one.root >> one.mounted;
    while (words >> skipped && skipped != "-") continue;
    words >> type >> skipped >> options;
    one.unified = type == "cgroup2";
    if (one.unified || (type == "cgroup" && lists(options, "cpu"))) found.push_back(one);
  }
  return found;
}

/// The path of this process's group in a hierarchy.
std::string group_of_process(const Hierarchy& hierarchy, const fs::path& root) {
  std::ifstream stream(root / "proc/self/cgroup");
  for (std::string line; std::getline(stream, line);) {
    // NUMBER:CONTROLLERS:PATH, without controllers in version 2
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (hierarchy.unified ? controllers.empty() : lists(controllers, "cpu")) {
      return line.substr(second + 1);
    }
  }
  return "/";
}

/// The least quota of the process's group and of those above it.
std::optional<double> quota_of_process(const Hierarchy& hierarchy, const fs::path& root) {
  std::string group = group_of_process(hierarchy, root);
  // In a container, a part of the hierarchy may be mounted, while the path counts from its top.
  if (hierarchy.root != "/" && group.starts_with(hierarchy.root)) {
    group.erase(0, hierarchy.root.size());
  }
  const fs::path top = root / fs::path(hierarchy.mounted).relative_path();
  fs::path inside = fs::path(group).relative_path();
  std::optional<double> least;
  while (true) {
    const std::optional<double> quota = quota_of(top / inside, hierarchy.unified);
    if (quota && (!least || *quota < *least)) least = quota;
    if (inside.empty()) return least;
    inside = inside.parent_path();
  }
}

}  // namespace

int usable_cores(const std::vector<int>& processors, const fs::path& root) {
  std::set<std::string> cores;
  for (const int processor : processors) {
    const std::string number = std::to_string(processor);
    const fs::path siblings =
        root / ("sys/devices/system/cpu/cpu" + number + "/topology/thread_siblings_list");
    const std::string core = first_line(siblings);
    cores.insert(core.empty() ? number : core);
  }
  double usable = std::max<double>(1, static_cast<double>(cores.size()));
  for (const Hierarchy& hierarchy : hierarchies(root)) {
    if (const auto quota = quota_of_process(hierarchy, root)) {
      usable = std::min(usable, std::max(1.0, std::ceil(*quota)));
    }
  }
  return static_cast<int>(usable);
}

int usable_cores() { return usable_cores(allowed_processors(), "/"); }

int automatic_threads() {
  const int threads = at::get_num_threads();
  if (std::getenv("OMP_NUM_THREADS") || std::getenv("MKL_NUM_THREADS")) return threads;
  return std::min(threads, usable_cores());
}

bool chose_spin_count() { return clipwork_chose_spin_count; }

}  // namespace clipwork
