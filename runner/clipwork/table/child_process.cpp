#include "table/child_process.h"

#include <clipwork/error.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace clipwork::table {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

constexpr int kCannotRun = 127;

/// What the child does between `fork` and `exec`: only calls that are safe there.
[[noreturn]] void become(char** words, int input, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before it could be told.
  if (::getppid() == parent) ::execv("/proc/self/exe", words);
  ::_exit(kCannotRun);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::filesystem::path& log) {
  const Descriptor input{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const Descriptor output{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
  if (input.number < 0 || output.number < 0) {
    throw Error(cat("cannot be written: ", std::strerror(errno)), log.string());
  }
  std::vector<std::string> words = {"clipwork"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(pointers.data(), input.number, output.number, parent);
  if (process_ < 0) throw Error(cat("cannot start a process: ", std::strerror(errno)));
}

ChildProcess::~ChildProcess() {
  if (poll()) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

std::optional<int> ChildProcess::poll() {
  int status = 0;
  if (!code_ && ::waitpid(process_, &status, WNOHANG) == process_) {
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return code_;
}

void ChildProcess::interrupt() {
  if (!poll()) ::kill(process_, SIGTERM);
}

}  // namespace clipwork::table
