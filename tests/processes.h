#pragma once
// Groups of processes: this test program again, with a test that is only for them
// (Process.DISABLED_NAME).

#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "runner/child.h"
#include "support.h"

namespace clipwork::test {

/// A port that nobody listens on.
inline int free_port() {
  int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t length = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(listener);
  return ntohs(address.sin_port);
}

/// Starts a program as a process of a group; what it has to tell goes into `log`.
inline pid_t start_in_group(const std::vector<std::string>& words, int rank, int size, int port,
                            const std::filesystem::path& log) {
  const std::vector<std::pair<const char*, std::string>> variables = {
      {"RANK", std::to_string(rank)},
      {"WORLD_SIZE", std::to_string(size)},
      {"MASTER_PORT", std::to_string(port)},
      {"CLIPWORK_TEST_LOG", log}};
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
  pid_t child = start(words);
  for (const auto& [name, value] : variables) ::unsetenv(name);
  return child;
}

inline pid_t start_process(const std::string& test, int rank, int size, int port,
                           const std::filesystem::path& log) {
  return start_in_group({"/proc/self/exe", "--gtest_also_run_disabled_tests",
                         "--gtest_filter=Process.DISABLED_" + test},
                        rank, size, port, log);
}

/// What a process of a group has to tell.
inline std::filesystem::path log_file() { return environment_path("CLIPWORK_TEST_LOG"); }
inline void tell(const std::string& text) { std::ofstream(log_file(), std::ios::app) << text; }

}  // namespace clipwork::test
