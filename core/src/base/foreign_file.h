#pragma once
// Files that are often found in place of the expected one, recognised by their first bytes.

#include <cstddef>
#include <optional>
#include <string_view>

namespace clipwork {

struct ForeignFile {
  std::string_view kind;    ///< behind "the file is": "an HTML page", "empty"
  std::string_view advice;  ///< how to get the expected file
};

/// The number of bytes by which every kind is recognised.
inline constexpr size_t kForeignFileBytes = 512;

/// The kind of a file by its first kForeignFileBytes, or by all of its bytes where it has fewer;
/// none where it is not one of: a file without content, an HTML page, XML, a Git LFS pointer, an
/// archive or compressed data, text in UTF-16 or UTF-32, a picture, a PDF, HDF5, NumPy, a pickle,
/// or what Python prints of a dictionary. A reader of one of these asks after it has recognised its
/// own.
std::optional<ForeignFile> recognise_foreign_file(std::string_view beginning);

}  // namespace clipwork
