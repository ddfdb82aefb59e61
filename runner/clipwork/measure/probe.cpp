#include "measure/probe.h"

#include <clipwork/error.h>
#include <clipwork/host/device.h>
#include <clipwork/host/doctor.h>
#include <clipwork/host/registry.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iomanip>
#include <iostream>
#include <random>
#include <thread>

namespace clipwork::runs {
namespace {

// Standard output belongs to the plugin's own prints, so the page has a way of its own.
constexpr int kPageDescriptor = 3;
constexpr size_t kKeptOutput = 16'384;
constexpr size_t kShownLines = 20;
constexpr size_t kLargestPage = 16 << 20;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw Error(cat("cannot create a pipe (", std::strerror(errno), ")"));
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    close(read);
    close_write();
  }
  void close_write() {
    if (write >= 0) close(write);
    write = -1;
  }
};

/// Reads what is there. False at the end.
bool drain(int descriptor, std::string& text, size_t keep) {
  std::array<char, 65536> buffer;
  ssize_t got = read(descriptor, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR;
  text.append(buffer.data(), static_cast<size_t>(got));
  if (text.size() > keep) text.erase(0, text.size() - keep);
  return got > 0;
}

using Clock = std::chrono::steady_clock;

/// Reads both pipes until the child closes them or time is up.
void listen(const Pipe& output, const Pipe& page, Clock::time_point deadline, std::string& printed,
            std::string& written) {
  std::array<pollfd, 2> open = {pollfd{output.read, POLLIN, 0}, pollfd{page.read, POLLIN, 0}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return;
    if (poll(open.data(), open.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      return;
    if (open[0].revents && !drain(output.read, printed, kKeptOutput)) open[0].fd = -1;
    if (open[1].revents && !drain(page.read, written, kLargestPage)) open[1].fd = -1;
  }
}

/// Waits for the child's end, and ends it when time is up. False where that was necessary.
bool wait_for(pid_t child, Clock::time_point deadline, int& status) {
  bool in_time = true;
  while (waitpid(child, &status, in_time ? WNOHANG : 0) != child) {
    if (in_time && Clock::now() >= deadline) {
      in_time = false;
      kill(child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return in_time;
}

std::string last_lines(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  size_t begin = text.size();
  for (size_t lines = 0; begin > 0 && lines < kShownLines; ++lines) {
    size_t end_of_before = text.rfind('\n', begin - 1);
    begin = end_of_before == text.npos ? 0 : end_of_before;
  }
  return text.substr(begin > 0 ? begin + 1 : 0);
}

/// The page of a check that came to its end, and whether it refuses what was checked.
struct Answer {
  std::string page;
  bool refused = false;
};
using Check = std::function<Answer()>;

/// A word that no plugin writes by accident: the first line of a page.
std::string new_signature() {
  std::random_device random;
  return cat(std::hex, random(), random(), random(), random());
}

bool write_page(const std::string& signature, const std::string& page) {
  const std::string text = cat(signature, "\n", page);
  for (size_t done = 0; done < text.size();) {
    ssize_t put = write(kPageDescriptor, text.data() + done, text.size() - done);
    if (put < 0) return false;
    done += static_cast<size_t>(put);
  }
  return true;
}

/// The child's side: without input or core file.
[[noreturn]] void run_child(const Check& check, const std::string& signature, const Pipe& output,
                            const Pipe& page) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(output.write, STDOUT_FILENO);
  dup2(output.write, STDERR_FILENO);
  // The page must not go to a plugin's own children.
  dup3(page.write, kPageDescriptor, O_CLOEXEC);
  // The parent reports a plugin that calls exit().
  on_exit([](int code, void*) { std::_Exit(code); }, nullptr);
  Answer answer;
  try {
    answer = check();
  } catch (const Error& error) {
    answer = {error.problem(), true};
  }
  const bool written = write_page(signature, answer.page);
  std::cout.flush();
  std::fflush(nullptr);
  const ExitCode code = !written         ? ExitCode::failed
                        : answer.refused ? ExitCode::bad_input
                                         : ExitCode::done;
  // As the program itself ends, without static destructors.
  std::_Exit(static_cast<int>(code));
}

/// Runs `check` in a copy of this process; `doing` says in failures what it does.
Probe probe(const Check& check, const std::string& doing, double seconds) {
  const std::string signature = new_signature();
  Pipe output, page;
  // The copy would print what is still buffered a second time.
  std::cout.flush();
  const pid_t child = fork();
  if (child < 0) throw Error(cat("cannot start a process (", std::strerror(errno), ")"));
  if (child == 0) run_child(check, signature, output, page);
  output.close_write();
  page.close_write();
  std::string printed, written;
  Probe probe;
  auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(seconds));
  listen(output, page, deadline, printed, written);
  int status = 0;
  bool in_time = wait_for(child, deadline, status);
  if (!in_time) {
    probe.failure = cat(doing, " took more than ", seconds, " s");
  } else if (WIFSIGNALED(status)) {
    probe.failure = cat(doing, " ended the process with signal SIG", sigabbrev_np(WTERMSIG(status)),
                        " (", strsignal(WTERMSIG(status)), ")");
  } else if (!written.starts_with(signature + "\n")) {
    probe.failure = cat(doing, " ended the process with exit code ", WEXITSTATUS(status),
                        written.empty() ? "" : " after it wrote an answer of its own");
  }
  probe.refused = !probe.failure.empty() || WEXITSTATUS(status) != 0;
  if (probe.failure.empty()) {
    probe.page = written.substr(signature.size() + 1);
  } else if (!printed.empty()) {
    probe.failure += "; its last output:\n" + last_lines(printed);
  }
  return probe;
}

Answer plugin_answer(const std::string& file, PageForm form) {
  PluginInfo info;
  try {
    info = Registry::instance().load(file);
  } catch (const InputError&) {
    info = Registry::instance().plugins().at(0);
  }
  std::string page = plugin_page(info, form);
  if (form != PageForm::json) {
    std::string components = component_list(Registry::instance().components(), form);
    if (!components.empty()) page += "\n" + components;
  }
  return {page, !info.loaded};
}

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

/// The faults of this process, a line each, after these plugins were loaded.
Answer process_answer(const std::vector<std::string>& files) {
  for (const std::string& file : files) Registry::instance().load(file);
  std::string page;
  for (const Finding& finding : examine_process()) {
    if (finding.state != Finding::State::fault) continue;
    page += cat(one_line(finding.subject), "\t", one_line(finding.text), "\t",
                one_line(finding.advice), "\n");
  }
  return {page};
}

Answer device_answer(const std::string& device) {
  open_device(parse_device(device));
  return {device + " can be used"};
}

}  // namespace

Probe probe_plugin(const std::string& file, PageForm form, double seconds) {
  return probe([&] { return plugin_answer(file, form); }, "loading it", seconds);
}

Probe probe_process(const std::vector<std::string>& files, double seconds) {
  return probe([&] { return process_answer(files); }, "loading all plugins together", seconds);
}

Probe probe_device(const std::string& device, double seconds) {
  return probe([&] { return device_answer(device); }, "using " + device, seconds);
}

}  // namespace clipwork::runs
