// Runs the program many times without loading LibTorch, which takes most of a short run: every
// request is carried out by a copy of this process. black_box.py is its client.
//
// A request is a line of words that are separated by tabs: the file that takes what is printed,
// then the program's arguments. The answer is a line: the status as wait() gives it, seconds of
// processor time, and the largest resident memory in KB.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/process_settings.h"
#include "cli/program.h"

namespace {

struct Limits {
  rlim_t cpu_seconds;
  unsigned wall_seconds;
  rlim_t address_space;  ///< bytes
};

void limit(int resource, rlim_t most) {
  const rlimit both{most, most};
  setrlimit(resource, &both);
}

void redirect(int stream, const char* path, int flags) {
  const int file = open(path, flags, 0600);
  if (file < 0 || dup2(file, stream) < 0) {
    std::perror(path);
    std::_Exit(127);
  }
  close(file);
}

[[noreturn]] void run(const std::string& output, const std::vector<std::string>& arguments,
                      const Limits& limits) {
  redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
  redirect(STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
  dup2(STDOUT_FILENO, STDERR_FILENO);
  limit(RLIMIT_CPU, limits.cpu_seconds);
  limit(RLIMIT_AS, limits.address_space);
  limit(RLIMIT_CORE, 0);
  alarm(limits.wall_seconds);
  const int code = clipwork::cli::run_program(arguments);
  // LibTorch's destructors take half of a short run.
  std::_Exit(code);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: program_server CPU_SECONDS WALL_SECONDS ADDRESS_SPACE_KB\n";
    return 2;
  }
  const Limits limits{std::stoul(argv[1]), static_cast<unsigned>(std::stoul(argv[2])),
                      std::stoul(argv[3]) << 10};
  clipwork::cli::prepare_process();
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream request(line);
    std::string output;
    std::getline(request, output, '\t');
    std::vector<std::string> arguments;
    for (std::string word; std::getline(request, word, '\t');) arguments.push_back(word);

    const pid_t child = fork();
    if (child == 0) run(output, arguments, limits);
    int status = 0;
    rusage usage{};
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
      std::perror("program_server");
      return 1;
    }
    std::cout << status << " " << seconds(usage.ru_utime) + seconds(usage.ru_stime) << " "
              << usage.ru_maxrss << std::endl;
  }
}
