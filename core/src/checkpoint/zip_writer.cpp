#include "checkpoint/zip_writer.h"

#include <clipwork/error.h>

#include <limits>

#include "checkpoint/little_endian.h"
#include "checkpoint/zip.h"
#include "checkpoint/zip_signatures.h"

namespace clipwork {
namespace {

constexpr uint16_t kVersion = 20;      ///< 2.0: folders
constexpr uint16_t kPadding = 0x4246;  ///< "FB", the extra field that PyTorch pads with
constexpr uint16_t kDate = 0x0021;     ///< 1 January 1980: equal weights are equal files
constexpr size_t kLocalSize = 30, kFieldSize = 4, kAlignment = 64;

/// The fields that local and central records share, from the version on.
void put_facts(std::string& record, uint32_t crc, uint32_t size, uint16_t name, uint16_t extra) {
  constexpr uint16_t kFlags = 0, kStored = 0, kTime = 0;
  for (uint16_t value : {kVersion, kFlags, kStored, kTime, kDate}) put_little_endian(record, value);
  for (uint32_t value : {crc, size, size}) put_little_endian(record, value);
  put_little_endian(record, name);
  put_little_endian(record, extra);
}

}  // namespace

void ZipWriter::put(std::string_view bytes) {
  file_.write(bytes);
  position_ += bytes.size();
}

void ZipWriter::add(std::string_view name, std::string_view bytes) {
  const std::string path = cat(folder_, "/", name);
  const uint64_t local = position_;
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  if (bytes.size() >= kMost || local >= kMost || entries_ == std::numeric_limits<uint16_t>::max()) {
    throw Error(
        "is too large for a zip archive without zip64: the limit is 4 GiB and 65535 entries", "",
        "write .safetensors instead");
  }
  auto size = static_cast<uint32_t>(bytes.size());
  uint32_t crc = crc32(bytes);
  size_t before = local + kLocalSize + path.size() + kFieldSize;
  auto padding = static_cast<uint16_t>((kAlignment - before % kAlignment) % kAlignment);

  std::string record;
  put_little_endian(record, kZipLocal);
  put_facts(record, crc, size, static_cast<uint16_t>(path.size()),
            static_cast<uint16_t>(kFieldSize + padding));
  record += path;
  put_little_endian(record, kPadding);
  put_little_endian(record, padding);
  record.append(padding, '\0');
  put(record);
  put(bytes);

  put_little_endian(directory_, kZipCentral);
  put_little_endian(directory_, kVersion);
  put_facts(directory_, crc, size, static_cast<uint16_t>(path.size()), /*extra=*/0);
  for (int field = 0; field < 3; ++field)
    put_little_endian(directory_, uint16_t{0});  // comment,
                                                 // disk, kind
  put_little_endian(directory_, uint32_t{0});
  put_little_endian(directory_, static_cast<uint32_t>(local));
  directory_ += path;
  ++entries_;
}

void ZipWriter::finish() {
  if (position_ >= std::numeric_limits<uint32_t>::max()) {
    throw Error("is too large for a zip archive without zip64: the limit is 4 GiB", "",
                "write .safetensors instead");
  }
  std::string end;
  put_little_endian(end, kZipEnd);
  put_little_endian(end, uint32_t{0});  // this disk and the directory's
  put_little_endian(end, entries_);
  put_little_endian(end, entries_);
  put_little_endian(end, static_cast<uint32_t>(directory_.size()));
  put_little_endian(end, static_cast<uint32_t>(position_));
  put_little_endian(end, uint16_t{0});  // comment
  put(directory_);
  put(end);
}

}  // namespace clipwork
