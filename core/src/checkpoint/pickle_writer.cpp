#include "checkpoint/pickle_writer.h"

#include <limits>

#include "checkpoint/little_endian.h"

namespace clipwork::pickle {

Writer::Writer() : bytes_("\x80\x02") {}

void Writer::text(std::string_view value) {
  bytes_ += 'X';
  put_little_endian(bytes_, static_cast<uint32_t>(value.size()));
  bytes_ += value;
}

void Writer::integer(int64_t value) {
  if (value >= std::numeric_limits<int32_t>::min() &&
      value <= std::numeric_limits<int32_t>::max()) {
    bytes_ += 'J';
    put_little_endian(bytes_, static_cast<uint32_t>(value));
    return;
  }
  bytes_ += '\x8a';
  bytes_ += static_cast<char>(sizeof value);
  put_little_endian(bytes_, static_cast<uint64_t>(value));
}

void Writer::truth(bool value) { bytes_ += value ? '\x88' : '\x89'; }

void Writer::global(std::string_view module, std::string_view name) {
  bytes_ += 'c';
  bytes_ += module;
  bytes_ += '\n';
  bytes_ += name;
  bytes_ += '\n';
}

void Writer::empty_dict() { bytes_ += '}'; }
void Writer::mark() { bytes_ += '('; }
void Writer::tuple() { bytes_ += 't'; }
void Writer::set_items() { bytes_ += 'u'; }
void Writer::reduce() { bytes_ += 'R'; }
void Writer::persistent() { bytes_ += 'Q'; }

std::string Writer::finish() { return std::move(bytes_ += '.'); }

}  // namespace clipwork::pickle
