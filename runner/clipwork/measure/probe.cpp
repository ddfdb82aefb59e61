#include "measure/probe.h"
#include <clipwork/host/registry.h>

#include <clipwork/error.h>
#include <clipwork/host/device.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
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

std::string form_name(PageForm form) {
  return form == PageForm::text ? "text" : form == PageForm::markdown ? "markdown" : "json";
}

PageForm form_named(const std::string& name) {
  return name == "text" ? PageForm::text : name == "markdown" ? PageForm::markdown : PageForm::json;
}

pid_t start(const std::vector<std::string>& arguments, const Pipe& output, const Pipe& page) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write, 1);
  posix_spawn_file_actions_adddup2(&actions, output.write, 2);
  posix_spawn_file_actions_adddup2(&actions, page.write, kPageDescriptor);
  std::vector<char*> words;
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  int failure = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure) throw Error(cat("cannot start a process (", std::strerror(failure), ")"));
  return child;
}

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

}  // namespace

namespace {

/// Starts this program anew with these arguments; `doing` says in failures what it does.
Probe probe(const std::vector<std::string>& arguments, const std::string& doing, double seconds) {
  Pipe output, page;
  pid_t child = start(arguments, output, page);
  output.close_write();
  page.close_write();
  std::string printed;
  Probe probe;
  auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(seconds));
  listen(output, page, deadline, printed, probe.page);
  int status = 0;
  bool in_time = wait_for(child, deadline, status);
  if (!in_time) {
    probe.failure = cat(doing, " took more than ", seconds, " s");
  } else if (WIFSIGNALED(status)) {
    probe.failure = cat(doing, " ended the process with signal SIG", sigabbrev_np(WTERMSIG(status)),
                        " (", strsignal(WTERMSIG(status)), ")");
  } else if (probe.page.empty()) {
    probe.failure = cat(doing, " ended the process with exit code ", WEXITSTATUS(status));
  }
  probe.refused = !probe.failure.empty() || WEXITSTATUS(status) != 0;
  if (!probe.failure.empty()) {
    probe.page.clear();
    if (!printed.empty()) probe.failure += "; its last output:\n" + last_lines(printed);
  }
  return probe;
}

bool write_page(const std::string& page) {
  for (size_t done = 0; done < page.size();) {
    ssize_t put = write(kPageDescriptor, page.data() + done, page.size() - done);
    if (put < 0) return false;
    done += static_cast<size_t>(put);
  }
  return true;
}

}  // namespace

Probe probe_plugin(const std::string& file, PageForm form, double seconds) {
  return probe({"clipwork", "inspect", kProbeArgument, form_name(form), file}, "loading it",
               seconds);
}

Probe probe_device(const std::string& device, double seconds) {
  return probe({"clipwork", "doctor", kProbeArgument, device}, "using " + device, seconds);
}

int run_device_probe(const std::string& device) {
  std::string page = device + " can be used";
  ExitCode code = ExitCode::done;
  try {
    open_device(parse_device(device));
  } catch (const Error& error) {
    page = error.problem();
    code = ExitCode::bad_input;
  }
  return static_cast<int>(write_page(page) ? code : ExitCode::failed);
}

int run_probe(const std::vector<std::string>& arguments) {
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The page must not go to a plugin's own children.
  fcntl(kPageDescriptor, F_SETFD, FD_CLOEXEC);
  PageForm form = form_named(arguments.at(0));
  PluginInfo info;
  try {
    info = Registry::instance().load(arguments.at(1));
  } catch (const InputError&) {
    info = Registry::instance().plugins().at(0);
  }
  std::string page = plugin_page(info, form);
  if (form != PageForm::json) {
    std::string components = component_list(Registry::instance().components(), form);
    if (!components.empty()) page += "\n" + components;
  }
  if (!write_page(page)) return static_cast<int>(ExitCode::failed);
  return info.loaded ? 0 : static_cast<int>(ExitCode::bad_input);
}

}  // namespace clipwork::runs
