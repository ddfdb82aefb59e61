#include <clipwork/error.h>
#include <clipwork/host/running_code.h>

namespace clipwork {

namespace {

thread_local const CodeOwner* innermost_owner = nullptr;

}  // namespace

std::string CodeOwner::text() const {
  const std::string library =
      *file ? cat("plugin '", plugin, "' ", version, " (", file, ")") : std::string();
  if (!*component) return library;
  return cat(kind, " '", component, "'", library.empty() ? "" : " of ", library);
}

RunningCode::RunningCode(const CodeOwner& owner) : owner_(owner), outer_(innermost_owner) {
  innermost_owner = &owner_;
}

RunningCode::~RunningCode() { innermost_owner = outer_; }

const CodeOwner* running_code() { return innermost_owner; }

}  // namespace clipwork
