#include "table/job_lock.h"

#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/json.h>
#include <clipwork/host/json_document.h>
#include <clipwork/host/platform.h>
#include <clipwork/read_file.h>
#include <fcntl.h>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLockFile = "lock";
constexpr std::chrono::minutes kStale(10);

std::string first_line(const char* file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// The machine and, in containers, the part of it whose processes this one can see.
std::string machine() {
  std::error_code failed;
  return cat(host_name(), " ", first_line("/proc/sys/kernel/random/boot_id"), " ",
             fs::read_symlink("/proc/self/ns/pid", failed).string());
}

/// When a process began, in the kernel's ticks; 0 where it has ended.
int64_t start_of(int64_t process) {
  const std::string line = first_line(cat("/proc/", process, "/stat").c_str());
  // The name, in brackets, may hold spaces.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= line.size()) return 0;
  const char state = line[name_end + 2];
  if (state == 'Z' || state == 'X') return 0;
  std::istringstream fields(line.substr(name_end + 2));
  std::string field;
  constexpr int kStartField = 22, kStateField = 3;
  for (int i = kStateField; i <= kStartField; ++i) fields >> field;
  return std::strtoll(field.c_str(), nullptr, 10);
}

struct Owner {
  std::string host, machine, token;
  int64_t process = 0, start = 0;
};

std::string text_of(const Owner& owner) {
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  json.member("host", owner.host);
  json.member("process", owner.process);
  json.member("start", owner.start);
  json.member("machine", owner.machine);
  json.member("token", owner.token);
  json.end_object();
  return json.take() + "\n";
}

/// None where there is no lock file, or it is not whole (yet).
std::optional<Owner> read_owner(const fs::path& file) {
  rapidjson::Document json;
  try {
    if (parse_json(read_file(file), json) || !json.IsObject()) return {};
  } catch (const InputError&) {
    return {};
  }
  Owner owner;
  for (const auto& [key, text] :
       {std::pair{"host", &owner.host}, {"machine", &owner.machine}, {"token", &owner.token}}) {
    if (!json.HasMember(key) || !json[key].IsString()) return {};
    *text = json[key].GetString();
  }
  for (const auto& [key, number] :
       {std::pair{"process", &owner.process}, {"start", &owner.start}}) {
    if (!json.HasMember(key) || !json[key].IsInt64()) return {};
    *number = json[key].GetInt64();
  }
  return owner;
}

Owner this_process() {
  static std::atomic<int64_t> count = 0;
  Owner owner{host_name(), machine(), {}, ::getpid(), 0};
  owner.start = start_of(owner.process);
  owner.token = sha256(cat(owner.machine, " ", owner.process, " ", owner.start, " ", ++count, " ",
                           std::chrono::system_clock::now().time_since_epoch().count()))
                    .substr(0, 16);
  return owner;
}

[[noreturn]] void fail(const fs::path& file) {
  throw Error(cat("cannot be written: ", std::strerror(errno)), file.string());
}

/// Makes a file that must not be there yet; false where it is.
bool create(const fs::path& file, const std::string& text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno == EEXIST) return false;
  const bool written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) ==
                                              static_cast<ssize_t>(text.size());
  if (descriptor >= 0 && ::close(descriptor) == 0 && written) return true;
  fail(file);
}

/// Time since a file was changed. The clock is that of the folder's file system: the clocks of
/// machines differ.
fs::file_time_type::duration age_of(const fs::path& file, const fs::path& newer) {
  std::error_code failed;
  const auto then = fs::last_write_time(file, failed), now = fs::last_write_time(newer, failed);
  return failed ? fs::file_time_type::duration::zero() : now - then;
}

/// A file that was just made, to tell the time by.
class TimeFile {
 public:
  explicit TimeFile(fs::path file) : file_(std::move(file)) { create(file_, ""); }
  ~TimeFile() {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
  TimeFile(const TimeFile&) = delete;
  TimeFile& operator=(const TimeFile&) = delete;
  const fs::path& path() const { return file_; }

 private:
  fs::path file_;
};

bool is_stale(const fs::path& file, const TimeFile& now) {
  return age_of(file, now.path()) > kStale;
}

/// Whether the process that wrote the lock still lives.
bool is_alive(const fs::path& lock, const std::optional<Owner>& owner, const TimeFile& now) {
  if (owner && owner->machine == machine()) return start_of(owner->process) == owner->start;
  return !is_stale(lock, now);
}

}  // namespace

std::optional<JobLock> JobLock::take(const fs::path& folder) {
  const fs::path file = folder / kLockFile;
  const Owner own = this_process();
  JobLock lock(folder, own.token);
  if (create(file, text_of(own))) return lock;
  lock.token_.clear();
  const TimeFile now(folder / cat("time.", own.token));
  const std::optional<Owner> owner = read_owner(file);
  if (is_alive(file, owner, now)) return {};
  // Of several that find the same lock abandoned, the one that makes this file replaces it.
  const fs::path claim = folder / cat("lock.after.", owner ? owner->token : "damaged");
  if (!create(claim, "")) {
    std::error_code ignored;
    if (is_stale(claim, now)) fs::remove(claim, ignored);
    return {};
  }
  const fs::path mine = folder / cat("lock.", own.token);
  create(mine, text_of(own));
  fs::rename(mine, file);
  lock.token_ = own.token;
  lock.claim_ = claim;
  return lock;
}

std::string JobLock::holder(const fs::path& folder) {
  const fs::path file = folder / kLockFile;
  std::error_code failed;
  if (!fs::exists(file, failed)) return {};
  const std::optional<Owner> owner = read_owner(file);
  const TimeFile now(folder / cat("time.", this_process().token));
  if (!is_alive(file, owner, now)) return {};
  return owner ? cat(owner->host, ", process ", owner->process) : "another process";
}

JobLock::JobLock(JobLock&& other) noexcept
    : folder_(std::move(other.folder_)),
      token_(std::exchange(other.token_, {})),
      claim_(std::exchange(other.claim_, {})) {}

JobLock::~JobLock() {
  if (token_.empty()) return;
  std::error_code ignored;
  const std::optional<Owner> owner = read_owner(folder_ / kLockFile);
  if (owner && owner->token == token_) fs::remove(folder_ / kLockFile, ignored);
  if (!claim_.empty()) fs::remove(claim_, ignored);
}

bool JobLock::renew() {
  const std::optional<Owner> owner = read_owner(folder_ / kLockFile);
  if (!owner || owner->token != token_) return false;
  return ::utimensat(AT_FDCWD, (folder_ / kLockFile).c_str(), nullptr, 0) == 0;
}

}  // namespace clipwork::table
