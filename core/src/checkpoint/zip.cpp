#include "checkpoint/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "checkpoint/byte_reader.h"
#include "checkpoint/file_tensor.h"
#include "checkpoint/zip_signatures.h"

namespace clipwork {
namespace {

constexpr uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50, kDescriptor = 0x08074b50;
constexpr size_t kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20, kCentralSize = 46;
constexpr uint16_t kHasDescriptor = 1 << 3, kUtf8 = 1 << 11;
constexpr uint32_t kIn64 = 0xFFFFFFFF;

/// An entry as described in the central directory.
struct Central {
  std::string_view name;
  uint16_t flags = 0, method = 0, disk = 0;
  uint32_t crc = 0;
  uint64_t size = 0, packed = 0, local = 0;
  size_t position = 0;  ///< of the record itself
};

struct Directory {
  uint64_t begin = 0, size = 0, entries = 0;
};

Directory find_directory(std::string_view bytes, const std::string& where) {
  if (bytes.size() < kEndSize) {
    throw InputError("is too short for a zip archive", where,
                     "the file may be incomplete; copy it again");
  }
  const size_t end = bytes.size() - kEndSize;
  ByteReader reader(bytes, where, end);
  if (reader.take<uint32_t>() != kZipEnd) {
    reader.refuse("has no end-of-central-directory record", end,
                  "the file may be incomplete; copy it again");
  }
  auto disk = reader.take<uint16_t>(), first_disk = reader.take<uint16_t>();
  auto here = reader.take<uint16_t>(), entries = reader.take<uint16_t>();
  auto size = reader.take<uint32_t>(), begin = reader.take<uint32_t>();
  auto comment = reader.take<uint16_t>();
  if (disk != 0 || first_disk != 0 || here != entries || comment != 0) {
    reader.refuse("is a multi-part zip archive, or one with a comment", end);
  }

  Directory directory{begin, size, entries};
  uint64_t directory_end = end;
  if (end >= kLocatorSize + kEnd64Size &&
      ByteReader(bytes, where, end - kLocatorSize).take<uint32_t>() == kLocator64) {
    const size_t end64 = end - kLocatorSize - kEnd64Size;
    ByteReader locator(bytes, where, end - kLocatorSize + 4);
    auto locator_disk = locator.take<uint32_t>();
    auto position = locator.take<uint64_t>();
    auto disks = locator.take<uint32_t>();
    if (locator_disk != 0 || position != end64 || disks > 1) {
      locator.refuse("does not point to the zip64 record before it", end - kLocatorSize);
    }
    ByteReader record(bytes, where, end64);
    auto signature = record.take<uint32_t>();
    auto length = record.take<uint64_t>();
    record.take<uint32_t>();  // versions
    auto disk64 = record.take<uint32_t>(), first_disk64 = record.take<uint32_t>();
    auto here64 = record.take<uint64_t>();
    Directory wide;
    wide.entries = record.take<uint64_t>();
    wide.size = record.take<uint64_t>();
    wide.begin = record.take<uint64_t>();
    auto agrees = [](uint64_t narrow, uint64_t saturated, uint64_t value) {
      return narrow == saturated || narrow == value;
    };
    if (signature != kEnd64 || length != kEnd64Size - 12 || disk64 != 0 || first_disk64 != 0 ||
        here64 != wide.entries || !agrees(entries, 0xFFFF, wide.entries) ||
        !agrees(size, kIn64, wide.size) || !agrees(begin, kIn64, wide.begin)) {
      record.refuse("has contradictory records of its central directory", end64);
    }
    directory = wide;
    directory_end = end64;
  }
  uint64_t sum = 0;
  if (__builtin_add_overflow(directory.begin, directory.size, &sum) || sum != directory_end ||
      directory.entries > directory.size / kCentralSize) {
    reader.refuse("has a central directory that is not directly before its end", end);
  }
  return directory;
}

/// Replaces the sizes and the offset that did not fit by those of the zip64 field, in which they
/// stand in this order.
void widen(Central& entry, std::string_view extra, const ByteReader& reader,
           const std::string& where) {
  std::string_view wide;
  for (ByteReader fields(extra, where); fields.left() >= 4 && wide.empty();) {
    auto id = fields.take<uint16_t>();
    auto length = fields.take<uint16_t>();
    if (length > fields.left()) break;
    std::string_view field = fields.take_bytes(length);
    if (id == 1) wide = field;
  }
  ByteReader values(wide, where);
  for (uint64_t* value : {&entry.size, &entry.packed, &entry.local}) {
    if (*value != kIn64) continue;
    if (values.left() < 8) {
      reader.refuse(cat("entry '", entry.name, "' has no size or offset"), entry.position);
    }
    *value = values.take<uint64_t>();
  }
}

Central read_central(ByteReader& reader, const std::string& where) {
  Central entry;
  entry.position = reader.position();
  if (reader.take<uint32_t>() != kZipCentral) {
    reader.refuse("expected a directory entry", entry.position);
  }
  reader.take<uint32_t>();  // versions
  entry.flags = reader.take<uint16_t>();
  entry.method = reader.take<uint16_t>();
  reader.take<uint32_t>();  // time
  entry.crc = reader.take<uint32_t>();
  entry.packed = reader.take<uint32_t>();
  entry.size = reader.take<uint32_t>();
  auto name = reader.take<uint16_t>(), extra = reader.take<uint16_t>(),
       comment = reader.take<uint16_t>();
  entry.disk = reader.take<uint16_t>();
  reader.take_bytes(6);  // attributes
  entry.local = reader.take<uint32_t>();
  entry.name = reader.take_bytes(name);
  if (!is_printable(entry.name))
    reader.refuse("contains a name that is not printable", entry.position);
  widen(entry, reader.take_bytes(extra), reader, where);
  reader.take_bytes(comment);
  return entry;
}

/// Refuses an entry whose bytes are not simply stored.
void check_stored(const Central& entry, const ByteReader& reader) {
  auto refuse = [&](const char* problem, const char* advice = "") {
    reader.refuse(cat("entry '", entry.name, "' ", problem), entry.position, advice);
  };
  if (entry.method != 0) {
    refuse("is compressed", "create the archive without compression (zip -0)");
  }
  if (entry.flags & ~(kHasDescriptor | kUtf8)) refuse("is encrypted or has unsupported flags");
  if (entry.packed != entry.size) refuse("is stored, but its packed and unpacked sizes differ");
  if (entry.disk != 0) refuse("is in another part of the archive");
}

/// The data of an entry behind its local header, which must agree; moves `reader` behind it all.
std::string_view read_local(ByteReader& reader, const Central& entry, const std::string& where) {
  auto refuse = [&](const char* problem) {
    reader.refuse(cat("entry '", entry.name, "' ", problem), entry.local);
  };
  if (reader.position() != entry.local) refuse("overlaps another entry, or leaves a gap after it");
  if (reader.take<uint32_t>() != kZipLocal) refuse("does not begin at the offset in the directory");
  Central here;
  here.position = entry.local;
  reader.take<uint16_t>();  // version
  here.flags = reader.take<uint16_t>();
  here.method = reader.take<uint16_t>();
  reader.take<uint32_t>();  // time
  here.crc = reader.take<uint32_t>();
  here.packed = reader.take<uint32_t>();
  here.size = reader.take<uint32_t>();
  auto name = reader.take<uint16_t>(), extra = reader.take<uint16_t>();
  here.name = reader.take_bytes(name);
  widen(here, reader.take_bytes(extra), reader, where);
  // Fields that follow the data in a descriptor may be zero in the local header.
  bool described = here.flags & kHasDescriptor;
  auto agrees = [&](uint64_t value, uint64_t listed) {
    return value == listed || (described && value == 0);
  };
  if (here.flags != entry.flags || here.method != entry.method || here.name != entry.name ||
      !agrees(here.packed, entry.packed) || !agrees(here.size, entry.size) ||
      !agrees(here.crc, entry.crc)) {
    refuse("differs from its description in the directory");
  }
  std::string_view data = reader.take_bytes(entry.size);
  if (!described) return data;

  // The descriptor's sizes have 4 or 8 bytes, which only its agreement tells.
  if (reader.take<uint32_t>() != kDescriptor || reader.take<uint32_t>() != entry.crc) {
    refuse("has no valid descriptor after its data");
  }
  ByteReader wide = reader;
  if (wide.left() >= 16 && wide.take<uint64_t>() == entry.packed &&
      wide.take<uint64_t>() == entry.size) {
    reader = wide;
  } else if (reader.take<uint32_t>() != entry.packed || reader.take<uint32_t>() != entry.size) {
    refuse("has no valid descriptor after its data");
  }
  return data;
}

std::vector<Central> read_directory(ByteReader& reader, const Directory& directory,
                                    const std::string& where) {
  std::vector<Central> found;
  while (reader.left() > 0) found.push_back(read_central(reader, where));
  if (found.size() != directory.entries) {
    reader.refuse(
        cat("has ", found.size(), " entries, but its end record says ", directory.entries));
  }
  return found;
}

void skip_padding(ByteReader& reader, uint64_t next) {
  while (reader.position() < next) {
    if (reader.take<char>() != 0) {
      reader.refuse("contains bytes that belong to no entry", reader.position() - 1);
    }
  }
}

}  // namespace

bool is_zip(std::string_view bytes) {
  uint32_t signature = 0;
  if (bytes.size() < sizeof signature) return false;
  std::memcpy(&signature, bytes.data(), sizeof signature);
  return signature == kZipLocal || signature == kZipEnd;
}

std::vector<std::string> zip_names(std::string_view bytes, const std::string& where) {
  const Directory directory = find_directory(bytes, where);
  ByteReader reader(bytes.substr(0, directory.begin + directory.size), where, directory.begin);
  std::vector<std::string> names;
  for (const Central& entry : read_directory(reader, directory, where)) {
    names.emplace_back(entry.name);
  }
  return names;
}

ZipArchive::ZipArchive(std::string_view bytes, const std::string& where) {
  Directory directory = find_directory(bytes, where);
  ByteReader reader(bytes.substr(0, directory.begin + directory.size), where, directory.begin);
  std::vector<Central> found = read_directory(reader, directory, where);
  for (const Central& entry : found) check_stored(entry, reader);

  std::sort(found.begin(), found.end(),
            [](const Central& a, const Central& b) { return a.local < b.local; });
  ByteReader data(bytes.substr(0, directory.begin), where);
  for (const Central& entry : found) {
    if (entry.local <= directory.begin) skip_padding(data, entry.local);
    entries_.push_back({entry.name, read_local(data, entry, where), entry.crc});
  }
  skip_padding(data, directory.begin);

  std::string_view folder;
  if (!entries_.empty()) folder = entries_[0].name.substr(0, entries_[0].name.find('/') + 1);
  for (ZipEntry& entry : entries_) {
    if (folder.empty() || !entry.name.starts_with(folder)) {
      throw InputError(cat("entry '", entry.name, "' is not in the one folder of the archive"),
                       where);
    }
    entry.name.remove_prefix(folder.size());
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const ZipEntry& a, const ZipEntry& b) { return a.name < b.name; });
  auto twice =
      std::adjacent_find(entries_.begin(), entries_.end(),
                         [](const ZipEntry& a, const ZipEntry& b) { return a.name == b.name; });
  if (twice != entries_.end()) {
    throw InputError(cat("contains the entry '", twice->name, "' twice"), where);
  }
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  auto found = std::lower_bound(
      entries_.begin(), entries_.end(), name,
      [](const ZipEntry& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

uint32_t crc32(std::string_view bytes) {
  return static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace clipwork
