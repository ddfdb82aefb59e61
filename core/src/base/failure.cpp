#include <c10/util/Exception.h>
#include <clipwork/host/failure.h>
#include <clipwork/host/log.h>

#include <new>

namespace clipwork {

Error failure_of(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return *ours;
  if (const auto* library = dynamic_cast<const c10::Error*>(&error)) {
    log_debug(library->what());
    return Error(cat("LibTorch: ", library->what_without_backtrace()));
  }
  if (dynamic_cast<const std::bad_alloc*>(&error)) return Error("out of memory");
  return Error(error.what());
}

}  // namespace clipwork
