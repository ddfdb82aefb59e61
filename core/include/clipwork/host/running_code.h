#pragma once
// The plugin whose code a thread runs, so that whatever ends the process there can be reported with
// its name.

#include <clipwork/api.h>

#include <string>

namespace clipwork {

/// A component, or a whole plugin while it is loaded. The texts outlive every call that names them;
/// empty where unknown.
struct CodeOwner {
  const char* kind = "";
  const char* component = "";
  const char* plugin = "";
  const char* version = "";
  const char* file = "";  ///< empty where it is compiled into the program

  /// "tracker 'iou' of plugin 'iou' 0.1.0 (/path/iou.so)"; "tracker 'iou'" without a file.
  std::string text() const;
};

/// Notes for the calling thread, and for the life of the object, that code of `owner` runs.
class CLIPWORK_API RunningCode {
 public:
  explicit RunningCode(const CodeOwner& owner);
  ~RunningCode();
  RunningCode(const RunningCode&) = delete;
  RunningCode& operator=(const RunningCode&) = delete;

 private:
  CodeOwner owner_;
  const CodeOwner* outer_;
};

/// The owner of the code that the calling thread runs; null outside of plugins. May be called in a
/// signal handler.
const CodeOwner* running_code();

}  // namespace clipwork
