#include <clipwork/error.h>
#include <clipwork/host/platform.h>
#include <clipwork/output_file.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>

namespace clipwork {
namespace fs = std::filesystem;
namespace {

constexpr size_t kBuffer = 1 << 18;
constexpr std::string_view kMark = ".clipwork-";

/// Names of temporaries are ".clipwork-HOST-PID-N.EXTENSION": a process number says nothing on
/// another machine that shares the folder.
std::string host_mark() {
  uint32_t hash = 2166136261u;
  for (const char c : host_name()) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  char text[9];
  std::snprintf(text, sizeof text, "%08x", hash);
  return cat(kMark, text, "-");
}

std::string temporary_name(const fs::path& extension) {
  static std::atomic<uint64_t> count{0};
  return cat(host_mark(), ::getpid(), "-", count++, extension.string());
}

/// Removes what processes that are gone left in `folder`; looks once a folder.
void remove_stale(const fs::path& folder) {
  static std::mutex mutex;
  // Never destroyed: exit() in a plugin writes a run's state after the destructors of statics.
  static auto& seen = *new std::set<fs::path>;
  std::lock_guard lock(mutex);
  std::error_code problem, ignored;
  // One spelling a folder: looked at again, this process's own files would seem to be stale.
  fs::path real = fs::canonical(folder, problem);
  if (problem || !seen.insert(real).second) return;
  const std::string mark = host_mark();
  for (fs::directory_iterator at(real, problem), end; !problem && at != end;
       at.increment(problem)) {
    std::string name = at->path().filename().string();
    if (!name.starts_with(mark)) continue;
    pid_t pid = 0;
    auto [rest, error] = std::from_chars(name.data() + mark.size(), name.data() + name.size(), pid);
    if (error != std::errc() || *rest != '-' || pid <= 0) continue;
    // This process has written nothing here yet: its number was another's before.
    bool gone = pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH);
    if (gone) fs::remove(at->path(), ignored);
  }
}

/// Calls again what a signal interrupted.
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

void ignore_size_signal() {
  // By default a file size limit ends the process; ignored, the write fails like any other.
  struct sigaction now {};
  if (::sigaction(SIGXFSZ, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
    std::signal(SIGXFSZ, SIG_IGN);
  }
}

}  // namespace

OutputFile::OutputFile(fs::path file) : file_(std::move(file)) {
  std::error_code ignored;
  // Behind a link, the file that it names is replaced and not the link.
  if (fs::is_symlink(file_, ignored) && fs::exists(file_, ignored)) {
    file_ = fs::canonical(file_);
  }
  auto status = fs::status(file_, ignored);
  if (file_.filename().empty() || fs::is_directory(status)) fail(EISDIR);
  direct_ = fs::exists(status) && !fs::is_regular_file(status);
  static std::once_flag once;
  std::call_once(once, ignore_size_signal);

  if (direct_) {
    temporary_ = file_;
    descriptor_ = retried([&] { return ::open(file_.c_str(), O_WRONLY | O_CLOEXEC); });
  } else {
    fs::path folder = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
    fs::create_directories(folder, ignored);
    remove_stale(folder);
    temporary_ = folder / temporary_name(file_.extension());
    descriptor_ = retried(
        [&] { return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  }
  if (descriptor_ < 0) fail(errno);
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!direct_) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  if (descriptor_ < 0) throw Error("write after the file was finished", file_.string());
  if (buffer_.size() + bytes.size() > kBuffer) flush();
  if (bytes.size() > kBuffer) {
    put(bytes.data(), bytes.size());
  } else {
    buffer_ += bytes;
  }
}

void OutputFile::flush() {
  put(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void OutputFile::put(const char* bytes, size_t count) {
  while (count > 0) {
    ssize_t written = retried([&] { return ::write(descriptor_, bytes, count); });
    if (written <= 0) fail(written < 0 ? errno : EIO);
    bytes += written;
    count -= static_cast<size_t>(written);
  }
}

void OutputFile::commit() {
  if (descriptor_ < 0) throw Error("the file was finished twice", file_.string());
  flush();
  // Pipes and terminals have nothing to bring to a disk.
  if (!direct_ && retried([&] { return ::fsync(descriptor_); }) != 0) fail(errno);
  if (!direct_ && ::rename(temporary_.c_str(), file_.c_str()) != 0) fail(errno);
  int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0 && errno != EINTR) fail(errno);
  if (direct_) return;

  fs::path folder = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
  int handle = retried([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  // A folder that may be written but not read cannot be synchronised; its files are complete.
  if (handle < 0) return;
  int synced = retried([&] { return ::fsync(handle); });
  int cause = errno;
  ::close(handle);
  if (synced != 0 && cause != EINVAL) fail(cause);
}

void OutputFile::fail(int cause) const {
  std::string advice;
  if (cause == ENOSPC) advice = "free some space on that disk";
  if (cause == EISDIR) advice = "this is a folder; give the name of a file";
  throw Error(cat("cannot be written: ", std::strerror(cause)), file_.string(), advice);
}

void write_file(const fs::path& file, std::string_view content) {
  OutputFile output(file);
  output.write(content);
  output.commit();
}

}  // namespace clipwork
