#pragma once
// A program that is interrupted while it runs.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace clipwork::test {

/// Starts a program without output, its standard input from `input` (-1: none).
inline pid_t start(std::vector<std::string> words, int input = -1) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input >= 0) {
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  ::posix_spawn(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

/// Waits until `ready` holds, for a minute at most.
inline void wait_until(const std::function<bool()>& ready) {
  for (int tries = 0; tries < 6000 && !ready(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// Waits for a program's end. Gives its exit code, or 128 and the signal that ended it.
inline int exit_code(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Starts a program and presses Ctrl-C when `ready` holds. Gives what waitpid gave.
inline int interrupted(const std::vector<std::string>& words, const std::function<bool()>& ready) {
  const pid_t child = start(words);
  if (child < 0) return -1;
  wait_until(ready);
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace clipwork::test
