#include "evaluation/submission.h"

#include <clipwork/error.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/text.h>
#include <zip.h>

#include <algorithm>

#include "data/json_fields.h"

namespace fs = std::filesystem;

namespace clipwork {

namespace {

constexpr const char* kName = "results.json";

struct Discard {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Zip = std::unique_ptr<zip_t, Discard>;

/// None, and the cause, where the file cannot be opened.
Zip open_zip(const fs::path& file, int flags, std::string& cause) {
  int code = 0;
  Zip zip(zip_open(file.c_str(), flags, &code));
  if (!zip) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    cause = zip_error_strerror(&error);
    zip_error_fini(&error);
  }
  return zip;
}

Zip open_to_read(const fs::path& file) {
  std::string cause;
  Zip zip = open_zip(file, ZIP_RDONLY, cause);
  if (!zip) throw InputError(cat("cannot be read as a zip file: ", cause));
  return zip;
}

std::vector<std::string> names_in(zip_t* zip) {
  std::vector<std::string> names;
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(zip, 0));
  for (zip_uint64_t i = 0; i < count; ++i) {
    names.emplace_back(zip_get_name(zip, i, ZIP_FL_ENC_GUESS));
  }
  return names;
}

/// Bytes of results.json for each byte of its zip file, and those that are read of any.
constexpr uint64_t kMostUnpacked = 100, kAlwaysUnpacked = uint64_t{64} << 20;

class Member : public ByteSource {
 public:
  explicit Member(const fs::path& file)
      : zip_(open_to_read(file)),
        member_(zip_fopen(zip_.get(), kName, 0)),
        left_(std::max(kAlwaysUnpacked, kMostUnpacked * fs::file_size(file))) {
    if (member_) return;
    const std::string cause = zip_strerror(zip_.get());
    if (zip_name_locate(zip_.get(), kName, 0) >= 0) {
      throw InputError(cat("results.json in it cannot be read: ", cause), {},
                       "make the zip file anew without encryption, and with the usual compression "
                       "(deflate)");
    }
    std::vector<std::string> names = names_in(zip_.get());
    if (names.size() > 5) {
      names.resize(5);
      names.emplace_back("...");
    }
    throw InputError(cat("has no results.json at its root (", cause, ")"), {},
                     cat("it contains ", join_or_nothing(names)));
  }
  ~Member() override { zip_fclose(member_); }
  size_t read(char* bytes, size_t size) override {
    const zip_int64_t got = zip_fread(member_, bytes, size);
    if (got < 0) {
      throw InputError(cat("results.json in it cannot be read: ", zip_file_strerror(member_)));
    }
    if (static_cast<uint64_t>(got) > left_) {
      throw InputError(cat("results.json in it is more than ", kMostUnpacked,
                           " times as large as the zip file, which no results are"));
    }
    left_ -= static_cast<uint64_t>(got);
    return static_cast<size_t>(got);
  }

 private:
  Zip zip_;
  zip_file_t* member_;
  uint64_t left_;  ///< bytes that may still be unpacked
};

}  // namespace

std::unique_ptr<ByteSource> open_submission(const fs::path& file) {
  return std::make_unique<Member>(file);
}

std::vector<std::string> check_submission(const fs::path& file) {
  const Zip zip = within(file.string(), [&] { return open_to_read(file); });
  std::vector<std::string> names = names_in(zip.get());
  std::erase(names, kName);
  if (names.empty()) return {};
  const std::string others =
      names.size() == 1 ? "" : cat(" and ", counted(int64_t(names.size()) - 1, "other file"));
  return {cat("the zip file also contains '", names.front(), "'", others,
              "; servers accept results.json only")};
}

void write_submission(const fs::path& results, const fs::path& zip_file) {
  std::string cause;
  Zip zip = open_zip(zip_file, ZIP_CREATE | ZIP_TRUNCATE, cause);
  const auto check = [&](bool done) {
    if (!done) {
      throw Error(cat("cannot be written: ", zip ? zip_strerror(zip.get()) : cause),
                  zip_file.string());
    }
  };
  check(zip != nullptr);
  zip_source_t* source = zip_source_file(zip.get(), results.c_str(), 0, -1);
  check(source != nullptr);
  if (zip_file_add(zip.get(), kName, source, ZIP_FL_ENC_UTF_8) < 0) {
    zip_source_free(source);
    check(false);
  }
  check(zip_close(zip.get()) == 0);
  // A closed archive is freed.
  zip.release();
}

}  // namespace clipwork
