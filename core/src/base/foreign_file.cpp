#include "base/foreign_file.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace clipwork {
namespace {

using namespace std::string_view_literals;

struct Signature {
  size_t offset;
  std::string_view bytes;
  ForeignFile file;
};

constexpr std::string_view kUnpack = "unpack it, and use the file that it contains";
constexpr std::string_view kSaveAsUtf8 = "save it as UTF-8";
constexpr std::string_view kWriteJson = "write it with json.dump";
constexpr std::string_view kOtherFile = "give the path of the expected file";

// UTF-32 comes before UTF-16, whose mark its own begins with.
constexpr Signature kSignatures[] = {
    {0,
     "version https://git-lfs.github.com/spec/"sv,
     {"a Git LFS pointer, which only names the file",
      "fetch the file itself with `git lfs pull`, or download it by its own link"}},
    {0, "\x1f\x8b"sv, {"compressed by gzip", "unpack it with `gunzip`"}},
    {0, "BZh"sv, {"compressed by bzip2", "unpack it with `bunzip2`"}},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     {"compressed by xz", "unpack it with `unxz`"}},
    {0, "\x28\xb5\x2f\xfd"sv, {"compressed by Zstandard", "unpack it with `unzstd`"}},
    {0, "PK\x03\x04"sv, {"a zip archive", kUnpack}},
    {0, "PK\x05\x06"sv, {"an empty zip archive", kOtherFile}},
    {0, "7z\xbc\xaf\x27\x1c"sv, {"a 7-Zip archive", kUnpack}},
    {0, "Rar!\x1a\x07"sv, {"a RAR archive", kUnpack}},
    {257, "ustar"sv, {"a tar archive", kUnpack}},
    {0, "\xff\xfe\0\0"sv, {"text in UTF-32", kSaveAsUtf8}},
    {0, "\0\0\xfe\xff"sv, {"text in UTF-32", kSaveAsUtf8}},
    {0, "\xff\xfe"sv, {"text in UTF-16", kSaveAsUtf8}},
    {0, "\xfe\xff"sv, {"text in UTF-16", kSaveAsUtf8}},
    {0, "\x89PNG\r\n\x1a\n"sv, {"a PNG picture", kOtherFile}},
    {0, "\xff\xd8\xff"sv, {"a JPEG picture", kOtherFile}},
    {0, "%PDF-"sv, {"a PDF document", kOtherFile}},
    {0, "\x89HDF\r\n\x1a\n"sv, {"an HDF5 file", kOtherFile}},
    {0, "\x93NUMPY"sv, {"a NumPy array", kOtherFile}},
    {0, "\x80\x02"sv, {"a Python pickle", kOtherFile}},
    {0, "\x80\x03"sv, {"a Python pickle", kOtherFile}},
    {0, "\x80\x04"sv, {"a Python pickle", kOtherFile}},
    {0, "\x80\x05"sv, {"a Python pickle", kOtherFile}},
    {0, "{'"sv, {"a dictionary as Python prints it", kWriteJson}},
    {0, "[{'"sv, {"a list as Python prints it", kWriteJson}},
};

bool is_text_byte(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; }

/// Whether the first two characters are ASCII in units of `width` bytes, of which that at `place`
/// holds the character.
bool is_wide_text(std::string_view bytes, size_t width, size_t place) {
  if (bytes.size() < 2 * width) return false;
  for (size_t i = 0; i < 2 * width; ++i) {
    const bool holds_character = i % width == place;
    if (holds_character ? !is_text_byte(bytes[i]) : bytes[i] != '\0') return false;
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// `bytes` without a byte order mark of UTF-8 and without white space at its start.
std::string_view text_of(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  return bytes;
}

}  // namespace

std::optional<ForeignFile> recognise_foreign_file(std::string_view beginning) {
  beginning = beginning.substr(0, kForeignFileBytes);
  for (const Signature& signature : kSignatures) {
    if (beginning.size() >= signature.offset &&
        beginning.substr(signature.offset).starts_with(signature.bytes)) {
      return signature.file;
    }
  }
  if (!beginning.empty() && beginning.find_first_not_of('\0') == beginning.npos) {
    return ForeignFile{"full of zero bytes", "copy or download it again"};
  }
  const std::string_view text = text_of(beginning);
  if (text.empty()) return ForeignFile{"empty", "copy or download it again"};
  if (text.front() == '<') {
    const std::string page = lower(text);
    for (const char* tag : {"<!doctype html", "<html", "<head", "<body"}) {
      if (page.starts_with(tag)) {
        return ForeignFile{"an HTML page",
                           "the download gave a page of the web site, such as a login or a "
                           "warning; open the link in a browser and download the file there"};
      }
    }
    return ForeignFile{"an XML document",
                       "a server may have sent it as an error message; open it in a text editor"};
  }
  for (const size_t width : {size_t{4}, size_t{2}}) {
    for (const size_t place : {size_t{0}, width - 1}) {
      if (!is_wide_text(beginning, width, place)) continue;
      return ForeignFile{width == 4 ? "text in UTF-32" : "text in UTF-16", kSaveAsUtf8};
    }
  }
  return {};
}

}  // namespace clipwork
