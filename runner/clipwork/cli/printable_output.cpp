#include "cli/printable_output.h"

#include <clipwork/printable.h>

#include <algorithm>
#include <iostream>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>

namespace clipwork::cli {
namespace {

/// The length of a character's beginning at the end of the text, whose other bytes may follow.
size_t begun(std::string_view text) {
  constexpr size_t kLongest = 4;
  for (size_t length = 1; length < std::min(kLongest, text.size() + 1); ++length) {
    const auto byte = static_cast<uint8_t>(text[text.size() - length]);
    if ((byte & 0xc0) == 0x80) continue;
    const size_t whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return whole > length ? length : 0;
  }
  return 0;
}

}  // namespace

class PrintableOutput::Buffer : public std::streambuf {
 public:
  explicit Buffer(std::streambuf* target) : target_(target) {}
  std::streambuf* target() const { return target_; }
  /// Writes the beginning of a character that nothing has completed.
  void finish() { put(std::exchange(waiting_, {})); }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    waiting_.append(text, static_cast<size_t>(count));
    const size_t ready = waiting_.size() - begun(waiting_);
    const bool written = put(std::string_view(waiting_).substr(0, ready));
    waiting_.erase(0, ready);
    return written ? count : 0;
  }
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) return 0;
    const char one = traits_type::to_char_type(character);
    return xsputn(&one, 1) == 1 ? character : traits_type::eof();
  }
  int sync() override { return target_->pubsync(); }

 private:
  bool put(std::string_view text) {
    const std::string safe = printable(text);
    const auto size = static_cast<std::streamsize>(safe.size());
    return target_->sputn(safe.data(), size) == size;
  }

  std::streambuf* target_;
  std::string waiting_;
};

PrintableOutput::PrintableOutput() : buffer_(std::make_unique<Buffer>(std::cout.rdbuf())) {
  std::cout.rdbuf(buffer_.get());
}

PrintableOutput::~PrintableOutput() {
  buffer_->finish();
  std::cout.rdbuf(buffer_->target());
  std::cout.flush();
}

}  // namespace clipwork::cli
