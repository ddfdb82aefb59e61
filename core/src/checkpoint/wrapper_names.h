#pragma once

#include <clipwork/host/checkpoint.h>

#include <span>
#include <string>
#include <string_view>

namespace clipwork {

/// A name without these parts between its dots, wherever they are: "a.module.b" without "module" is
/// "a.b". The last part always stays.
std::string without_parts(std::string_view name, std::span<const std::string_view> parts);

/// Drops from the names of a file what wrappers of modules add to them: torch.compile's
/// "_orig_mod." and the like anywhere, and a leading "module." (DataParallel) or "model."
/// (Lightning) that most names have. A name stays as it is where the file has the shorter one too.
/// Each prefix is named in `remarks`; leading ones are kept in `dropped`.
void drop_wrappers(Checkpoint& checkpoint);

/// Whether any name begins with `prefix` and a dot.
bool has_below(const Checkpoint& checkpoint, const std::string& prefix);

/// Keeps only the tensors whose names begin with `prefix` and a dot, without these. Throws
/// InputError where there are none.
void keep_below(Checkpoint& checkpoint, const std::string& prefix);

}  // namespace clipwork
